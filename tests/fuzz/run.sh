#!/usr/bin/env bash
# Promises: builds every fuzz target with clang, ASan and UBSan and runs each for a while from its kept corpus:
#   tests/fuzz/run.sh [SECONDS] [--only NAME] [--no-install]         (default 60 seconds a target)
# Exit 0 when no target found anything; a finding's input and report stay in build/fuzz/findings/. New corpus entries go to
# build/fuzz/grown/, not into the tree; --merge NAME puts the few that add coverage (each at most 4 KB) into the corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=60 only="" merge="" install=()
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=(--no-install) ;;
    --only) only="${2:?--only needs a target}"; shift ;;
    --merge) merge="${2:?--merge needs a target}"; shift ;;
    *[!0-9]*|"") echo "tests/fuzz/run.sh: unknown argument \`$1\`" >&2; exit 2 ;;
    *) seconds="$1" ;;
  esac
  shift
done
deploy/deps.sh "${install[@]}" build test fuzz

cmake --preset fuzz >/dev/null
mapfile -t targets < <(sed -n 's/^cofactor_fuzz(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)
[ "${#targets[@]}" -gt 0 ] || { echo "tests/fuzz/run.sh: no target in tests/fuzz/CMakeLists.txt" >&2; exit 1; }
[ -z "$only$merge" ] || targets=("${only:-$merge}")
cmake --build build/fuzz -j "$(nproc)" $(printf -- '--target fuzz_%s ' "${targets[@]}")

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
mkdir -p build/fuzz/findings
run_one() {
  local name="$1" corpus="tests/fuzz/corpus/$1" grown="build/fuzz/grown/$1" log="build/fuzz/$1.log" dictionary=()
  mkdir -p "$grown"
  [ ! -f "tests/fuzz/$name.dict" ] || dictionary=("-dict=tests/fuzz/$name.dict")
  if "build/fuzz/tests/fuzz/fuzz_$name" "$grown" "$corpus" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 \
       "${dictionary[@]}" -artifact_prefix="build/fuzz/findings/$name-" -print_final_stats=1 >"$log" 2>&1; then
    echo "fuzz_$name: clean, $(sed -n 's/stat::number_of_executed_units: *//p' "$log") runs in $seconds s"
  else
    echo "fuzz_$name: FOUND SOMETHING"; tail -n 40 "$log"
    return 1
  fi
}
if [ -n "$merge" ]; then
  "build/fuzz/tests/fuzz/fuzz_$merge" -merge=1 -max_len=4096 "tests/fuzz/corpus/$merge" "build/fuzz/grown/$merge"
  exit 0
fi
# As many targets at once as there are cores.
passed=0 failed=0 running=()
for name in "${targets[@]}"; do
  run_one "$name" & running+=($!)
  if [ "${#running[@]}" -ge "$(nproc)" ]; then
    if wait "${running[0]}"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    running=("${running[@]:1}")
  fi
done
for process in "${running[@]}"; do
  if wait "$process"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
