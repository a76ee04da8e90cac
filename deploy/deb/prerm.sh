#!/bin/sh
set -e

[ "$1" = remove ] || exit 0
if [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop paddock.service || true
fi
deb-systemd-helper purge paddock.service # what it remembers, and the links of an enabled service
