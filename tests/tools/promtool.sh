#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Gets Debian's promtool, which judges what Prometheus would read. Prints the path of the program; fails, with the
# reason, where it cannot be had.
#
#   tests/tools/promtool.sh
#
# It comes in the package of the whole server (300 MiB with what that needs), so the package is downloaded, checked
# and unpacked by apt and dpkg, but not installed: the one program stays in the cache beside the dependencies.
set -euo pipefail
cache=${RRAS_DEPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rras-deps}
place=$cache/promtool
die() { echo "promtool: $*" >&2; exit 1; }

command -v promtool && exit 0
mkdir -p "$cache"
exec 9>"$cache/.promtool.lock"; flock 9
if [ ! -x "$place" ]; then
  command -v apt-get >/dev/null || die "apt-get: not found; put promtool into PATH"
  down=$(mktemp -d "$cache/promtool.XXXXXX")
  trap 'rm -rf "$down"' EXIT
  get() { (cd "$down" && timeout 120 apt-get -q -oAPT::Sandbox::User= download prometheus >&2); }
  get || { timeout 300 apt-get -q update >&2 && get; } || die "package prometheus could not be downloaded"
  dpkg-deb --fsys-tarfile "$down"/prometheus_*.deb | tar -x -C "$down" ./usr/bin/promtool || die "package prometheus holds no promtool"
  "$down/usr/bin/promtool" --version >&2 || die "the unpacked promtool does not run here"
  mv "$down/usr/bin/promtool" "$place"
fi
echo "$place"
