#!/usr/bin/env bash
# The shell for looking at znodes and changing them: zkCli.sh -server host:port [command].

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/zkEnv.sh"

exec "$PADDOCK" cli "$@"
