"""Promises: the real binary, running on free loopback ports with a store of its own, and stopped again whatever happens.

    with RunningService() as service:
        answer = service.post_hook("cofactor-order-sign", request)

The binary is named by the environment variable COFACTOR_BINARY. Standard library only.
"""
import functools
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ORDER_SIGN, ORDER_SELECT = "cofactor-order-sign", "cofactor-order-select"
# For tests that are about something else than time, on machines that do much at once.
PATIENT_LIMITS = {"answerMilliseconds": 5000, "burstWaitMilliseconds": 4000, "standingWaitMilliseconds": 4000}


def binary():
    path = os.environ.get("COFACTOR_BINARY")
    if not path:
        raise SystemExit("set COFACTOR_BINARY to the built cofactor")
    return path


@functools.cache
def sanitizer():
    """"address" or "thread" when the binary was built with that sanitizer (its runtime starts it by name), else None."""
    text = pathlib.Path(binary()).read_bytes()
    return next((name for name, begin in (("address", b"__asan_init"), ("thread", b"__tsan_init")) if begin in text), None)


def environment(asan=""):
    """This process's environment, with more options for a service that is built with AddressSanitizer."""
    if sanitizer() != "address":
        return dict(os.environ)
    return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":" + asan}


def slower():
    """How many times longer a test has to wait, because a sanitizer makes every step slower."""
    return {None: 1, "address": 3, "thread": 8}[sanitizer()]


def patient_limits():
    return {name: milliseconds * min(slower(), 4) for name, milliseconds in PATIENT_LIMITS.items()}


def refuse_findings(text):
    """What a sanitizer says at the end of a process, of leaks say, changes no answer: it must fail the test all the same."""
    if sanitizer() and re.search(r"Sanitizer: |runtime error: ", text):
        raise AssertionError(text[-20_000:])


def run(*arguments, stdin=None, timeout=60):
    """The binary run to its end: .returncode, .stdout, .stderr as text."""
    done = subprocess.run([binary(), *arguments], input=stdin, capture_output=True, timeout=timeout, encoding="utf-8")
    refuse_findings(done.stderr)
    return done


def strict_json(data):
    """JSON text as RFC 8259 has it: UTF-8, no BOM, no comments, no NaN, no member twice."""
    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), f"member twice: {names}"
        return dict(pairs)

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")
    assert not data.startswith(b"\xef\xbb\xbf"), "byte order mark"
    return json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_constant=refuse)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return strict_json(self.body)

    def header(self, name):
        return self.headers.get(name)


class RunningService:
    def __init__(self, changes=None, environment=None, shipped_limits=False):
        """`changes` are laid over the configuration, member by member of the top level, and of `limits`. A test that is not
        about time must not fail on a busy machine: it gets seconds, unless it asks for the limits as they are shipped."""
        self.changes, self.environment = changes or {}, environment
        self.limits = {} if shipped_limits else patient_limits()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cofactor-test-"))
        self.process, self.log_lines, self.connection = None, [], None
        self.config_file = self.folder / "cofactor.json"

    def configuration(self):
        config = {
            "listen": "127.0.0.1:0", "publicBaseUrl": "http://127.0.0.1:8080",
            "operations": {"listen": "127.0.0.1:0"},
            "clients": [{"name": "demo", "authentication": "none"}],
            "audit": {"store": f"sqlite:{self.folder}/audit.db"},
        }
        config.update(self.changes)
        if limits := {**self.limits, **self.changes.get("limits", {})}:
            config["limits"] = limits
        return config

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.config_file.write_text(json.dumps(self.configuration()), encoding="utf-8")
        self.process = subprocess.Popen([binary(), "serve", "--config", str(self.config_file)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment)
        self._reader = threading.Thread(target=self._collect, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        ready = self.wait_for_log("ready", 30)
        if ready is None:
            code = self.process.poll()
            self.stop()
            raise AssertionError(f"not ready (exit {code}): {self.log_text()}")
        self.port = int(ready["listen"].rsplit(":", 1)[1])
        self.operations_port = int(ready["operations"].rsplit(":", 1)[1])

    def _collect(self, stream):
        for line in stream:
            self.log_lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    def log_text(self):
        return "\n".join(self.log_lines)

    def events(self, name):
        found = []
        for line in list(self.log_lines):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("event") == name:
                found.append(entry)
        return found

    def wait_for_log(self, event, seconds, count=1):
        """The count-th line of that event, or None."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.events(event)
            if len(found) >= count:
                return found[count - 1]
            if self.process.poll() is not None:
                self._reader.join(2)
                found = self.events(event)
                return found[count - 1] if len(found) >= count else None
            time.sleep(0.01)
        return None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=20):
        """Asks it to stop; the exit code."""
        if self.connection:
            self.connection.close()
            self.connection = None
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5)
        self.process.stderr.close()
        code, self.process = self.process.returncode, None
        refuse_findings(self.log_text())
        return code

    def request(self, method, path, body=None, headers=None, port=None):
        """One request on the kept connection (or a new one for another port). No headers of its own but Host."""
        kept = port is None
        connection = self.connection if kept and self.connection else http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        if kept:
            self.connection = connection
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
            closing = response.will_close
        except (http.client.HTTPException, OSError):
            connection.close()
            self.connection = None if kept else self.connection
            raise
        if closing or not kept:
            connection.close()
            if kept:
                self.connection = None
        return answer

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def post(self, path, body, headers=None):
        data = body if isinstance(body, (bytes, bytearray)) else json.dumps(body, ensure_ascii=False).encode("utf-8")
        return self.request("POST", path, data, {"Content-Type": "application/json", **(headers or {})})

    def post_hook(self, service_id, body, headers=None):
        return self.post(f"/cds-services/{service_id}", body, headers)

    def cards(self, body, service_id=ORDER_SIGN):
        """The cards of a call that has to succeed."""
        answer = self.post_hook(service_id, body)
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json["cards"]

    def feedback(self, items, service_id=ORDER_SIGN):
        return self.post(f"/cds-services/{service_id}/feedback", {"feedback": items})

    def operations(self, path):
        return self.request("GET", path, port=self.operations_port)

    def metric(self, name, **labels):
        """The sum of the samples of that metric that carry these labels."""
        total = 0.0
        for line in self.operations("/metrics").body.decode("utf-8").splitlines():
            found = re.match(r"([A-Za-z_:][\w:]*)(\{.*\})? (\S+)$", line)
            if found and found[1] == name and all(f'{key}="{value}"' in (found[2] or "") for key, value in labels.items()):
                total += float(found[3])
        return total
