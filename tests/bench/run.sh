#!/usr/bin/env bash
# Promises: one command that builds the release and prints the table of figures that the service is held to:
#   tests/bench/run.sh [--no-install] [--quick] [--check] [--profile] [--steady-disk]
# --quick shortens every run (for trying the bench itself), --check exits 1 when a figure misses its target,
# --profile adds where the server's time goes (perf), --steady-disk gives the store a disk of 0.5 ms a flush. Loopback only;
# bounded in time; leaves nothing running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

install=() arguments=()
for argument in "$@"; do
  case "$argument" in
    --no-install) install=(--no-install) ;;
    --quick|--check|--profile|--steady-disk) arguments+=("$argument") ;;
    *) echo "tests/bench/run.sh: unknown argument \`$argument\`" >&2; exit 2 ;;
  esac
done
deploy/deps.sh "${install[@]}" build bench
log="$(mktemp)"; trap 'rm -f "$log"' EXIT
{ cmake --preset release && cmake --build --preset release -j "$(nproc)" --target cofactor; } >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
python3 tests/bench/measure.py "${arguments[@]}"
