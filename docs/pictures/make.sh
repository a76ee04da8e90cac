#!/bin/sh
# Makes the pictures of the README again: docs/console.png, docs/shell.png and docs/dashboard.png, from a real server under load
# (MINUTES, 6 unless set), a real session of the shell in a pty, and a real Prometheus. Run `make test` once before: it installs
# the browser. The dashboard is not Grafana's own drawing: the queries of deploy/grafana/paddock.json are asked of Prometheus and drawn
# with uPlot, as Grafana's panels are. A query that nothing comes back for, and a rule that promtool refuses, end it with status 1.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
cache=$root/.cache/pictures
work=$(mktemp -d)
end() {
    for p in "$work"/*.pid; do kill "$(cat "$p")" 2>/dev/null || true; done
    rm -rf "$work"
}
trap end EXIT
mkdir -p "$cache" "$work/data"

if [ ! -f "$cache/prometheus/usr/bin/promtool" ]; then # Debian's, unpacked and not installed
    (cd "$work" && apt-get download -q prometheus && dpkg-deb -x prometheus_*.deb "$cache/prometheus")
fi
[ -d "$cache/node_modules/uplot" ] ||
    npm install --silent --no-audit --no-fund --prefix "$cache" @xterm/xterm@5.5.0 uplot@1.6.32 playwright-core@1.65.1

cd "$root"
go build -o "$work/paddock" ./cmd/paddock
cat >"$work/zoo.cfg" <<END
dataDir=$work/data
clientPort=21977
clientPortAddress=127.0.0.1
maxClientCnxns=0
snapCount=100000
enforceQuota=true
admin.serverAddress=127.0.0.1
admin.serverPort=18977
metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
metricsProvider.httpHost=127.0.0.1
metricsProvider.httpPort=17977
END
"$work/paddock" server "$work/zoo.cfg" >"$work/server.log" 2>&1 &
echo $! >"$work/server.pid"
sed 's/127.0.0.1:7000/127.0.0.1:17977/; s/15s/5s/' deploy/prometheus/scrape.yml >"$work/prometheus.yml"
cp deploy/prometheus/paddock.rules.yml "$work/"
"$cache/prometheus/usr/bin/promtool" check config "$work/prometheus.yml"
"$cache/prometheus/usr/bin/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --web.listen-address=127.0.0.1:19977 >"$work/prometheus.log" 2>&1 &
echo $! >"$work/prometheus.pid"
sleep 3

cli() { "$work/paddock" cli -server 127.0.0.1:21977 "$@" >/dev/null 2>&1; }
while IFS='|' read -r path data; do cli create "$path" "$data"; done <"$here/tree.txt"
cli setquota -N 100000 /shop
cli setquota -B 100000000 /shop
bench() { "$work/paddock" bench --addr 127.0.0.1:21977 --duration "${MINUTES:-6}m" "$@" >"$work/bench.log" 2>&1; }
bench --mix get=70,set=20,exists=10 --rate 2000 --connections 40 --watches 2000 --zipf 0.9 --keys 20000 --root /shop/orders/bench- &
echo $! >"$work/bench1.pid"
bench --workload ephemeral --rate 150 --connections 12 --root /shop/members/bench- &
echo $! >"$work/bench2.pid"
sleep $((${MINUTES:-6} * 60 - 45)) # while it still goes on

python3 "$here/shell.py" "$work/paddock" 127.0.0.1:21977 "$work/shell.bytes"
CHROMIUM=$(command -v chromium) node "$here/pictures.mjs" "$cache" "$work/shell.bytes" "$root"
ls -l "$root"/docs/*.png
