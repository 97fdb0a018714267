#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A pin that the mirror no longer serves: the suite's current version is taken with a warning, or
# refused with RRAS_DEPS_STRICT=1. Needs the network. Fetches jansson only (150 kB) and 11 MB of index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
export RRAS_DEPS_CACHE=$dir/cache
unset RRAS_DEPS_DL RRAS_DEPS_STRICT
passed=0 failed=0
check() { # description command...
  local what=$1; shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what"; fi
}
field() { awk -F'\t' -v f="$2" '$1=="jansson"{print $f}' "$1"; }

none=$(printf '%064d' 0)
printf 'jansson\t0.1-1\tjansson_0.1.orig.tar.gz\t%s\tjansson_0.1-1.debian.tar.xz\t%s\n' "$none" "$none" > "$dir/gone.tsv"
grep '^jansson' cmake/deps/lock.tsv > "$dir/forged.tsv"
sed -i "s/$(field "$dir/forged.tsv" 4)/$none/" "$dir/forged.tsv"

# Each run: exit code in $dir/NAME.rc, messages in $dir/NAME.log, what was taken in $dir/NAME.out.
fetch() { # name lock
  local rc=0
  cmake/deps/fetch.sh "$dir/$2.tsv" "$dir/$1.out" > "$dir/$1.log" 2>&1 || rc=$?
  echo $rc > "$dir/$1.rc"
}

RRAS_DEPS_STRICT=1 fetch strict gone
check "strict refuses another version" grep -q 'jansson 0.1-1: not served.*RRAS_DEPS_STRICT' "$dir/strict.log"
check "strict fails" grep -qx 1 "$dir/strict.rc"
check "strict writes nothing" test ! -e "$dir/strict.out"

fetch gone gone
check "another version is taken" grep -qx 0 "$dir/gone.rc"
check "one warning names both versions" test "$(grep -c 'WARNING: jansson 0.1-1 is not served; taking [0-9]' "$dir/gone.log")" = 1
check "the answer names the version taken" test "$(field "$dir/gone.out" 2)" != 0.1-1
check "the archive has the sum of the signed index" \
  sh -c "echo '$(field "$dir/gone.out" 4)  $RRAS_DEPS_CACHE/dl/$(field "$dir/gone.out" 3)' | sha256sum -c --status"

# The file is served, but its contents are not what was pinned.
RRAS_DEPS_STRICT=1 fetch forged forged
check "contents other than pinned are refused" grep -qx 1 "$dir/forged.rc"

# No key, no trust.
rm -rf "$RRAS_DEPS_CACHE"
RRAS_DEBIAN_KEYRING=$dir/none.gpg fetch keyless gone
check "a missing archive keyring is named" grep -q 'none.gpg: missing; install debian-archive-keyring' "$dir/keyless.log"

# The key that names the prefix follows what was really taken.
name() { RRAS_DEPS_LOCK=$1 cmake/deps/build.sh --where linux || true; }
sed "s/^jansson\t.*/$(cat "$dir/gone.tsv")/" cmake/deps/lock.tsv > "$dir/all.tsv"
before=$(name "$dir/all.tsv")
mkdir -p "$RRAS_DEPS_CACHE"
sed "s/^jansson\t.*/$(cat "$dir/gone.out")/" cmake/deps/lock.tsv | grep -v '^#' > "$RRAS_DEPS_CACHE/taken-$(sha256sum < "$dir/all.tsv" | cut -c1-12).tsv"
check "the prefix is named by the sources taken" test "$before" != "$(name "$dir/all.tsv")"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
