#!/bin/sh
set -e

case $1 in configure | abort-*) ;; *) exit 0 ;; esac

# As in the package paddock: the helper remembers whether the service was set up.
action=start
if deb-systemd-helper --quiet debian-installed zookeeper.service; then
    action=try-restart # an upgrade: whether it is enabled has been decided
else
    deb-systemd-helper enable zookeeper.service
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    deb-systemd-invoke $action zookeeper.service || echo "paddock-zookeeperd: the server did not start; systemctl status zookeeper says why"
fi
