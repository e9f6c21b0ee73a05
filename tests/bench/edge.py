"""Promises: what the listener does with four times of what it can serve, with one caller that takes ten times its part, and
what TLS costs, measured against a real `cofactor serve` with its audit on. Prints a table each; standard library only.

The load generator (open_loop: arrivals do not wait for answers) shares the cores with the server. With --apart each has half of
them, as if they were two machines; but their network is loopback, where who sends also does the work of receiving. Compare
within one run, on a machine that does nothing else. --steady-disk: see measure.py.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

import measure
from trust import AUDIENCE, BASE, certificate
from trusted_client import TrustedClient

GENERATOR = measure.ROOT / "build/release/open_loop"
PATH = "/cds-services/cofactor-order-sign"
CONNECTIONS = 1800
CORES = sorted(os.sched_getaffinity(0))
APART = "--apart" in sys.argv and len(CORES) > 1
OURS, THEIRS = (set(CORES[:len(CORES) // 2]), set(CORES[len(CORES) // 2:])) if APART else (set(CORES), set(CORES))
LIMITS = {"connectionsPerAddress": 0}
# All signatures come from one issuer and one address here: it is the listener that is measured, not their budgets.
TRUSTING = {"signatureMicrosecondsPerIssuer": 100_000_000, "signatureMicrosecondsPerAddress": 100_000_000}
# The first rate that is tried, and the most of its kind that this machine may answer in a second.
KINDS = {"plain": (1500.0, 0), "RS384": (1000.0, 8000), "ES384": (300.0, 3000), "TLS and ES384": (300.0, 3000)}


def some_tokens(count):
    return [Sender.ehr.token(AUDIENCE, exp=int(time.time()) + 1800) for _ in range(count)]


class Sender:
    """Who sends the load, and with what: plain HTTP, TLS, tokens of which each is good for one answer."""

    ehr = None  # of the class: its key cannot be handed to another process, only inherited

    def __init__(self, folder, kind="plain"):
        self.folder, self.most, self.words = folder, KINDS[kind][1], []
        self.settings = {"limits": dict(LIMITS)}
        if "TLS" in kind:
            self.words.append("--tls")
            self.settings["tls"] = certificate(folder)
        if self.most:
            Sender.ehr = TrustedClient("https://ehr.example/fhir", kind.split()[-1])
            self.settings["limits"] |= TRUSTING
            self.settings |= {"publicBaseUrl": BASE, "clients": [{"name": "bench", "authentication": "jwt", "issuer": self.ehr.issuer,
                                                                 "jwks": self.ehr.write_key_set(folder / "keys.json")}]}

    def server(self):
        return measure.Server(self.folder, self.settings, THEIRS)

    def tokens(self, seconds, rate):
        """Words for the generator, with enough new tokens for that long; what is refused is sent again."""
        if not self.most:
            return list(self.words)
        # As many as are answered, as wait, as are on the way, and as were refused so late that they are not used again.
        each = int(min(self.most, 1.1 * rate) * (seconds + 1) + 2 * CONNECTIONS) // len(CORES) + 1
        with multiprocessing.Pool(len(CORES), os.sched_setaffinity, (0, CORES)) as pool:
            made = pool.map(some_tokens, [each] * len(CORES))
        path = self.folder / "tokens"
        path.write_text("".join(f"{token}\n" for part in made for token in part), encoding="ascii")
        return [*self.words, "--tokens", str(path)]


class Resident:
    """The most memory that a server had while this was open, in MB."""

    def __init__(self, server):
        self.server, self.most, self.stop = server, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.stop.wait(0.1):
            self.most = max(self.most, self.server.resident_mb())

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def offer(server, sender, seconds, *callers, most=1e9):
    """What came back to (rate, connections, source address): one dictionary a caller. `most`: answers a second, as far as known."""
    words = ["--awake"] * APART + sender.tokens(seconds, min(most, sum(caller[0] for caller in callers)))
    words += [f"{rate:.1f},{connections},{source}" for rate, connections, source in callers]
    done = subprocess.run([GENERATOR, str(server.port), PATH, str(measure.REQUEST), str(seconds), *words], capture_output=True, text=True,
                          timeout=seconds + 60, preexec_fn=lambda: os.sched_setaffinity(0, OURS))
    if done.returncode:
        sys.exit(f"bench: open_loop failed: {done.stderr}")
    nothing = {"count": 0, "p50": 0, "p99": 0, "p999": 0, "max": 0}
    results = []
    for caller in json.loads(done.stdout)["callers"]:
        good, refused = (caller["statuses"].get(status, nothing) for status in ("200", "503"))
        other = sum(figures["count"] for status, figures in caller["statuses"].items() if status not in ("200", "503"))
        results.append({"rate": good["count"] / seconds, "offered": caller["offered"] / seconds, "good": good, "refused": refused,
                        "wrong": other + caller["broken"], "unsent": caller["unsent"]})
    return results


def find_peak(server, sender, seconds, first):
    """The highest rate of answers in time (p99 to 100 ms), and the most memory there, with all connections open."""
    peak, memory, rate, failed = None, 0, first, 0
    while rate < 200_000:
        with Resident(server) as resident:
            got = offer(server, sender, seconds, (rate, CONNECTIONS, "127.0.0.1"))[0]
        in_time = got["good"]["p99"] <= 100_000
        if in_time and (peak is None or got["rate"] > peak["rate"]):
            peak, memory = got, max(memory, resident.most)
        failed = failed + 1 if not in_time or got["rate"] < 0.9 * got["offered"] else 0
        if failed == 2:  # once may be another program's moment
            break
        rate *= 1.2
    if peak is None:
        sys.exit("bench: not even the lowest rate was answered in time: is this machine doing something else?")
    return peak, memory


def overload(folder, seconds, step, kind):
    sender = Sender(folder, kind)
    server = sender.server()
    try:
        peak, memory = find_peak(server, sender, step, KINDS[kind][0])
        normal = offer(server, sender, step, (peak["rate"] / 2, 200, "127.0.0.1"))[0]
        # The speed of a machine changes within minutes, and the best of many short steps is a lucky one: once more on both sides.
        # Four times what it answers now is offered, not four times its luckiest second.
        at_peak = [offer(server, sender, 2 * step, (peak["offered"], CONNECTIONS, "127.0.0.1"))[0]]
        with Resident(server) as resident:
            cpu, stolen = server.cpu_seconds(), measure.stolen_seconds()
            flood = offer(server, sender, seconds, (4 * at_peak[0]["rate"], CONNECTIONS, "127.0.0.1"), most=1.3 * peak["rate"])[0]
            cpu, stolen = (server.cpu_seconds() - cpu) / seconds, 100 * (measure.stolen_seconds() - stolen) / seconds
        ended, recovered = time.monotonic(), None
        while recovered is None and time.monotonic() - ended < 15:
            begun = time.monotonic() - ended  # without tokens to make: as soon as the flood is over
            after = offer(server, sender, 0.5, (peak["rate"] / 2, 200, "127.0.0.1"))[0]
            if after["good"]["p99"] <= 2 * normal["good"]["p99"] and not after["refused"]["count"]:
                recovered = begun
        at_peak.append(offer(server, sender, 2 * step, (peak["offered"], CONNECTIONS, "127.0.0.1"))[0])
        beside = sum(each["rate"] for each in at_peak) / len(at_peak)
        code = server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
    return [
        ("peak: answers/s with p99 to 100 ms", peak["rate"], "", None, "{:,.0f}"),
        ("p99 ms at the peak", peak["good"]["p99"] / 1000, "", None, "{:.1f}"),
        ("the same calls again, before the flood: answers/s", at_peak[0]["rate"], "", None, "{:,.0f}"),
        ("the same calls again, after the flood: answers/s", at_peak[1]["rate"], "", None, "{:,.0f}"),
        (f"offered for {seconds} s, calls/s", flood["offered"], "", None, "{:,.0f}"),
        ("answers/s", flood["rate"], "", None, "{:,.0f}"),
        ("goodput, % of the peak beside it", 100 * flood["rate"] / beside, ">=", 90, "{:.0f}"),
        ("refusals/s", flood["refused"]["count"] / seconds, "", None, "{:,.0f}"),
        ("refused, p50 ms", flood["refused"]["p50"] / 1000, "", None, "{:.2f}"),
        ("refused, p99 ms", flood["refused"]["p99"] / 1000, "<=", 5, "{:.2f}"),
        ("answered, p50 ms", flood["good"]["p50"] / 1000, "", None, "{:.1f}"),
        ("answered, p99 ms", flood["good"]["p99"] / 1000, "<=", 100, "{:.1f}"),
        ("answered, slowest ms", flood["good"]["max"] / 1000, "<=", 500, "{:.1f}"),
        ("memory, times that at the peak", resident.most / memory, "<=", 1.2, "{:.2f}"),
        ("recovered after, s", recovered if recovered is not None else 99, "<=", 5, "{:.1f}"),
        ("server, CPUs", cpu, "", None, "{:.2f}"),
        ("taken by this machine's host meanwhile, % of a core", stolen, "", None, "{:.1f}"),
        ("calls that the generator could not send", flood["unsent"], "", None, "{:,.0f}"),
        ("broken connections, other answers", sum(each["wrong"] for each in (flood, normal, peak, *at_peak)), "<=", 0, "{:.0f}"),
        ("exit code after SIGTERM", code, "<=", 0, "{:.0f}"),
    ]


def unfair(folder, seconds, step, rounds, kind):
    """In turns, so that a minute in which the disk stands still spoils a round, not the figure: the round in the middle counts."""
    sender = Sender(folder, kind)
    server = sender.server()
    alone, beside = [], []
    try:
        peak, _ = find_peak(server, sender, step, KINDS[kind][0])
        part = peak["rate"] / 5
        for _ in range(rounds):
            alone.append(offer(server, sender, seconds, (part, 400, "127.0.0.1"), (part, 400, "127.0.0.2"))[0])
            beside.append(offer(server, sender, seconds, (part, 400, "127.0.0.1"), (10 * part, 1400, "127.0.0.2"), most=1.3 * peak["rate"]))
        server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
    quiet, loud = zip(*beside)
    ratios = sorted(after["good"]["p99"] / max(1, before["good"]["p99"]) for before, after in zip(alone, quiet))

    def middle(results, of):
        return statistics.median(of(each) for each in results)

    def refused(results):
        return 100 * sum(each["refused"]["count"] for each in results) / max(1, seconds * sum(each["offered"] for each in results))

    return [
        ("calls/s of each caller (a fifth of the peak)", part, "", None, "{:,.0f}"),
        ("p99 ms, both the same", middle(alone, lambda each: each["good"]["p99"]) / 1000, "", None, "{:.2f}"),
        ("p99 ms beside one at ten times", middle(quiet, lambda each: each["good"]["p99"]) / 1000, "", None, "{:.2f}"),
        (f"ratio, the middle of {rounds} rounds", statistics.median(ratios), "<=", 2, "{:.2f}"),
        ("   in the best round", ratios[0], "", None, "{:.2f}"),
        ("   in the worst round", ratios[-1], "", None, "{:.2f}"),
        ("p50 ms, both the same", middle(alone, lambda each: each["good"]["p50"]) / 1000, "", None, "{:.2f}"),
        ("p50 ms beside one at ten times", middle(quiet, lambda each: each["good"]["p50"]) / 1000, "", None, "{:.2f}"),
        ("refused of the quiet one, %", refused(quiet), "<=", 0.1, "{:.2f}"),
        ("refused of the loud one, %", refused(loud), "", None, "{:.0f}"),
        ("answers/s of the loud one", middle(loud, lambda each: each["rate"]), "", None, "{:,.0f}"),
        ("broken connections, other answers", sum(each["wrong"] for each in (*alone, *quiet, *loud)), "<=", 0, "{:.0f}"),
    ]


def tls(folder, seconds, rounds):
    servers, figures = {}, {}
    try:
        servers["plain"] = measure.Server(folder / "plain")
        servers["tls"] = measure.Server(folder / "secure", {"tls": certificate(folder)})
        for _ in range(rounds):  # in turns, so that both see the same minutes
            for name, server in servers.items():
                if measure.RULE.encode() not in server.ask():
                    sys.exit(f"bench: the {name} answer carries no card")
                one = measure.wrk(server.url(), 1, seconds)
                cpu = server.cpu_seconds()
                many = measure.wrk(server.url(), 64, seconds)
                cpu = (server.cpu_seconds() - cpu) / many["requests"] * 1e6
                fresh_cpu = server.cpu_seconds()
                fresh = measure.wrk(server.url(), 16, seconds, close=True)
                fresh_cpu = (server.cpu_seconds() - fresh_cpu) / fresh["requests"] * 1e6
                if one["errors"] + many["errors"]:
                    sys.exit(f"bench: errors with {name}: {one} {many}")
                figures.setdefault(name, []).append((many["requests"] / many["seconds"], many["p50"] / 1000, many["p99"] / 1000, one["p50"] / 1000, cpu,
                                                     fresh["requests"] / fresh["seconds"], fresh_cpu))
        for server in servers.values():
            server.stop()
    finally:
        for server in servers.values():
            if server.process.poll() is None:
                server.process.kill()
    names = ("answers/s, 64 connections", "p50 ms, 64 connections", "p99 ms, 64 connections", "p50 ms, 1 connection", "CPU us of the server per answer",
             "answers/s, a new connection each", "CPU us per answer, a new connection each")
    best = [max, min, min, min, min, max, min]
    rows = []
    for column, (name, pick) in enumerate(zip(names, best)):
        plain, secure = (pick(row[column] for row in figures[kind]) for kind in ("plain", "tls"))
        form = "{:,.2f}" if " ms" in name else "{:,.0f}"
        rows += [(f"{name}: plain", plain, "", None, form), (f"{name}: TLS", secure, "", None, form), ("   TLS / plain", secure / plain, "", None, "{:.2f}")]
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("--quick", "--long", "--check", "--apart", "--steady-disk"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("parts", nargs="*")
    given = parser.parse_args()
    seconds, step, rounds = (2, 1, 1) if given.quick else (60, 3, 9) if given.long else (10, 3, 5)
    parts = {**{name: (f"Four times the peak: {kind}", lambda folder, kind=kind: overload(folder, seconds, step, kind))
                for name, kind in {"overload": "ES384", "overload-rs384": "RS384", "overload-tls": "TLS and ES384",
                                   "overload-plain": "plain"}.items()},
             **{name: (f"One caller at ten times its rate: {kind}", lambda folder, kind=kind: unfair(folder, min(seconds, 6), step, rounds, kind))
                for name, kind in {"unfair": "plain", "unfair-es384": "ES384"}.items()},
             "tls": ("TLS beside plain, best of three rounds", lambda folder: tls(folder, step, min(rounds, 3)))}
    unknown = [part for part in given.parts if part not in parts]
    if unknown:
        parser.error(f"unknown part `{unknown[0]}`: choose from {', '.join(parts)}")
    missed = 0
    if APART:
        os.sched_setaffinity(0, OURS)  # this program's threads, too
    for part in given.parts or parts:
        title, run = parts[part]
        scratch = measure.scratch_folder()
        print(f"{title}; {len(CORES)} cores, {'half of them for' if APART else 'shared with'} the load generator, {'a disk of 0.5 ms a flush, ' if measure.STEADY_DISK else ''}load before {os.getloadavg()[0]:.1f}")
        print(f"{'figure':<50}{'measured':>12}   {'target':<10} verdict")
        for name, value, sign, target, form in run(pathlib.Path(scratch.name)):
            good = target is None or (value >= target if sign == ">=" else value <= target)
            missed += not good
            print(f"{name:<50}{form.format(value):>12}   {'' if target is None else f'{sign} {target:,}':<10} {'' if target is None else 'ok' if good else 'MISSED'}")
        print(flush=True)
        scratch.cleanup()
    sys.exit(1 if given.check and missed else 0)


if __name__ == "__main__":
    main()
