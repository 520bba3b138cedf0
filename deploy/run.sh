#!/usr/bin/env bash
# Sets up everything that newsbeam needs, then runs it: `deploy/run.sh` runs `newsbeam up`,
# `deploy/run.sh ARGS…` runs `newsbeam ARGS…`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
install_newsbeam
[ $# -gt 0 ] || set -- up
exec "$env_dir/bin/newsbeam" "$@"
