#!/usr/bin/env bash
# Promises: from a fresh clone on a bare Debian 12 to a card on the screen in one command:
#   deploy/quickstart.sh              installs what is missing, builds, starts on http://127.0.0.1:8080, sends a real
#                                     order-sign request, shows the cards in plain words, serves until Ctrl-C
#   deploy/quickstart.sh --once       the same, then stops; exit 0 only if the expected card came
#   --port N                          another port       --no-install   never touch the system's packages
# Listens on loopback only, keeps everything in a temporary folder, and leaves nothing running and nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

expected_rule=high-dose-ppi
request=deploy/examples/order-sign-high-dose.json
once=no port=8080 install=()
usage() { sed -n '3,7s/^# \{0,3\}//p' deploy/quickstart.sh; }
say() { printf '\n== %s\n' "$*"; }
die() { printf 'quickstart: %s\n' "$*" >&2; exit "${status:-1}"; }
while [ $# -gt 0 ]; do
  case "$1" in
    --once) once=yes ;;
    --port)
      [[ "${2:-}" =~ ^[0-9]{1,5}$ ]] && [ "$2" -ge 1 ] && [ "$2" -le 65535 ] || { status=2 die "\`--port\` needs a number from 1 to 65535"; }
      port="$2"; shift ;;
    --no-install) install=(--no-install) ;;
    --help|-h) usage; exit 0 ;;
    *) usage >&2; status=2 die "unknown argument \`$1\`" ;;
  esac
  shift
done

started_at=$SECONDS
say "1 of 4: what is missing"
deploy/deps.sh "${install[@]}" build demo
echo "everything that is needed is installed"

free() { python3 -c 'import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try: s.bind(("127.0.0.1", int(sys.argv[1])))
except OSError: sys.exit(1)
print(s.getsockname()[1])' "$1"; }
free "$port" >/dev/null || die "port $port of 127.0.0.1 is taken: give another one with \`--port N\`"
operations_port="$(free 9090 || free 0)"

say "2 of 4: build (a few minutes the first time)"
cores="$(nproc)"
gigabytes="$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)"
jobs=$(( gigabytes / 2 < cores ? gigabytes / 2 : cores ))
[ "$jobs" -ge 1 ] || jobs=1
scratch="$(mktemp -d "${TMPDIR:-/tmp}/cofactor-demo.XXXXXX")"
server=""
clean() {
  trap - EXIT INT TERM
  if [ -n "$server" ] && kill -TERM "$server" 2>/dev/null; then wait "$server" 2>/dev/null || true; fi
  rm -rf "$scratch"
}
trap clean EXIT
trap 'echo; echo "stopping"; exit 0' INT TERM
{ cmake --preset release && cmake --build --preset release -j "$jobs" --target cofactor; } >"$scratch/build.log" 2>&1 \
  || { tail -n 40 "$scratch/build.log" >&2; die "the build failed (its last lines are above)"; }
binary=build/release/cds-service/cofactor
"$binary" --version | head -n 1

say "3 of 4: start"
cat >"$scratch/cofactor.json" <<JSON
{ "listen": "127.0.0.1:$port", "publicBaseUrl": "http://127.0.0.1:$port",
  "operations": { "listen": "127.0.0.1:$operations_port" },
  "clients": [ { "name": "demo", "authentication": "none" } ],
  "audit": { "store": "sqlite:$scratch/audit.db" } }
JSON
"$binary" serve --config "$scratch/cofactor.json" >"$scratch/serve.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  if curl -fsS -o /dev/null "http://127.0.0.1:$operations_port/health/ready" 2>/dev/null; then break; fi
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$scratch/serve.log" >&2; die "the service stopped at start (its log is above)"; }
  sleep 0.1
done
curl -fsS -o /dev/null "http://127.0.0.1:$operations_port/health/ready" 2>/dev/null \
  || { tail -n 20 "$scratch/serve.log" >&2; die "the service is not ready after 10 s (its log is above)"; }
echo "serving on http://127.0.0.1:$port (health and metrics on http://127.0.0.1:$operations_port)"

say "4 of 4: a clinician signs an order"
cat <<TEXT
A woman born in 1961 has taken omeprazole since 2024. Her clinician signs ergocalciferol 50,000 units once a week and
lisinopril. Her record system sends both drafts with her medications, labs and conditions ($request).
The answer:

TEXT
answered="$(curl -sS -o "$scratch/answer.json" -D "$scratch/headers" -w '%{http_code}' -H 'Content-Type: application/json' \
  --data-binary "@$request" "http://127.0.0.1:$port/cds-services/cofactor-order-sign")" || die "no answer from the service"
[ "$answered" = 200 ] || { cat "$scratch/answer.json" >&2; echo >&2; die "the service answered $answered"; }
verdict=0
python3 deploy/show_cards.py --expect "$expected_rule" "$scratch/answer.json" || verdict=$?
decision="$(sed -n 's/^[Xx]-[Cc]ofactor-[Dd]ecision: *//p' "$scratch/headers" | tr -d '\r')"
[ -z "$decision" ] || echo "Recorded as decision $decision before the answer left. $((SECONDS - started_at)) s in all."
if [ "$once" = yes ]; then exit "$verdict"; fi

cat <<TEXT

Still serving. From another terminal:
  curl -s http://127.0.0.1:$port/cds-services                                          what it offers to a record system
  curl -s -H 'Content-Type: application/json' --data-binary @$request \\
    http://127.0.0.1:$port/cds-services/cofactor-order-sign | deploy/show_cards.py -   the same again
  $binary explain ORDER.json                                   how an order is read
  $binary knowledge show                                       what is in force, and why
Ctrl-C stops it and removes its temporary folder.
TEXT
wait "$server" || { server=""; tail -n 20 "$scratch/serve.log" >&2; die "the service stopped (its log is above)"; }
