#!/usr/bin/env bash
# Removes old snapshots and the logs that only they need: zkCleanup.sh -n COUNT.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

exec "$PADDOCK" purge --config "$ZOOCFG" "$@"
