"""Promises: the figures of one release build on this machine, measured against a real `cofactor serve` with its audit on,
and the nginx rate of the same minute to set them beside. Prints a table; standard library only.

Load generator and server share the machine's cores, so compare within one run; CPU per answer is the steadiest figure. With
--steady-disk the store lies in memory and each flush takes half a millisecond: for figures that a disk which stands still every
few seconds would drown.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / "build/release/cds-service/cofactor"
REQUEST = ROOT / "deploy/examples/order-sign-high-dose.json"
RULE = "high-dose-ppi"
TICKS = os.sysconf("SC_CLK_TCK")
STEADY_DISK = "--steady-disk" in sys.argv


def steady_disk():
    """The environment that gives a server such a disk."""
    library = ROOT / "build/release/steady_disk.so"
    subprocess.run(["c++", "-std=c++20", "-O2", "-shared", "-fPIC", ROOT / "tests/bench/steady_disk.cpp", "-o", library], check=True)
    return {"LD_PRELOAD": str(library), "STEADY_DISK_US": "500"}


ENVIRONMENT = {**os.environ, **(steady_disk() if STEADY_DISK else {})}


def surroundings(average):
    """Of a table's heading. The load of the last minute, five or fifteen: printed after a long run, only the last is from before it."""
    disk = "a disk of 0.5 ms a flush, " if STEADY_DISK else ""
    return f"{os.cpu_count()} cores shared with the load generator, {disk}load before {os.getloadavg()[average]:.1f}"


def stolen_seconds():
    """Of all cores together, since the machine started: what its host gave to others."""
    return int(pathlib.Path("/proc/stat").read_text(encoding="ascii").split()[8]) / TICKS


def scratch_folder():
    """Beside the build: on a disk, not in memory, unless that is asked for."""
    return tempfile.TemporaryDirectory(prefix="bench.", dir="/dev/shm" if STEADY_DISK else ROOT / "build/release")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`cofactor serve` on loopback with its store in a folder of its own."""

    def __init__(self, folder, changes=None, cores=None):
        folder.mkdir(exist_ok=True)
        self.secure = "tls" in (changes or {})
        self.port, self.operations = free_port(), free_port()
        self.store = folder / "audit.db"
        config = folder / "cofactor.json"
        config.write_text(json.dumps({
            "listen": f"127.0.0.1:{self.port}", "publicBaseUrl": f"http://127.0.0.1:{self.port}",
            "operations": {"listen": f"127.0.0.1:{self.operations}"},
            "clients": [{"name": "bench", "authentication": "none"}],
            "audit": {"store": f"sqlite:{self.store}"}, **(changes or {})}), encoding="utf-8")
        self.log = (folder / "serve.log").open("wb")
        started = time.monotonic()
        self.process = subprocess.Popen([BINARY, "serve", "--config", config], stdout=self.log, stderr=self.log,
                                        env=ENVIRONMENT, preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None)
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() - started > 20:
                sys.exit("bench: the service did not start:\n" + (folder / "serve.log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.002)
        self.start_seconds = time.monotonic() - started

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.operations}/health/ready", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def url(self):
        return f"http{'s' if self.secure else ''}://127.0.0.1:{self.port}/cds-services/cofactor-order-sign"

    def ask(self):
        request = urllib.request.Request(self.url(), REQUEST.read_bytes(), {"Content-Type": "application/json"})
        trusting = ssl._create_unverified_context() if self.secure else None  # a certificate made for this run
        with urllib.request.urlopen(request, timeout=5, context=trusting) as answer:
            return answer.read()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024

    def shed(self):
        """Calls that it refused because they would have had to wait too long."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operations}/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("cofactor_http_shed_total "):
                    return int(float(line.split()[1]))
        sys.exit("bench: /metrics has no cofactor_http_shed_total")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.log.close()
        return code


def wrk(url, connections, seconds, check=None, method="POST", body=REQUEST, close=False, tokens=None):
    environment = dict(os.environ, BODY=str(body), METHOD=method, **({"CLOSE": "1"} if close else {}),
                       **({"TOKENS": str(tokens)} if tokens else {}))
    if check:
        environment["CHECK"] = check
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-s", str(ROOT / "tests/bench/post.lua"), url],
                          env=environment, capture_output=True, text=True, timeout=seconds + 60)
    for line in done.stdout.splitlines():
        if line.startswith("FIGURES "):
            return json.loads(line[len("FIGURES "):])
    sys.exit(f"bench: wrk failed: {done.stdout}{done.stderr}")


def nginx_rate(folder, answer, seconds):
    """Answers per second of nginx for a static file of the size of our answer, 64 connections."""
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    site = folder / "site"
    site.mkdir(mode=0o755)
    (site / "answer.json").write_bytes(answer)
    os.chmod(folder, 0o755)
    config = folder / "nginx.conf"
    config.write_text(f"""daemon off; worker_processes {os.cpu_count()}; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 512; }}
http {{ access_log off; sendfile on; keepalive_requests 100000000; types {{ application/json json; }}
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {site}; }} }}
""", encoding="utf-8")
    process = subprocess.Popen([binary, "-c", str(config), "-p", str(folder), "-e", f"{folder}/nginx.log"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        empty = folder / "empty"
        empty.write_bytes(b"")
        figures = wrk(f"http://127.0.0.1:{port}/answer.json", 64, seconds, method="GET", body=empty)
        if figures["errors"]:
            sys.exit(f"bench: nginx answered with errors: {figures}")
        return figures["requests"] / figures["seconds"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def evaluate_rate(folder, count):
    """Requests per second of CPU, and of wall time on one core, of `cofactor evaluate --ndjson`."""
    line = json.dumps(json.loads(REQUEST.read_text(encoding="utf-8")), separators=(",", ":"))
    many = folder / "requests.ndjson"
    with many.open("w", encoding="utf-8") as out:
        for _ in range(count):
            out.write(line + "\n")
    command = [str(BINARY), "evaluate", "--ndjson", "--as-of", "2026-03-01", str(many)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with (folder / "answers.ndjson").open("wb") as out:
        subprocess.run(command, stdout=out, check=True, timeout=600, preexec_fn=lambda: os.sched_setaffinity(0, {0}))
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    answers = (folder / "answers.ndjson").read_bytes().splitlines()
    if len(answers) != count or not all(RULE.encode() in answer for answer in (answers[0], answers[-1])):
        sys.exit("bench: evaluate did not answer every line with the card")
    many.unlink()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return count / wall, count / cpu


def profile(server, seconds):
    """Where the server's time goes under load, from perf when this machine has it: (text, answers given meanwhile)."""
    if not shutil.which("perf"):
        return "perf is not installed (Debian: linux-perf)", 0
    data = str(server.store.parent / "perf.data")
    recorder = subprocess.Popen(["perf", "record", "-q", "-F", "499", "-p", str(server.process.pid), "-o", data, "--", "sleep", str(seconds)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    answers = wrk(server.url(), 64, seconds)["requests"]
    recorder.wait()
    parts = []
    for title, sort, limit in (("by library", "dso", "0.5"), ("by function", "symbol", "0.9")):
        done = subprocess.run(["perf", "report", "--percent-limit", limit, "--sort", sort, "--stdio", "-i", data], capture_output=True, text=True)
        lines = [line.rstrip()[:150] for line in done.stdout.splitlines() if line.strip() and not line.startswith("#")]
        parts.append(title + "\n" + ("\n".join(lines) or "  perf gave nothing here"))
    return "\n".join(parts), answers


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--steady-disk", action="store_true")
    given = parser.parse_args()
    scratch = scratch_folder()
    folder = pathlib.Path(scratch.name)
    short, long, enough, lines = (2, 3, 0, 2000) if given.quick else (10, 15, 200_000, 10_000)

    server = Server(folder)
    try:
        answer = server.ask()
        if RULE.encode() not in answer:
            sys.exit(f"bench: the answer carries no `{RULE}` card: {answer[:300]!r}")
        checked = wrk(server.url(), 8, 2, check=RULE)
        if checked["wrong"] or checked["errors"] or not checked["checked"]:
            sys.exit(f"bench: not every answer carried the card: {checked}")
        one = wrk(server.url(), 1, short)
        cpu = server.cpu_seconds()
        many = wrk(server.url(), 64, long)
        cpu = server.cpu_seconds() - cpu
        answers = 1 + checked["requests"] + one["requests"] + many["requests"]
        more = []
        while answers < enough:
            more.append(wrk(server.url(), 64, 10))
            answers += more[-1]["requests"]
        resident, resident_after = server.resident_mb(), answers
        where, meanwhile = profile(server, 8) if given.profile else ("", 0)
        answers += meanwhile
        code = server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
    store = sum(path.stat().st_size for path in folder.glob("audit.db*") if not path.name.endswith(".key"))
    static = nginx_rate(folder, answer, short)
    wall_rate, cpu_rate = evaluate_rate(folder, lines)

    rate = many["requests"] / many["seconds"]
    errors = one["errors"] + many["errors"] + sum(run["errors"] for run in more)
    rows = [
        ("answers/s, 64 connections", rate, ">=", 6000, "{:,.0f}"),
        ("p50 ms, 64 connections", many["p50"] / 1000, "", None, "{:.2f}"),
        ("p99 ms, 64 connections", many["p99"] / 1000, "<=", 25, "{:.2f}"),
        ("p99.9 ms, 64 connections", many["p999"] / 1000, "", None, "{:.2f}"),
        ("answers/s, 1 connection", one["requests"] / one["seconds"], "", None, "{:,.0f}"),
        ("p50 ms, 1 connection, commit included", one["p50"] / 1000, "<=", 2, "{:.2f}"),
        ("p99 ms, 1 connection", one["p99"] / 1000, "", None, "{:.2f}"),
        ("CPU us of the server per answer", cpu / many["requests"] * 1e6, "<=", 180, "{:.0f}"),
        ("bytes of store per answer", store / answers, "<=", 3072, "{:,.0f}"),
        (f"resident MB after {resident_after:,} answers", resident, "<=", 40, "{:.1f}"),
        ("start to ready, s", server.start_seconds, "<=", 0.2, "{:.3f}"),
        ("evaluate --ndjson, requests/s on one core", wall_rate, ">=", 10000, "{:,.0f}"),
        ("evaluate --ndjson, requests per CPU second", cpu_rate, "", None, "{:,.0f}"),
        ("nginx static, answers/s, 64 connections", static, "", None, "{:,.0f}"),
        ("our share of nginx's static rate, %", 100 * rate / static, "", None, "{:.0f}"),
        ("errors", errors, "<=", 0, "{:.0f}"),
        ("exit code after SIGTERM", code, "<=", 0, "{:.0f}"),
    ]
    print(f"request {REQUEST.stat().st_size:,} bytes, answer {len(answer):,} bytes, {surroundings(2)}")
    print(f"{'figure':<46}{'measured':>12}   {'target':<10} verdict")
    missed = 0
    for name, value, sign, target, form in rows:
        good = target is None or (value >= target if sign == ">=" else value <= target)
        missed += not good
        wanted = "" if target is None else f"{sign} {target:,}"
        print(f"{name:<46}{form.format(value):>12}   {wanted:<10} {'' if target is None else 'ok' if good else 'MISSED'}")
    if where:
        print("\nWhere the server's time goes, 64 connections:\n" + where)
    sys.exit(1 if given.check and missed else 0)


if __name__ == "__main__":
    main()
