#!/usr/bin/env bash
# Promises: one command that builds the release and prints what TLS and tokens cost beside the plain spine:
#   tests/bench/trust.sh [--no-install] [--quick] [--steady-disk]
# Loopback only; bounded in time; leaves nothing running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

install=() arguments=()
for argument in "$@"; do
  case "$argument" in
    --no-install) install=(--no-install) ;;
    --quick|--steady-disk) arguments+=("$argument") ;;
    *) echo "tests/bench/trust.sh: unknown argument \`$argument\`" >&2; exit 2 ;;
  esac
done
deploy/deps.sh "${install[@]}" build bench
log="$(mktemp)"; trap 'rm -f "$log"' EXIT
{ cmake --preset release && cmake --build --preset release -j "$(nproc)" --target cofactor; } >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
/usr/bin/python3 tests/bench/trust.py "${arguments[@]}"
