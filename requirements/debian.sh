#!/usr/bin/env bash
# Sees to the Debian packages of debian.list, which only the tests and the local portal need. Without them those tests
# skip and say so.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
missing=()
while read -r package; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done <"$here/debian.list"
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "The local portal and some tests need ${missing[*]}: install them as root (apt-get install ${missing[*]}); until then those tests skip." >&2
    exit 0
fi
echo "Installing ${missing[*]} …" >&2
apt-get update -qq
mkdir -p /usr/share/man/man1  # where manuals are left out, Java's package fails for want of this folder
# RUNLEVEL=1 keeps a server that is installed from starting: we start what we need, on ports of our own.
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
