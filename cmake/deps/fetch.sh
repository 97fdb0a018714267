#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Gets the source archives that a lock file names into $RRAS_DEPS_CACHE/dl.
#
#   fetch.sh LOCK OUT    writes to OUT, in the lock's form, what was really taken
#
# The pins first: an archive with the pinned sha256 from the cache, from the folder RRAS_DEPS_DL,
# or from the Debian mirror this machine uses (or RRAS_DEBIAN_MIRROR). apt does the downloading,
# from a private root: the machine's own apt sources stay as they are, and neither root rights nor
# deb-src lines are needed.
#
# A mirror drops a version when the suite moves on. Then the suite's current version of that source
# package is taken, with a warning; its sha256 comes from the index that Debian's archive key signs.
# RRAS_DEPS_STRICT=1 refuses this. RRAS_DEBIAN_SUITES (default trixie) names the suites.
set -euo pipefail
lock=${1:?lock file} out=${2:?output file}
cache=${RRAS_DEPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rras-deps}
dl=$cache/dl root=$cache/apt
keyring=${RRAS_DEBIAN_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

die() { echo "deps: $*" >&2; exit 1; }

# Is file $1 there with sha256 $2?
good() { [ -f "$1" ] && echo "$2  $1" | sha256sum -c --status; }

# The mirror that this machine's own apt uses for Debian.
find_mirror() {
  local mirror=${RRAS_DEBIAN_MIRROR:-}
  [ "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    'Origin: Debian' 2>/dev/null | grep '/debian/*$' | sort | uniq -c | sort -rn | awk 'NR==1{print $2}') || true
  [ "$mirror" ] || mirror=$(grep -rhoE '(https?|file|copy):/[^ ]+/debian/?( |$)' /etc/apt/sources.list \
    /etc/apt/sources.list.d 2>/dev/null | head -1 | tr -d ' ') || true
  echo "$mirror"
}

# Makes the private apt root, once for each run and only when something has to be downloaded.
apt_ready=
apt_root() {
  local mirror suite
  [ "$apt_ready" ] && return
  command -v apt-get >/dev/null || die "apt-get: not found; put the archives of $lock into a folder and set RRAS_DEPS_DL"
  [ -f "$keyring" ] || die "$keyring: missing; install debian-archive-keyring (or set RRAS_DEBIAN_KEYRING)"
  mirror=$(find_mirror)
  [ "$mirror" ] || die "no Debian mirror in this machine's apt sources; set RRAS_DEBIAN_MIRROR"
  mkdir -p "$root"/{lists/partial,cache/archives/partial,etc}
  : > "$root/status"
  for suite in ${RRAS_DEBIAN_SUITES:-trixie}; do
    echo "deb-src [signed-by=$keyring] $mirror $suite main"
  done > "$root/etc/sources.list"
  apt_options=(-q -oDir::State="$root" -oDir::State::Lists="$root/lists" -oDir::State::status="$root/status"
    -oDir::Cache="$root/cache" -oDir::Etc::SourceList="$root/etc/sources.list" -oDir::Etc::SourceParts=/dev/null
    -oAPT::Sandbox::User= -oAcquire::Languages=none -oAcquire::Retries=2)
  apt-get "${apt_options[@]}" update >&2 || die "apt-get update for the package sources failed (mirror $mirror)"
  apt_ready=1
}

# get SOURCE FILE SHA256: leaves the archive in $dl, or fails.
get() {
  local name=$1 file=$2 sum=$3 repo
  good "$dl/$file" "$sum" && return
  if [ "${RRAS_DEPS_DL:-}" ] && good "$RRAS_DEPS_DL/$file" "$sum"; then cp "$RRAS_DEPS_DL/$file" "$dl/$file"; return; fi
  apt_root
  # The pool path needs no index entry: files stay in the pool for a while after the index moved on.
  for repo in $(apt-get "${apt_options[@]}" indextargets --format '$(REPO_URI)' 'Created-By: Sources' | sort -u); do
    /usr/lib/apt/apt-helper "${apt_options[@]}" download-file "${repo%/}/pool/main/${name:0:1}/$name/$file" \
      "$dl/$file" "SHA256:$sum" >&2 || true
    good "$dl/$file" "$sum" && return
    rm -f "$dl/$file"
  done
  return 1
}

# The lock lines for every version of source package $1 in the signed index, newest first.
index_versions() {
  apt-cache "${apt_options[@]}" showsrc --only-source "$1" 2>/dev/null | awk -v name="$1" '
    function flush() { if (ver && orig && deb) printf "%s\t%s\t%s\t%s\t%s\t%s\n", name, ver, orig, osum, deb, dsum
                       ver = orig = deb = "" }
    /^Package:/ { flush(); sums = 0 }
    /^[A-Za-z0-9-]+:/ { sums = /^Checksums-Sha256:/ }
    /^Version:/ { ver = $2 }
    sums && /^ / && $3 ~ /\.orig\.tar\.[a-z0-9]+$/   { orig = $3; osum = $1 }
    sums && /^ / && $3 ~ /\.debian\.tar\.[a-z0-9]+$/ { deb = $3; dsum = $1 }
    END { flush() }' | sort -t$'\t' -k2,2Vr
}

# The pin for $1 (version $2) cannot be had: prints the lock line of a version that can.
fall_back() {
  local name=$1 pin=$2 line _ ver orig osum deb dsum
  [ "${RRAS_DEPS_STRICT:-0}" != 1 ] || die "$name $pin: not served by the mirror, and RRAS_DEPS_STRICT=1 refuses another version"
  apt_root
  while read -r line; do
    IFS=$'\t' read -r _ ver orig osum deb dsum <<<"$line"
    if get "$name" "$orig" "$osum" && get "$name" "$deb" "$dsum"; then
      echo "deps: WARNING: $name $pin is not served; taking $ver from the signed index of ${RRAS_DEBIAN_SUITES:-trixie} (RRAS_DEPS_STRICT=1 refuses this)" >&2
      echo "$line"
      return
    fi
  done < <(index_versions "$name")
  die "$name $pin: not served by the mirror, and neither is a version of the index; set RRAS_DEPS_DL to a folder with the archives"
}

mkdir -p "$dl"
exec 9>"$cache/.fetch.lock"; flock 9                     # both targets share the archives
taken=$(mktemp "$cache/.taken-XXXXXX"); trap 'rm -f "$taken"' EXIT
while IFS=$'\t' read -r name ver orig osum deb dsum; do
  case $name in ''|\#*) continue ;; esac
  if get "$name" "$orig" "$osum" && get "$name" "$deb" "$dsum"; then
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$ver" "$orig" "$osum" "$deb" "$dsum" >> "$taken"
  else
    fall_back "$name" "$ver" >> "$taken"
  fi
done < "$lock"
mv -f "$taken" "$out"
