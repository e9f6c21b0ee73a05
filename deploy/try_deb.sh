#!/usr/bin/env bash
# Promises: the package is shown to work where it will live: built, linted, installed in a fresh Debian root with its
# dependencies, its ExecStart run there as the service's user on the shipped configuration, asked for its health and for
# a card, upgraded, removed and purged, and nothing is left but the audit records. The unit is verified and scored too.
#   deploy/try_deb.sh [--no-install] [--package FILE] [--keep]       (root only: it makes a chroot)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

most_exposure=2.0 # of 10, by systemd-analyze security
port=18080 operations_port=19090
package="" keep=no install=()
while [ $# -gt 0 ]; do
  case "$1" in
    --no-install) install=(--no-install) ;;
    --package) package="${2:?--package needs a file}"; shift ;;
    --keep) keep=yes ;;
    *) echo "try_deb: unknown argument \`$1\`" >&2; exit 2 ;;
  esac
  shift
done
say() { printf 'try_deb: %s\n' "$*"; }
die() { printf 'try_deb: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || die "making a Debian root needs root: run with sudo"

deploy/deps.sh "${install[@]}" build package >&2
if [ -z "$package" ]; then
  say "building the package"
  cmake --workflow --preset deb >build-deb.log 2>&1 || { tail -n 30 build-deb.log >&2; die "the package did not build"; }
  rm -f build-deb.log
  package="$(ls -t build/release/cofactor_*.deb | head -n 1)"
fi
say "package: $(basename "$package"), $(stat -c %s "$package") bytes; depends: $(dpkg-deb -f "$package" Depends)"
lintian --allow-root --tag-display-limit 0 --suppress-tags initial-upload-closes-no-bugs --fail-on error,warning "$package" \
  || die "lintian objects (above)"
say "lintian: no error, no warning"

root="$(mktemp -d "${TMPDIR:-/tmp}/cofactor-root.XXXXXX")"
chmod 0755 "$root"
server=""
clean() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  for mounted in proc; do ! mountpoint -q "$root/$mounted" || umount "$root/$mounted" || true; done
  if [ "$keep" = yes ]; then say "kept $root"; else rm -rf --one-file-system "$root"; fi
}
trap clean EXIT

# The mirror is the one that this machine's apt uses.
suite=bookworm
mirror="$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk -v s="$suite" '$1 == s { print $2; exit }')"
[ -n "$mirror" ] || die "no mirror of Debian $suite in this machine's apt configuration"
# With systemd in it, as on any server, so that the unit can be judged among its neighbours; it is never started here.
say "making a fresh Debian $suite root"
debootstrap --variant=minbase --include=systemd,systemd-sysv,procps "$suite" "$root" "$mirror" >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; die "debootstrap failed"; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }
# Nothing may start services in the root, as in any chroot.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"; chmod 0755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true
for file in /etc/apt/apt.conf.d/*; do
  # How this machine reaches its mirror (proxy, dates), not its hooks.
  { grep -hE '^[[:space:]]*Acquire::' "$file" || true; } >>"$root/etc/apt/apt.conf.d/99host"
done

inside apt-get -qq update
inventory() { find "$root" -xdev \( -path "$root/proc" -o -path "$root/run" -o -path "$root/var/cache" -o -path "$root/var/log" -o -path "$root/var/lib/apt" -o -path "$root/var/lib/dpkg" \
  -o -path "$root/tmp" \) -prune -o -printf '%P\n' | grep -v -e '^etc/ld.so.cache$' -e '__pycache__' | sort; }
# Dependencies first and on their own, so that what the package itself brings and leaves can be told apart.
dependencies="$(dpkg-deb -f "$package" Depends | sed -E 's/\([^)]*\)//g; s/\|[^,]*//g; s/,/ /g')"
# shellcheck disable=SC2086
inside apt-get -qq -y --no-install-recommends install $dependencies >/dev/null 2>&1 || die "its dependencies do not install"
inventory >"$root/tmp/before"
cp "$package" "$root/tmp/cofactor.deb"
inside apt-get -q -y --no-install-recommends install /tmp/cofactor.deb >"$root/tmp/install.log" 2>&1 || { tail -n 20 "$root/tmp/install.log" >&2; die "the package does not install"; }
say "installed; $(inside cofactor --version | head -n 1)"

inside cofactor knowledge check /usr/share/cofactor/knowledge || die "the shipped knowledge does not check"
[ "$(stat -c '%a' "$root/etc/cofactor/cofactor.json")" = 640 ] || die "the configuration is not mode 640"

# The ports of the test, so that a service on this machine does not matter; everything else as shipped.
sed -i "s/127.0.0.1:8080/127.0.0.1:$port/; s/127.0.0.1:9090/127.0.0.1:$operations_port/" "$root/etc/cofactor/cofactor.json"
# ExecStart of the unit, as the unit's user, as systemd would run it.
command_line="$(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/cofactor.service")"
user="$(sed -n 's/^User=//p' "$root/lib/systemd/system/cofactor.service")"
start() {
  # shellcheck disable=SC2086
  chroot --userspec="$user:$user" "$root" /usr/bin/env -i PATH=/usr/bin:/bin sh -c "umask 0077; exec $command_line" >"$root/tmp/serve.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    if curl -fsS -o /dev/null "http://127.0.0.1:$operations_port/health/ready" 2>/dev/null; then return 0; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$root/tmp/serve.log" >&2; die "ExecStart did not become ready in the fresh root"
}
stop() { kill -TERM "$server"; wait "$server" || die "the service did not stop with exit 0"; server=""; }
start
curl -fsS "http://127.0.0.1:$operations_port/health/live" >/dev/null || die "not live"
curl -fsS -H 'Content-Type: application/json' --data-binary @deploy/examples/order-sign-high-dose.json \
  "http://127.0.0.1:$port/cds-services/cofactor-order-sign" >"$root/tmp/answer.json" || die "no answer to an order-sign"
grep -q '"high-dose' "$root/tmp/answer.json" || die "the answer in the fresh root carries no high-dose card"
stop
say "ExecStart ran as \`$user\`: ready, live, answered an order-sign with its card, stopped with exit 0"
[ -f "$root/var/lib/cofactor/audit.db" ] || die "no audit store was made"
[ "$(stat -c %a "$root/var/lib/cofactor/audit.key")" = 600 ] || die "the audit key is not mode 600"
# The packaged binary can read back what the packaged service recorded.
inside cofactor report --config /etc/cofactor/cofactor.json --from 2000-01-01 --to 2100-01-01 >/dev/null || die "report fails on the store"

# The unit, judged without starting it.
systemd-analyze verify --root="$root" --man=no cofactor.service || die "systemd-analyze verify objects"
exposure="$(systemd-analyze security --root="$root" --offline=true --threshold=100 cofactor.service --no-pager 2>/dev/null | sed -n 's/.*exposure level for cofactor.service: \([0-9.]*\).*/\1/p')"
[ -n "$exposure" ] || die "systemd-analyze security gave no figure"
awk -v have="$exposure" -v most="$most_exposure" 'BEGIN { exit !(have <= most) }' || die "the unit's exposure is $exposure, more than $most_exposure"
say "unit verified; exposure $exposure of 10"

# A site's configuration survives an upgrade (here: to the same version again).
printf '// the site was here\n' >>"$root/etc/cofactor/cofactor.json"
inside apt-get -q -y --reinstall install /tmp/cofactor.deb >"$root/tmp/upgrade.log" 2>&1 || { tail -n 20 "$root/tmp/upgrade.log" >&2; die "installing again fails"; }
tail -n 1 "$root/etc/cofactor/cofactor.json" | grep -q 'the site was here' || die "an upgrade overwrote the site's configuration"
start; stop
say "upgrade keeps the site's configuration and the service starts on it"

inside apt-get -q -y remove cofactor >"$root/tmp/remove.log" 2>&1 || { tail "$root/tmp/remove.log" >&2; die "remove fails"; }
[ ! -e "$root/usr/bin/cofactor" ] && [ -f "$root/etc/cofactor/cofactor.json" ] && [ -f "$root/var/lib/cofactor/audit.db" ] \
  || die "remove must take the binary and leave configuration and records"
inside apt-get -q -y purge cofactor >"$root/tmp/purge.log" 2>&1 || { tail "$root/tmp/purge.log" >&2; die "purge fails"; }
[ -f "$root/var/lib/cofactor/audit.db" ] || die "purge deleted audit records"
# A second life without records: purge then leaves nothing at all.
rm -rf "$root/var/lib/cofactor"
inside apt-get -q -y --no-install-recommends install /tmp/cofactor.deb >/dev/null 2>&1 || die "it does not install a second time"
inside apt-get -q -y purge cofactor >/dev/null 2>&1 || die "the second purge fails"
inventory >"$root/tmp/after"
# The account files and their backups change when a user comes and goes; their contents are checked below.
left="$(diff "$root/tmp/before" "$root/tmp/after" | grep '^>' | grep -vE '^> etc/(passwd|shadow|group|gshadow|subuid|subgid)-?$' || true)"
[ -z "$left" ] || { echo "$left" >&2; die "purge leaves these behind"; }
! grep -q '^cofactor:' "$root/etc/passwd" "$root/etc/group" || die "purge leaves the user behind"
say "removed, purged: nothing left but audit records, and those only when there are any"
say "all good"
