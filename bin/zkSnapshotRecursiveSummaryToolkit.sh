#!/usr/bin/env bash
# Sums up the subtrees of a snapshot: file, path, depth.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

exec "$PADDOCK" snap summary "$@"
