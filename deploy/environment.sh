# Sourced by run.sh and test.sh: a private environment in .venv with exactly what the lock files name.
# Needs Python 3.11 or newer; brings its own uv from the package registry where none is installed.
# Settings: NEWSBEAM_ENV (folder of the environment, default .venv), NEWSBEAM_PYTHON (interpreter), NEWSBEAM_NER (see
# the README; brings the extra).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
env_dir=${NEWSBEAM_ENV:-$root/.venv}
tools_dir=$root/.newsbeam

say() { printf '%s\n' "$*" >&2; }
fail() { say "newsbeam: $*"; exit 1; }

# A Debian package, where this user may install one; false where not.
system_package() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "installing $* with apt-get"
  { apt-get install -y -qq "$@" || { apt-get update -qq && apt-get install -y -qq "$@"; }; } >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in ${NEWSBEAM_PYTHON:-} python3 python3.13 python3.12 python3.11; do
    command -v "$candidate" >/dev/null || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  fail "Python 3.11 or newer is needed; install it (Debian: apt-get install python3) or name it in NEWSBEAM_PYTHON"
}

# uv on the PATH, else one of our own in .newsbeam/uv, by whichever way this Python can install it.
find_uv() {
  command -v uv && return
  local own=$tools_dir/uv
  if [ ! -x "$own/bin/uv" ]; then
    say "installing uv into $own"
    rm -rf "$own"
    if ! "$python" -m venv "$own" >/dev/null 2>&1; then
      rm -rf "$own"
      system_package python3-venv && "$python" -m venv "$own" >/dev/null \
        || fail "this Python cannot make environments; install uv, or Debian's python3-venv, and call again"
    fi
    "$own/bin/python" -m pip install --quiet uv >&2 || fail "uv could not be installed from the package registry"
  fi
  printf '%s\n' "$own/bin/uv"
}

# install LOCKFILE…: bring the environment to what the lock files say; quick when nothing changed.
install_locked() {
  local wanted stamp=$env_dir/.installed lock arguments=()
  for lock in "$@"; do arguments+=(--requirements "$lock"); done
  wanted=$(cat "$@" "$root/pyproject.toml" | cksum; "$python" --version; printf '%s\n' "$root" "$@")
  [ -x "$env_dir/bin/newsbeam" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  local uv
  uv=$(find_uv) || exit 1
  say "setting up $env_dir"
  export UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=$env_dir
  [ -x "$env_dir/bin/python" ] || "$uv" venv --quiet --python "$python" "$env_dir" || exit 1
  "$uv" pip install --quiet --require-hashes "${arguments[@]}" \
    || fail "the locked dependencies could not be installed; is the package registry reachable?"
  "$uv" pip install --quiet --no-deps --no-build-isolation --editable "$root" || exit 1
  printf '%s\n' "$wanted" >"$stamp"
}

# What running takes: the locked packages, and where NEWSBEAM_NER asks for models of names, those of the extra.
install_newsbeam() {
  local locks=("$root/requirements.lock")
  [ -z "${NEWSBEAM_NER:-}" ] || locks+=("$root/deploy/ner.lock")
  install_locked "${locks[@]}"
}

python=$(find_python) || exit 1
