#!/bin/sh
set -e

case $1 in configure | abort-*) ;; *) exit 0 ;; esac

if ! getent passwd paddock >/dev/null; then
    adduser --system --quiet --group --home /var/lib/paddock --no-create-home --gecos Paddock paddock
fi
install -d -o paddock -g paddock -m 750 /var/lib/paddock /var/log/paddock

# The helper remembers that the service was set up, until prerm makes it forget. The version in $2 does not say so: dpkg
# keeps it when a package is removed and not purged.
action=start
if deb-systemd-helper --quiet debian-installed paddock.service; then
    action=try-restart # an upgrade: whether it is enabled has been decided
elif [ -e /lib/systemd/system/zookeeper.service ] || [ -e /etc/init.d/zookeeper ]; then
    deb-systemd-helper update-state paddock.service
    echo "paddock: there is a service zookeeper on this machine, which keeps the port: paddock.service is not enabled."
    echo "paddock: paddock-zookeeperd takes its place; for both beside each other set another clientPort in /etc/paddock/zoo.cfg."
    action=
else
    deb-systemd-helper enable paddock.service
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    [ -z "$action" ] || deb-systemd-invoke $action paddock.service || echo "paddock: the server did not start; systemctl status paddock says why"
fi
