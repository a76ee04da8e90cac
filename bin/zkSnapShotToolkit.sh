#!/usr/bin/env bash
# Prints a snapshot.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

exec "$PADDOCK" snap dump "$@"
