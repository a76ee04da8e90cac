#!/bin/sh
set -e

[ "$1" = remove ] || exit 0
if [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop zookeeper.service || true
fi
# Not by systemctl disable: it would disable Debian's script of the same name as well, which is to run again.
deb-systemd-helper purge zookeeper.service
