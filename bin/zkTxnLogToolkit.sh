#!/usr/bin/env bash
# Prints, repairs or chops a log file.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

exec "$PADDOCK" log dump "$@"
