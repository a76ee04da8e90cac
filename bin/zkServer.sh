#!/usr/bin/env bash
# Starts, stops and looks at a server, with the commands, variables, words and exit codes of ZooKeeper's zkServer.sh.
# The configuration is conf/zoo.cfg unless it is named.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

[ -z "${2-}" ] || ZOOCFG=$(config_path "$2")
out=$ZOO_LOG_DIR/zookeeper-${USER:-$(id -un)}-server-${HOSTNAME:-$(uname -n)}.out

# What a start waits for the server to serve, and a stop for it to end, in tenths of a second. A server that loads for longer
# counts as started; one that does not end for longer is an error.
start_patience=100
stop_patience=600

# find_files is for the commands that need more than the program.
find_files() {
    [ -f "$ZOOCFG" ] || fail "there is no $ZOOCFG; zoo_sample.cfg shows what to write"
    [ -r "$ZOOCFG" ] || fail "$ZOOCFG cannot be read"
    datadir=$(setting dataDir)
    datalogdir=$(setting dataLogDir)
    if [ -z "${ZOOPIDFILE-}$datadir" ]; then
        refusals >&2
        fail "$ZOOCFG names no dataDir"
    fi
    ZOOPIDFILE=${ZOOPIDFILE:-$datadir/zookeeper_server.pid}
}

# refusals are the lines with which the server would refuse the configuration.
refusals() { "$PADDOCK" config check "$ZOOCFG" 2>/dev/null | sed -n '/^Refused:/,/^$/s/^  //p'; }

# running gives the number of the server's process, or fails if there is none. The number in the file is not enough: after a
# reboot it may be another program's. A Java server counts, so that it can be stopped from here.
running() {
    local pid
    pid=$(cat "$ZOOPIDFILE" 2>/dev/null) && [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ] || return 1
    tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Eq "(^|/)$(basename "$PADDOCK")\$|\\.(QuorumPeer|ZooKeeperServer)Main\$" && echo "$pid"
}

# check_dirs refuses to begin anew where somebody wants to be asked first.
check_dirs() {
    [ -n "${ZOO_DATADIR_AUTOCREATE_DISABLE-}" ] || return 0
    if [ ! -d "$datadir/version-2" ]; then
        echo "ZooKeeper data directory is missing at $datadir fix the path or run initialize"
        exit 1
    fi
    if [ -n "$datalogdir" ] && [ ! -d "$datalogdir/version-2" ]; then
        echo "ZooKeeper txnlog directory is missing at $datalogdir fix the path or run initialize"
        exit 1
    fi
}

# check_output sees to it that what the server says can be kept.
check_output() {
    mkdir -p "$ZOO_LOG_DIR" && : >>"$out" && return
    fail "nothing can be written to $out; ZOO_LOG_DIR names another folder"
}

# check_before_stop refuses a restart that would only be a stop.
check_before_stop() {
    local refused
    check_dirs
    check_output
    refused=$(refusals)
    if [ -n "$refused" ]; then
        echo "$refused" >&2
        fail "nothing was stopped, because the server would not start again"
    fi
}

start() {
    local pid past said i
    check_dirs
    echo -n "Starting zookeeper ... "
    if pid=$(running); then
        echo "already running as process $pid."
        exit 1
    fi
    (check_output) || {
        echo FAILED TO START
        exit 1
    }
    if ! { mkdir -p "$(dirname "$ZOOPIDFILE")" && : >"$ZOOPIDFILE"; }; then
        echo FAILED TO WRITE PID
        exit 1
    fi
    past=$(wc -c <"$out")
    # In a session of its own, so that neither a hangup nor a Ctrl-C that is meant for others ends the server.
    setsid "$PADDOCK" server "$ZOOCFG" >>"$out" 2>&1 </dev/null &
    pid=$!
    echo -n "$pid" >"$ZOOPIDFILE"
    for ((i = 0; i < start_patience; i++)); do
        said=$(tail -c "+$((past + 1))" "$out")
        if ! kill -0 "$pid" 2>/dev/null; then
            rm -f "$ZOOPIDFILE"
            echo FAILED TO START
            tail -c "+$((past + 1))" "$out" | tail -n 5 >&2
            exit 1
        fi
        case $said in *"serves ZooKeeper clients"*) break ;; esac
        sleep 0.1
    done
    echo STARTED
}

stop() {
    local pid i
    echo -n "Stopping zookeeper ... "
    if [ ! -f "$ZOOPIDFILE" ]; then
        echo "no zookeeper to stop (could not find file $ZOOPIDFILE)"
        return
    fi
    if ! pid=$(running); then
        echo "$(basename "$0"): process $(cat "$ZOOPIDFILE"), which $ZOOPIDFILE names, is no server: nothing to stop" >&2
    elif ! kill "$pid"; then
        echo FAILED TO STOP
        exit 1
    fi
    for ((i = 0; i < stop_patience; i++)); do
        running >/dev/null || break
        sleep 0.1
    done
    if pid=$(running); then
        echo FAILED TO STOP
        fail "process $pid has not ended yet"
    fi
    rm -f "$ZOOPIDFILE"
    echo STOPPED
}

case ${1-} in version | -h | --help | help) ;; *) echo "Using config: $ZOOCFG" >&2 ;; esac
case ${1-} in
    start)
        find_files
        start
        ;;
    start-foreground)
        find_files
        check_dirs
        [ -n "${ZOO_NOEXEC-}" ] || exec "$PADDOCK" server "$ZOOCFG"
        "$PADDOCK" server "$ZOOCFG"
        ;;
    stop)
        [ -n "${ZOOPIDFILE-}" ] || find_files
        stop
        ;;
    restart)
        find_files
        check_before_stop
        stop
        start
        ;;
    status) exec "$PADDOCK" status "$ZOOCFG" ;;
    version) exec "$PADDOCK" --version ;;
    print-cmd) echo "\"$PADDOCK\" server \"$ZOOCFG\" >> \"$out\" 2>&1 < /dev/null" ;;
    *)
        echo "Usage: $0 [--config <conf-dir>] {start|start-foreground|stop|version|restart|status|print-cmd} [<zoo.cfg>]" >&2
        case ${1-} in -h | --help | help) exit ;; esac
        exit 2
        ;;
esac
