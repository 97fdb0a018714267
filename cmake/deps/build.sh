#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the static dependencies (OpenSSL, c-ares, jansson, curl) from pinned Debian source packages.
#
#   build.sh linux|mingw64          builds what is missing; the last line on stdout is the prefix
#   build.sh --where linux|mingw64  prints the prefix without building (exit 1: not built yet)
#
# Environment:
#   RRAS_DEPS_CACHE  where everything is kept (default ~/.cache/rras-deps)
#   RRAS_DEPS_LOCK   another lock file than lock.tsv
#   RRAS_DEPS_STRICT 1: the pinned versions or none (see fetch.sh)
#   RRAS_DEPS_JOBS   parallel jobs (default: all cores)
#   RRAS_DEPS_KEEP   not empty: keeps the build trees
#
# A prefix is named by a key over the toolchain, the sources really taken and the text of this
# recipe, so it is reused by every checkout and made anew when one of them changes. OpenSSL, three
# quarters of the work, has a key of its own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${RRAS_DEPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rras-deps}
pins=${RRAS_DEPS_LOCK:-$here/lock.tsv}
jobs=${RRAS_DEPS_JOBS:-$(nproc)}
toolchain_file=$here/../toolchain-mingw64.cmake

short_sum() { sha256sum | cut -c1-12; }

target_settings() {
  case $target in
  linux)
    cc=gcc triple=x86_64-linux-gnu cmake_target=()
    cflags="-O2 -g0 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffunction-sections -fdata-sections" ;;
  mingw64)
    cc=x86_64-w64-mingw32-gcc-win32 triple=x86_64-w64-mingw32 cmake_target=(-DCMAKE_TOOLCHAIN_FILE="$toolchain_file")
    cflags="-O2 -g0 -fstack-protector-strong -D_WIN32_WINNT=0x0A00 -ffunction-sections -fdata-sections" ;;
  *) echo "deps: unknown target '$target': linux or mingw64" >&2; exit 2 ;;
  esac
  command -v "$cc" >/dev/null || { echo "deps: $cc: not found; run scripts/setup build" >&2; exit 1; }
}

# What the compiler is: its version and configuration, the assembler, the C library's headers.
toolchain_id() {
  $cc -v 2>&1 | grep -E '^(Target|Configured|gcc version)'
  "$($cc -print-prog-name=as)" --version | head -1
  echo '#include <stdlib.h>' | $cc -E -dM - | grep -E '__GLIBC__ |__GLIBC_MINOR__ |__MINGW64_VERSION_STR ' || true
}

# Sets openssl_prefix and prefix for the sources named in lock file $1.
name_prefixes() {
  openssl_prefix=$cache/$triple/openssl-$( { echo "$tcid $cflags"; grep '^openssl' "$1"
    declare -f openssl_; } | short_sum)
  prefix=$cache/$triple/deps-$( { echo "$openssl_prefix"; grep -v '^#' "$1"; cat "$here"/*.cmake "$toolchain_file"
    declare -f cmake_build cares_ jansson_ curl_ unpack; } | short_sum)
}

# Points lock and the prefixes at the pins, or at the other versions that an earlier run had to take.
choose_sources() {
  taken=$cache/taken-$(short_sum < "$pins").tsv
  lock=$pins
  name_prefixes "$lock"
  [ ! -f "$prefix/.complete" ] && [ "${RRAS_DEPS_STRICT:-0}" != 1 ] && [ -f "$taken" ] || return 0
  lock=$taken
  name_prefixes "$lock"
}

unpack() { # name: the upstream archive and Debian's patches in series order
  local name=$1 file deb patch
  file=$(awk -F'\t' -v n="$name" '$1==n{print $3}' "$lock")
  deb=$(awk -F'\t' -v n="$name" '$1==n{print $5}' "$lock")
  mkdir "$work/$name"
  tar xf "$cache/dl/$file" -C "$work/$name" --strip-components=1
  tar xf "$cache/dl/$deb" -C "$work/$name" debian
  [ -f "$work/$name/debian/patches/series" ] || return 0
  while read -r patch _; do
    case $name/$patch in
    */|*/\#*) continue ;;
    curl/ZZZgnutls-build.patch) continue ;;             # only for Debian's second build, with GnuTLS
    esac
    patch -d "$work/$name" -p1 -s -f --no-backup-if-mismatch < "$work/$name/debian/patches/$patch" ||
      { echo "deps: $name: Debian's patch $patch does not apply" >&2; exit 1; }
  done < "$work/$name/debian/patches/series"
}

step() { # name function
  local start=$SECONDS log=$work/$1.log
  echo "deps: $target $1 ..."
  # A function called with || runs without set -e: the build functions chain their commands by &&.
  ( "$2" ) > "$log" 2>&1 || {
    tail -40 "$log"; cp "$log" "$cache/failed-$target-$1.log"
    echo "deps: $target $1 failed; log: $cache/failed-$target-$1.log"; exit 1; }
  echo "deps: $target $1 ok, $((SECONDS - start)) s"
}

openssl_() {
  # OpenSSL compiles its own compiler options in: no path of this machine may be among them.
  local os dir configure=() make_dirs
  local -x CFLAGS="$cflags"
  mkdir "$work/b-openssl" && cd "$work/b-openssl" || return 1
  case $target in
  linux)   os=linux-x86_64 dir=/etc/ssl ;;
  mingw64) os=mingw64 dir="C:/Program Files/Common Files/SSL"
           configure=(--cross-compile-prefix=x86_64-w64-mingw32- CC=gcc-win32) ;;
  esac
  # Configure on Linux takes "C:/..." for a relative path and puts the prefix before it, so the
  # directories are named on make's command line. They are compiled in: none may be one that a
  # plain user can create.
  make_dirs=(OPENSSLDIR="$dir" ENGINESDIR="$dir/none" MODULESDIR="$dir/none")
  if [ "$target" = mingw64 ]; then
    # Every file includes <windows.h>, 0.6 s of CPU each: precompile it. gcc falls back to the plain
    # header when the options do not fit, so this changes the time only.
    mkdir "$work/pch" &&
    printf '#ifndef __ASSEMBLER__\n#include <winsock2.h>\n#include <ws2tcpip.h>\n#include <windows.h>\n#endif\n' \
      > "$work/pch/win.h" &&
    $cc -m64 $cflags -DUNICODE -D_UNICODE -DWIN32_LEAN_AND_MEAN -D_MT -DOPENSSL_BUILDING_OPENSSL -DNDEBUG \
      -DL_ENDIAN -DOPENSSL_PIC -x c-header "$work/pch/win.h" -o "$work/pch/win.h.gch" || return 1
    CFLAGS="$cflags -include ../pch/win.h -Winvalid-pch"
  fi
  perl ../openssl/Configure $os --prefix="$openssl_prefix" --libdir=lib "${configure[@]}" \
    no-shared no-module no-dso no-engine no-tests no-apps no-docs no-autoload-config no-makedepend \
    no-comp no-ssl3 no-dtls no-quic no-srp no-srtp no-sctp enable-ec_nistp_64_gcc_128 &&
  make -j"$jobs" "${make_dirs[@]}" build_libs && make install_dev
}

cmake_build() { # name options...
  local name=$1; shift
  cmake -G Ninja -S "$work/$name" -B "$work/b-$name" "${cmake_target[@]}" -DRRAS_DEPS_PREFIX="$prefix" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-DNDEBUG -DCMAKE_INSTALL_PREFIX="$prefix" \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 "$@" &&
  cmake --build "$work/b-$name" -j"$jobs" && cmake --install "$work/b-$name"
}

cares_() {
  local options=() version seed
  # The seed only skips 172 slow configure checks, and only for exactly this version and target.
  version=$(awk -F'\t' '$1=="c-ares"{sub(/-[^-]*$/, "", $2); print $2}' "$lock")
  seed=$here/c-ares-$version-$target.cmake
  [ ! -f "$seed" ] || options+=(-C "$seed")
  [ "$target" != mingw64 ] || options+=(-DCMAKE_PROJECT_INCLUDE="$here/pch-windows.cmake"
    "-DRRAS_PCH_TARGETS=c-ares;c-ares_static")
  cmake_build c-ares "${options[@]}" -DCARES_STATIC=ON -DCARES_SHARED=OFF -DCARES_STATIC_PIC=ON \
    -DCARES_BUILD_TESTS=OFF -DCARES_BUILD_TOOLS=OFF -DCARES_THREADS=ON
}

jansson_() { # :STRING matters: without it CMake makes the directory absolute, below the current one
  cmake_build jansson -DJANSSON_BUILD_SHARED_LIBS=OFF -DJANSSON_EXAMPLES=OFF -DJANSSON_WITHOUT_TESTS=ON \
    -DJANSSON_BUILD_DOCS=OFF -DJANSSON_INSTALL_CMAKE_DIR:STRING=lib/cmake/jansson
}

curl_() { # HTTP, HTTPS and SMTP only; OpenSSL only; c-ares as the resolver; the native CA store
  local options=() part
  for part in DICT FILE FTP GOPHER IMAP IPFS LDAP LDAPS MQTT POP3 RTSP SMB TELNET TFTP WEBSOCKETS ALTSVC \
    AWS NETRC SRP FORM_API; do
    options+=(-DCURL_DISABLE_$part=ON)
  done
  case $target in
  mingw64) options+=(-DENABLE_UNICODE=ON -DCURL_TARGET_WINDOWS_VERSION=0x0A00 -DCURL_USE_SCHANNEL=OFF
             -DCURL_WINDOWS_SSPI=ON -DUSE_WIN32_IDN=OFF -DUSE_WIN32_LDAP=OFF -DCURL_DISABLE_CA_SEARCH=ON) ;;
  linux)   options+=(-DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DCURL_CA_FALLBACK=ON) ;;
  esac
  cmake_build curl -DBUILD_CURL_EXE=OFF -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DBUILD_TESTING=OFF \
    -DBUILD_EXAMPLES=OFF -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF -DENABLE_CURL_MANUAL=OFF \
    -DPICKY_COMPILER=OFF -DCMAKE_UNITY_BUILD=ON -DCURL_USE_PKGCONFIG=OFF -DENABLE_ARES=ON \
    -DCARES_INCLUDE_DIR="$prefix/include" -DCARES_LIBRARY="$prefix/lib/libcares.a" -DCURL_USE_OPENSSL=ON \
    -DOPENSSL_ROOT_DIR="$prefix" -DOPENSSL_USE_STATIC_LIBS=ON -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON \
    -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF -DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF \
    -DUSE_LIBIDN2=OFF -DUSE_NGHTTP2=OFF -DCURL_USE_GSSAPI=OFF "${options[@]}"
}

build_all() {
  work=$(mktemp -d "$cache/$triple/.build-XXXXXX")
  trap '[ "${RRAS_DEPS_KEEP:-}" ] || rm -rf "$work"' EXIT
  trap 'exit 143' TERM INT HUP
  export CFLAGS="$cflags -ffile-prefix-map=$work=." PKG_CONFIG_PATH=
  if [ ! -f "$openssl_prefix/.complete" ]; then
    rm -rf "$openssl_prefix"; mkdir -p "$openssl_prefix"
    unpack openssl; step openssl openssl_
    touch "$openssl_prefix/.complete"
  fi
  # The prefix is final from the start (CMake packages record it); .complete is written last.
  rm -rf "$prefix"; mkdir -p "$prefix"; cp -al "$openssl_prefix"/{lib,include} "$prefix/"
  export PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig"
  unpack c-ares;  step c-ares  cares_
  unpack jansson; step jansson jansson_
  unpack curl;    step curl    curl_
  grep -v '^#' "$lock" > "$prefix/versions.tsv"; echo "$tcid" > "$prefix/toolchain.txt"
  touch "$prefix/.complete"
  find "$cache/$triple" -mindepth 2 -maxdepth 2 -name .complete -path '*/deps-*' -mtime +60 -printf '%h\0' |
    xargs -0r rm -rf                                     # sets that nobody used for 60 days
}

main() {
  local where=
  if [ "${1:-}" = --where ]; then where=1; shift; fi
  target=${1:-}
  target_settings
  # Nothing of the machine's own -dev packages or settings may be found.
  unset CMAKE_PREFIX_PATH OPENSSL_CONF OPENSSL_ROOT_DIR C_INCLUDE_PATH CPATH LIBRARY_PATH MAKEFLAGS CFLAGS CPPFLAGS LDFLAGS CC
  export SOURCE_DATE_EPOCH=1750000000 LC_ALL=C
  tcid=$(toolchain_id)
  choose_sources
  if [ "$where" ]; then echo "$prefix"; [ -f "$prefix/.complete" ]; exit; fi
  if [ -f "$prefix/.complete" ]; then
    touch "$prefix/.complete"
    [ "$lock" = "$pins" ] || echo "deps: WARNING: other versions than pinned, see $prefix/versions.tsv" >&2
    echo "$prefix"; exit 0
  fi
  mkdir -p "$cache/$triple"
  exec 8>"$cache/$triple/.lock"; flock 8                 # one builder; the others wait, then reuse
  exec 3>&1 1>&2                                         # all noise to stderr; 3 is for the answer
  RRAS_DEPS_CACHE=$cache "$here/fetch.sh" "$pins" "$taken.$target"
  if diff -q <(grep -v '^#' "$pins") "$taken.$target" >/dev/null; then
    rm -f "$taken" "$taken.$target"; lock=$pins
  else
    mv -f "$taken.$target" "$taken"; lock=$taken
  fi
  name_prefixes "$lock"
  [ -f "$prefix/.complete" ] || build_all
  echo "$prefix" >&3
}
main "$@"; exit
