#!/usr/bin/env bash
# Promises: the one list of Debian 12 packages that Cofactor needs, by purpose, and one call that installs those
# that are missing: deploy/deps.sh [--no-install] [--list] PURPOSE...   (build test bench package fuzz; default build)
# Works as root or through sudo, asks nothing, and does nothing at all when everything is there.
set -euo pipefail

# Build: what the binary is made of. One Boost only (1.74); RapidJSON, CLI11 and tl::expected are headers.
build="g++ cmake ninja-build ccache pkg-config python3 ca-certificates
  libboost1.74-dev rapidjson-dev libexpected-dev libssl-dev libsqlite3-dev libzstd-dev libmimalloc-dev
  libspdlog-dev libcli11-dev prometheus-cpp-dev libcpprest-dev"
# Run the demo: what quickstart.sh uses to send a request.
demo="python3 curl"
# Tests: python3-jsonschema for the contract tests, python3-cryptography for clients with keys, binutils for nm in the guards, nodejs for the independent check,
# cmark-gfm to see what a card becomes in a client, strace to fail a write or a sync, faketime to move the clock.
test="libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev binutils curl sqlite3 python3-jsonschema python3-cryptography nodejs
  cmark-gfm strace faketime"
# Load generator and the static server that the benchmark measures itself against.
bench="wrk nginx-light python3 python3-cryptography openssl curl"
# The .deb, its lint, and a fresh Debian root to try it in.
package="debootstrap lintian dpkg-dev fakeroot systemd curl gzip"
# libFuzzer and its runtime.
fuzz="clang-14 libclang-rt-14-dev"

say() { printf 'deps: %s\n' "$*" >&2; }

install=yes list=no purposes=()
for argument in "$@"; do
  case "$argument" in
    --no-install) install=no ;;
    --list) list=yes ;;
    build|demo|test|bench|package|fuzz) purposes+=("$argument") ;;
    *) say "unknown argument \`$argument\`: give --no-install, --list or a purpose (build demo test bench package fuzz)"; exit 2 ;;
  esac
done
[ "${#purposes[@]}" -gt 0 ] || purposes=(build)

wanted=()
for purpose in "${purposes[@]}"; do
  for package_name in ${!purpose}; do wanted+=("$package_name"); done
done
if [ "$list" = yes ]; then printf '%s\n' "${wanted[@]}" | sort -u; exit 0; fi

if ! command -v dpkg-query >/dev/null; then
  say "this is not a Debian system: install by hand what \`deploy/deps.sh --list ${purposes[*]}\` names, then use --no-install"
  [ "$install" = no ] && exit 0
  exit 3
fi

# nginx-light is one of several packages that bring the same server; any nginx will do, and any node.
have() {
  case "$1" in
    nodejs) command -v node >/dev/null || command -v nodejs >/dev/null ;;
    nginx-light) [ -x /usr/sbin/nginx ] ;;
    *) [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
  esac
}
missing=()
for package_name in $(printf '%s\n' "${wanted[@]}" | sort -u); do
  have "$package_name" || missing+=("$package_name")
done
[ "${#missing[@]}" -eq 0 ] && exit 0
if [ "$install" = no ]; then
  say "missing and not installed (--no-install): ${missing[*]}"
  exit 0
fi

root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "missing: ${missing[*]}: run as root, or install sudo, or install them and use --no-install"
    exit 3
  fi
  root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
say "installing ${missing[*]}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
run() {
  if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    say "\`$*\` failed (its last lines are above)"
    exit 3
  fi
}
run apt-get -q update
run apt-get -q -y --no-install-recommends install "${missing[@]}"
