#!/usr/bin/env bash
# Compares two snapshots.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

exec "$PADDOCK" snap compare "$@"
