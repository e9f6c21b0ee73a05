#!/usr/bin/env bash
# Promises: one command that installs what is missing, builds and runs the tests, and ends with ctest's own closing lines (when
# tests fail, after what each of them said last).
#   tests/run.sh                      everything that a bare machine can run in under half an hour
#   tests/run.sh --all                also the tests labelled slow
#   tests/run.sh --only LABEL         only the tests that carry this label (see --list)
#   tests/run.sh --list               the tests and their labels, without running them
#   tests/run.sh --sanitize asan|tsan the same tests, built with AddressSanitizer+UBSan or ThreadSanitizer
#   --no-install                      never touch the system's packages
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=dev all=no list=no only="" install=()
usage() { sed -n '4,9s/^# \{0,3\}//p' "$0"; }
need() { [ $# -ge 2 ] && [ -n "$2" ] || { echo "tests/run.sh: \`$1\` needs a value" >&2; exit 2; }; }
while [ $# -gt 0 ]; do
  case "$1" in
    --all) all=yes ;;
    --list) list=yes ;;
    --only) need "$@"; only="$2"; shift ;;
    --sanitize)
      need "$@"
      case "$2" in asan|tsan) preset="$2" ;; *) echo "tests/run.sh: unknown sanitizer \`$2\`: asan or tsan" >&2; exit 2 ;; esac
      shift ;;
    --no-install) install=(--no-install) ;;
    --help|-h) usage; exit 0 ;;
    *) echo "tests/run.sh: unknown argument \`$1\`" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

purposes=(build test)
if [ "$all" = yes ] || [ "$only" = slow ]; then purposes+=(package bench); fi
deploy/deps.sh "${install[@]}" "${purposes[@]}"

# A build of the whole tree needs most of a core and up to 1.5 GB of memory a job.
cores="$(nproc)"
gigabytes="$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)"
jobs=$(( gigabytes / 2 < cores ? gigabytes / 2 : cores ))
[ "$jobs" -ge 1 ] || jobs=1

# Debian's own Python, because the packages that the tests import are Debian's.
settings=("-DPython3_EXECUTABLE=/usr/bin/python3")
[ -x /usr/bin/python3 ] || settings=()
# Third-party cases are run from a folder beside the clone when it is there; a clone without it runs the rest.
if [ -n "${COFACTOR_SHARED:-}" ]; then
  settings+=("-DCOFACTOR_SHARED=$COFACTOR_SHARED")
elif [ -d ../shared ]; then
  settings+=("-DCOFACTOR_SHARED=$(cd ../shared && pwd)")
fi

cmake --preset "$preset" "${settings[@]}"

select=()
# With --all or --only the preset's own filter (no slow ones) does not apply, so name the build folder instead.
if [ "$all" = yes ] || [ "$list" = yes ]; then select=(--test-dir "build/$preset")
elif [ -n "$only" ]; then select=(--test-dir "build/$preset" -L "^$only\$")
else select=(--test-dir "build/$preset" -LE '^(slow|postgres)$'); fi
if [ "$all" = yes ] && [ -n "$only" ]; then select+=(-L "^$only\$"); fi

cmake --build --preset "$preset" -j "$jobs"
if [ "$list" = yes ]; then
  ctest "${select[@]}" --show-only=json-v1 | python3 -c '
import json, sys
for test in json.load(sys.stdin)["tests"]:
    labels = [p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"]
    print(test["name"], "[" + " ".join(labels[0] if labels else []) + "]")'
  exit 0
fi

# What sanitizers look for. A finding ends the process, so its test fails; docs/architecture.md says what is left out and why.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:abort_on_error=1}"
export LSAN_OPTIONS="${LSAN_OPTIONS:-suppressions=$PWD/tests/sanitize/leaks.txt:print_suppressions=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
# cpprestsdk, SQLite and OpenSSL come without instrumentation: what they copy or free under their own atomics would be a
# race to ThreadSanitizer. Locks and threads that they use are still seen, and so is every access of our own code.
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1:ignore_noninstrumented_modules=1}"
verdict=0
rm -f "build/$preset/Testing/Temporary/LastTestsFailed.log"  # ctest leaves that of an earlier run
ctest "${select[@]}" -j "$cores" --output-on-failure --no-tests=error </dev/null || verdict=$?
# Among thousands of lines nobody finds what a test said: once more at the end, and ctest's closing lines after it.
[ "$verdict" = 0 ] || python3 tests/what_failed.py "build/$preset" || true
exit "$verdict"
