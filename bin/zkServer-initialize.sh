#!/usr/bin/env bash
# Makes the empty directories of a new server, for where they are not to be made at a start (ZOO_DATADIR_AUTOCREATE_DISABLE).

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

usage() {
    printf '%s\n' "usage: $0 <parameters>" "  Optional parameters:"
    printf '     %-53s %s\n' -h "Display this message" --help "Display this message" "--configfile=$ZOOCFG" "ZooKeeper config file" \
        "--myid=#" "Set the myid to be used, if any (1-255)" --force "Force creation of the data/txnlog dirs"
    exit 1
}

refuse() {
    echo "$*"
    exit 1
}

myid=
force=
while [ $# -gt 0 ]; do
    case $1 in
        --configfile | --myid)
            [ $# -gt 1 ] || refuse "$1 needs a value"
            option=$1
            shift
            set -- "$option=$1" "${@:2}"
            continue
            ;;
        --configfile=?*) ZOOCFG=${1#*=} ;;
        --myid=?*) myid=${1#*=} ;;
        --force) force=1 ;;
        -h | --help) usage ;;
        *)
            echo "Unknown option: $1"
            usage
            ;;
    esac
    shift
done

case $myid in *[!0-9]*) refuse "myid \"$myid\" is not a number" ;; esac
[ -f "$ZOOCFG" ] || refuse "Unable to find config file at $ZOOCFG"
datadir=$(setting dataDir)
datalogdir=$(setting dataLogDir)
[ -n "$datadir" ] || refuse "Unable to determine dataDir from $ZOOCFG"
datalogdir=${datalogdir:-$datadir}

if [ -n "$force" ]; then
    for dir in "$datadir" "$datalogdir"; do
        lock=$dir/version-2/paddock.lock
        [ ! -e "$lock" ] || flock -n "$lock" true || refuse "A server uses $dir/version-2: stop it first"
    done
    echo "Force enabled, data/txnlog directories will be re-initialized"
elif [ -d "$datadir/version-2" ]; then
    refuse "ZooKeeper data directory already exists at $datadir (or use --force to force re-initialization)"
elif [ -d "$datalogdir/version-2" ]; then
    refuse "ZooKeeper txnlog directory already exists at $datalogdir (or use --force to force re-initialization)"
fi

# What lies above version-2 may have been made by somebody else, with rights of its own: it stays.
for dir in "$datadir" "$datalogdir"; do
    rm -rf "$dir/myid" "$dir/version-2" && mkdir -p "$dir/version-2" || exit 1
done

if [ -n "$myid" ]; then
    echo "Using myid of $myid"
    echo "$myid" >"$datadir/myid" || exit 1
else
    echo "No myid provided, be sure to specify it in $datadir/myid if using non-standalone"
fi
: >"$datadir/initialize"
