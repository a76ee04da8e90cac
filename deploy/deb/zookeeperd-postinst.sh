#!/bin/sh
set -e

[ "$1" = configure ] || exit 0
command -v systemctl >/dev/null || exit 0
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
if [ -n "$2" ]; then # an upgrade: whether it is enabled has been decided
    deb-systemd-invoke try-restart zookeeper.service || true
    exit 0
fi
systemctl --quiet enable zookeeper.service
if [ -d /run/systemd/system ]; then
    deb-systemd-invoke start zookeeper.service || echo "paddock-zookeeperd: the server did not start; systemctl status zookeeper says why"
fi
