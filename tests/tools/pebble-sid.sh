#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Gets the Pebble of Debian unstable, which knows ACME Renewal Information and profiles; the one of
# Debian 12 does not. Prints the path of the program; fails, with the reason, where it cannot be had.
#
#   tests/tools/pebble-sid.sh
#
# The package is unpacked into the cache beside the dependencies, nothing is installed. apt does the
# downloading from a private root, so its index is checked with Debian's archive key and the
# machine's own sources stay as they are. A failure is remembered for an hour.
set -euo pipefail
cache=${RRAS_DEPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rras-deps}
root=$cache/apt-sid place=$cache/pebble-sid
keyring=${RRAS_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}
die() { echo "pebble-sid: $*" >&2; [ ! -d "$cache" ] || echo "$*" > "$cache/.pebble-sid.failed"; exit 1; }

find_mirror() {
  local mirror=${RRAS_DEBIAN_MIRROR:-}
  [ "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    'Origin: Debian' 2>/dev/null | grep '/debian/*$' | sort | uniq -c | sort -rn | awk 'NR==1{print $2}') || true
  [ "$mirror" ] || mirror=$(grep -rhoE '(https?|file|copy):/[^ ]+/debian/?( |$)' /etc/apt/sources.list \
    /etc/apt/sources.list.d 2>/dev/null | head -1 | tr -d ' ') || true
  echo "$mirror"
}

program() { [ -x "$place/usr/bin/pebble" ] && echo "$place/usr/bin/pebble"; }

mkdir -p "$cache"
exec 9>"$cache/.pebble-sid.lock"; flock 9
program && exit 0
[ -z "$(find "$cache/.pebble-sid.failed" -mmin -60 2>/dev/null)" ] ||
  { echo "pebble-sid: $(cat "$cache/.pebble-sid.failed")" >&2; exit 1; }
command -v apt-get >/dev/null || die "apt-get: not found"
[ -f "$keyring" ] || die "$keyring: missing (package debian-archive-keyring)"
mirror=$(find_mirror)
[ "$mirror" ] || die "no Debian mirror in this machine's apt sources; set RRAS_DEBIAN_MIRROR"
mkdir -p "$root"/{lists/partial,cache/archives/partial,etc,down}
: > "$root/status"
echo "deb [signed-by=$keyring] $mirror sid main" > "$root/etc/sources.list"
options=(-q -oDir::State="$root" -oDir::State::Lists="$root/lists" -oDir::State::status="$root/status"
  -oDir::Cache="$root/cache" -oDir::Etc::SourceList="$root/etc/sources.list" -oDir::Etc::SourceParts=/dev/null
  -oAPT::Sandbox::User= -oAcquire::Languages=none -oAcquire::Retries=2)
timeout 300 apt-get "${options[@]}" update >&2 || die "apt-get update for Debian unstable failed (mirror $mirror)"
(cd "$root/down" && rm -f ./*.deb && timeout 300 apt-get "${options[@]}" download pebble >&2) ||
  die "package pebble of Debian unstable could not be downloaded (mirror $mirror)"
rm -rf "$place.new"
dpkg-deb -x "$root"/down/pebble_*.deb "$place.new" || die "package pebble could not be unpacked"
"$place.new/usr/bin/pebble" -version >&2 || die "the unpacked pebble does not run here"
rm -rf "$place" && mv "$place.new" "$place"
rm -rf "$root" "$cache/.pebble-sid.failed"
program || die "package pebble holds no usr/bin/pebble"
