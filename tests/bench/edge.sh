#!/usr/bin/env bash
# Promises: one command each for the figures of the listener under trust and load, against a release build:
#   tests/bench/edge.sh [--no-install] [--quick] [--long] [--check] [--apart] [--steady-disk] [PART...]     (default: all)
# overload: the most that is answered in time, then four times as much for 10 s (--long: 60 s), with ES384 tokens;
# overload-rs384, overload-tls (with ES384), overload-plain: the same with others; unfair, unfair-es384: one caller at ten times
# its rate beside another, several rounds; tls: TLS beside plain in one run. --apart: half of the cores for the load generator,
# half for the server. --steady-disk: the store in memory, half a millisecond a flush. --check exits 1 when a figure misses its
# target.
# Loopback only; bounded in time; leaves nothing running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

install=() arguments=()
for argument in "$@"; do
  case "$argument" in
    --no-install) install=(--no-install) ;;
    --quick|--long|--check|--apart|--steady-disk|overload|overload-rs384|overload-tls|overload-plain|unfair|unfair-es384|tls) arguments+=("$argument") ;;
    *) echo "tests/bench/edge.sh: unknown argument \`$argument\`" >&2; exit 2 ;;
  esac
done
deploy/deps.sh "${install[@]}" build bench
log="$(mktemp)"; trap 'rm -f "$log"' EXIT
{ cmake --preset release && cmake --build --preset release -j "$(nproc)" --target cofactor &&
  c++ -std=c++20 -O2 tests/bench/open_loop.cpp -o build/release/open_loop -lssl -lcrypto; } >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
/usr/bin/python3 tests/bench/edge.py "${arguments[@]}"
