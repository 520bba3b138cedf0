#!/usr/bin/env bash
# Sets up and runs all that CI runs: lint, types, tests. Arguments go to pytest (`deploy/test.sh -k log`).
# The tests start a real Kafka broker themselves; for it Java and Maven are installed where this user may.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
install_locked requirements.lock tests/requirements.lock

missing=()
command -v java >/dev/null || system_package default-jre-headless || missing+=(Java)
command -v mvn >/dev/null || system_package maven || missing+=(Maven)
if [ ${#missing[@]} -gt 0 ]; then
  [ "${CI:-}" != true ] || fail "CI skips nothing, but ${missing[*]} could not be installed"
  say "without ${missing[*]} the tests on a real Kafka broker are skipped"
fi

if [ $# -eq 0 ]; then
  "$env_dir/bin/ruff" check .
  "$env_dir/bin/mypy"
fi
exec "$env_dir/bin/python" -m pytest "$@"
