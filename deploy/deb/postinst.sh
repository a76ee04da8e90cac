#!/bin/sh
set -e

[ "$1" = configure ] || exit 0

if ! getent passwd paddock >/dev/null; then
    adduser --system --quiet --group --home /var/lib/paddock --no-create-home --gecos Paddock paddock
fi
install -d -o paddock -g paddock -m 750 /var/lib/paddock /var/log/paddock

command -v systemctl >/dev/null || exit 0
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
if [ -n "$2" ]; then # an upgrade: whether it is enabled has been decided
    deb-systemd-invoke try-restart paddock.service || true
elif [ -e /lib/systemd/system/zookeeper.service ] || [ -e /etc/init.d/zookeeper ]; then
    echo "paddock: there is a service zookeeper on this machine, which keeps the port: paddock.service is not enabled."
    echo "paddock: paddock-zookeeperd takes its place; for both beside each other set another clientPort in /etc/paddock/zoo.cfg."
else
    systemctl --quiet enable paddock.service
    if [ -d /run/systemd/system ]; then
        deb-systemd-invoke start paddock.service || echo "paddock: the server did not start; systemctl status paddock says why"
    fi
fi
