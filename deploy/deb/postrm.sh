#!/bin/sh
set -e

if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
fi
if [ "$1" = purge ]; then
    rm -rf /var/log/paddock
    if [ -d /var/lib/paddock/version-2 ]; then
        echo "paddock: the data in /var/lib/paddock is left, and so is the user paddock who owns it"
    fi
    rmdir /var/lib/paddock 2>/dev/null || true
fi
