#!/usr/bin/env bash
# What the scripts beside this one have in common. It is sourced, by scripts of your own too if you like.
#
# In:  the variables of ZooKeeper's zkEnv.sh, the files zookeeper-env.sh and java.env in the configuration folder, and the
#      arguments --config DIR of the script that sources this.
# Out: ZOOBINDIR, ZOOCFGDIR, ZOOCFG (the file's path), ZOO_LOG_DIR; PADDOCK, the program, which may also be set from outside.
#
# JAVA_HOME, CLASSPATH, ZOOMAIN, ZK_SERVER_HEAP, ZK_CLIENT_HEAP and JMX… may be set and mean nothing: there is no JVM.

ZOOBINDIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# fail says why on stderr, and ends the script.
fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# config_path gives the path of a configuration: names without a slash are looked for in the configuration folder.
config_path() {
    case $1 in
        */*) echo "$1" ;;
        *) echo "$ZOOCFGDIR/$1" ;;
    esac
}

# setting gives the value of a key in the configuration. It is for the scripts' own use; the server reads the file itself.
setting() {
    sed -En "s/^[[:space:]]*$1([[:space:]]*[=:]|[[:space:]])[[:space:]]*//p" "$ZOOCFG" | sed -e 's/[[:space:]]*$//' -e '$!d'
}

if [ "${1-}" = --config ] && [ $# -gt 1 ]; then
    ZOOCFGDIR=$2
    shift 2
fi
if [ -z "${ZOOCFGDIR-}" ]; then
    ZOOCFGDIR=$(dirname "$ZOOBINDIR")/conf
    [ -e "$ZOOCFGDIR" ] || ZOOCFGDIR=$(dirname "$ZOOBINDIR")/etc/zookeeper
fi

for fragment in zookeeper-env.sh java.env; do
    # shellcheck disable=SC1090 # the user's
    [ ! -f "$ZOOCFGDIR/$fragment" ] || . "$ZOOCFGDIR/$fragment"
done
unset fragment
# The server reads these two files as well, as far as one can without a shell. It need not if a shell has done so.
PADDOCK_SOURCED=$ZOOCFGDIR

ZOOCFG=$(config_path "${ZOOCFG:-zoo.cfg}")
ZOO_LOG_DIR=${ZOO_LOG_DIR:-$(dirname "$ZOOBINDIR")/logs}
export ZOOCFGDIR ZOO_LOG_DIR PADDOCK_SOURCED SERVER_JVMFLAGS CLIENT_JVMFLAGS JVMFLAGS ZOO_DATADIR_AUTOCREATE_DISABLE

if [ -z "${PADDOCK-}" ]; then
    PADDOCK=$ZOOBINDIR/paddock
    [ -x "$PADDOCK" ] || PADDOCK=$(command -v paddock) || fail "there is no program $ZOOBINDIR/paddock, and none in PATH"
fi
