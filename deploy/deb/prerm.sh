#!/bin/sh
set -e

[ "$1" = remove ] || exit 0
if [ -d /run/systemd/system ]; then
    deb-systemd-invoke stop paddock.service || true
fi
if command -v systemctl >/dev/null; then
    systemctl --quiet disable paddock.service || true
fi
