#!/usr/bin/env bash
# Installs one lock into one environment, hashes required: install.sh ENVIRONMENT LOCK [--with-project]
# A stamp keeps the lock's digest, so that a second call is instant. Knows nothing of what the packages are for.
set -euo pipefail

environment=$1
lock=$2
with_project=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
lock_file="$here/$lock.txt"
stamp="$environment/.installed-$lock"

digest() {
    # The place is part of it: an environment does not survive being moved.
    { cat "$lock_file" "$here/bootstrap.txt" && cat "$root/pyproject.toml" && printf '%s\n' "$(cd "$environment" 2>/dev/null && pwd)"; } | sha256sum
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(digest)" ]; then
    exit 0
fi

python=${PYTHON:-python3.11}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "requirements/install.sh: found no $python, expected CPython 3.11, for which the locks are made; install it or set PYTHON." >&2
    exit 2
fi
if [ ! -x "$environment/bin/python" ]; then
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3.11-venv >/dev/null
    fi
    "$python" -m venv --clear "$environment"
fi

echo "Installing requirements/$lock.txt into $environment …" >&2
started=$SECONDS
pip=("$environment/bin/python" -m pip --disable-pip-version-check --quiet)
if command -v uv >/dev/null 2>&1; then
    uv=uv
elif [ -x "$environment/bin/uv" ] || "${pip[@]}" install --require-hashes --requirement "$here/bootstrap.txt"; then
    uv=$environment/bin/uv
else
    uv=false
fi
# uv reads no pip settings: where only pip knows the way to a registry, pip does it.
# Bytecode is made now, once: where PYTHONDONTWRITEBYTECODE is set, every start would compile everything it imports again.
install() {
    UV_PYTHON_DOWNLOADS=never "$uv" pip install --quiet --compile-bytecode --python "$environment/bin/python" "$@" ||
        "${pip[@]}" install --compile "$@"
}
# A lock is whole. Where it overrides what a package asks for, an installer that asks again would refuse it.
whole=()
[ ! -f "$here/$lock.overrides" ] || whole=(--no-deps)
install "${whole[@]}" --require-hashes --requirement "$lock_file"
if [ "$with_project" = --with-project ]; then
    install --no-deps --no-build-isolation --editable "$root"
fi
digest >"$stamp"
echo "Installed in $((SECONDS - started)) s." >&2
