"""Proves: the running service against hostile clients and a bad day of its machine: floods, slow and half-open
connections, no descriptors left, a process that stood still, and ends under load."""
import contextlib
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import sqlite3
import statistics
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
import hook_requests as make  # noqa: E402
from running_service import ORDER_SIGN, PATIENT_LIMITS, RunningService, sanitizer, slower  # noqa: E402

PATH = f"/cds-services/{ORDER_SIGN}"
JSON = {"Content-Type": "application/json"}


def wire(body, headers=""):
    return f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def connected(service, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", service.port), timeout=20, source_address=(source, 0))


def one_answer(connection):
    """The status of the next answer, 0 when the connection ends without one."""
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
        answer.read()
        return answer.status
    except (http.client.HTTPException, OSError):
        return 0


def ended(connection, seconds):
    """True when the server closes within that time."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def call_times(service, count):
    """Milliseconds of so many calls, one after another on one connection; every one must be answered with a card."""
    body, times = json.dumps(make.request()).encode(), []
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    for _ in range(count):
        begun = time.monotonic()
        connection.request("POST", PATH, body, JSON)
        answer = connection.getresponse()
        cards = json.loads(answer.read())["cards"]
        times.append((time.monotonic() - begun) * 1000)
        assert answer.status == 200 and cards, answer.status
    connection.close()
    return times


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


class HostileClients(unittest.TestCase):
    def test_T_HTTP_2_IdleAndSlowConnectionsNeitherDelayOthersNorStay(self):
        limits = {"headerMilliseconds": 1000, "bodyMilliseconds": 1000, "idleMilliseconds": 2000}
        with RunningService({"limits": limits}) as service:
            call_times(service, 50)
            before, alone = descriptors(service.process), statistics.median(call_times(service, 300))
            beginnings = [b"", b"POST /cds-ser", b"GET / HTTP/1.1\r\nHost: h\r\nA: ", wire(b"x" * 1000)[:-900], wire(b"x" * 100, "Expect: 100-continue\r\n")[:-100]]
            held = []
            for number in range(900):  # ten addresses: each may have a hundred
                connection = connected(service, f"127.0.1.{1 + number % 10}")
                connection.sendall(beginnings[number % len(beginnings)])
                held.append(connection)
            beside = statistics.median(call_times(service, 300))
            self.assertLess(beside, 3 * alone + 5, "hundreds of silent connections must not slow down the one that speaks")
            begun = time.monotonic()
            self.assertTrue(all(ended(connection, 15) for connection in held))
            self.assertLess(time.monotonic() - begun, 15)
            for connection in held:
                connection.close()
            until = time.monotonic() + 10
            while descriptors(service.process) > before and time.monotonic() < until:
                time.sleep(0.05)
            self.assertLessEqual(descriptors(service.process), before)

    def test_T_HTTP_2_AnAddressHasAHundredConnectionsByDefaultAndOthersStillGetTheirs(self):
        with RunningService() as service:
            held = [connected(service, "127.0.0.7") for _ in range(100)]
            for connection in held:
                connection.sendall(b"GET /cds-services HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertEqual([one_answer(connection) for connection in held], [200] * 100)
            more = connected(service, "127.0.0.7")
            self.assertEqual(one_answer(more), 503)
            self.assertTrue(ended(more, 5))
            self.assertTrue(call_times(service, 5))
            for connection in [*held, more]:
                connection.close()

    def test_T_HTTP_2_AClientThatDoesNotReadItsAnswersIsLetGo(self):
        with RunningService({"limits": {"writeMilliseconds": 500, "idleMilliseconds": 2000}}) as service:
            slow = socket.socket()
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            slow.connect(("127.0.0.1", service.port))
            slow.settimeout(1)
            body = json.dumps(make.request()).encode()
            begun = time.monotonic()
            with self.assertRaises(OSError):  # first the sending stalls, then the connection is gone
                while time.monotonic() - begun < 20 * slower():
                    try:
                        slow.sendall(wire(body) * 50)
                    except TimeoutError:
                        continue
            self.assertLess(time.monotonic() - begun, 20 * slower())
            slow.close()
            self.assertTrue(call_times(service, 5))

    def test_T_HTTP_3_ACompressedBodyIsRefusedUnread(self):
        with RunningService() as service:
            for coding in ("gzip", "deflate", "br", "GZIP", "gzip, gzip"):
                connection = connected(service)
                connection.sendall(wire(b"\x1f\x8b" + b"\0" * 100, f"Content-Encoding: {coding}\r\n"))
                self.assertEqual(one_answer(connection), 415, coding)
                connection.close()

    def test_T_HTTP_4_ExpectMethodPathAndType(self):
        with RunningService() as service:
            body = json.dumps(make.request()).encode()
            for headers, status in (("Expect: 100-continue\r\n", 200), ("Expect: 200-ok\r\n", 417)):
                connection = connected(service)
                connection.sendall(wire(body, headers)[:-len(body)])
                if status == 200:
                    self.assertEqual(connection.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
                    connection.sendall(body)
                self.assertEqual(one_answer(connection), status)
                connection.close()
            canary = b"canary-7741"
            for method, path, kind, status in (("PUT", PATH, "application/json", 405), ("DELETE", "/cds-services", "application/json", 405), ("TRACE", PATH, "application/json", 405),
                                               ("POST", "/none", "application/json", 404), ("POST", PATH, "text/plain", 415), ("POST", PATH + "/../x", "application/json", 404)):
                answer = service.request(method, path, canary, {"Content-Type": kind, "X-Canary": "canary-7741"})
                self.assertEqual(answer.status, status, (method, path))
                self.assertNotIn(canary, answer.body)
                if status == 405:
                    self.assertTrue(answer.header("Allow"))

    def test_T_HTTP_1_PipelinedCallsAreAnsweredOnceEachInOrder(self):
        with RunningService() as service:
            connection, body = connected(service), json.dumps(make.request()).encode()
            connection.sendall(wire(body) * 20 + b"GET /nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            reader, seen = connection.makefile("rb"), []
            while line := reader.readline():
                seen.append(int(line.split()[1]))
                length = 0
                while (header := reader.readline().strip()):
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                reader.read(length)
            self.assertEqual(seen, [200] * 20 + [404])
            connection.close()

    def test_TheLimitsWithoutConfigurationAreTheDocumentedOnes(self):
        with RunningService() as service:
            line = b"GET /%s HTTP/1.1\r\nHost: h\r\n"
            cases = ((line % (b"a" * 2047) + b"\r\n", 404), (line % (b"a" * 2048) + b"\r\n", 414),
                     (line % b"a" + b"A: b\r\n" * 99 + b"\r\n", 404), (line % b"a" + b"A: b\r\n" * 100 + b"\r\n", 431),
                     (line % b"a" + b"A: " + b"b" * 16000 + b"\r\n\r\n", 404), (line % b"a" + b"A: " + b"b" * 16400 + b"\r\n\r\n", 431),
                     (wire(b"x" * 10, "")[:-10].replace(b"Length: 10", b"Length: 4194305"), 413))
            for raw, status in cases:
                connection = connected(service)
                connection.sendall(raw)
                self.assertEqual(one_answer(connection), status, raw[:60])
                connection.close()
            def nested(levels):
                return b'{"hook":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"

            def complaint(body):
                answer = service.post_hook(ORDER_SIGN, body)
                self.assertEqual(answer.status, 400)
                return answer.json["issue"][0]["diagnostics"]
            self.assertNotIn("deep", complaint(nested(64)))
            self.assertIn("deep", complaint(nested(65)))
            self.assertNotEqual(complaint(b'{"hook":[' + b"1," * 199_000 + b"1]}"), complaint(b'{"hook":[' + b"1," * 200_000 + b"1]}"))


class BadDays(unittest.TestCase):
    def test_ItTakesAsManyDescriptorsAsItMayHave(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        try:
            with RunningService() as service:
                self.assertEqual(resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE), (hard, hard))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_WithoutDescriptorsItWaitsQuietlyAndRecovers(self):
        with RunningService() as service:
            # What is done once after a start is done: the check of the store opens files, and UndefinedBehaviorSanitizer needs a
            # pipe when it first meets a type of object (it takes a refused pipe for unreadable memory).
            self.assertTrue(service.wait_for_log("audit-store-sound", 30))
            self.assertTrue(call_times(service, 5))
            resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE, (64, 64))
            held = [connected(service) for _ in range(95)]  # the kernel takes what the process cannot
            time.sleep(0.3)
            self.assertEqual(descriptors(service.process), 64)
            cpu = cpu_seconds(service.process)
            time.sleep(1)
            self.assertLess(cpu_seconds(service.process) - cpu, 0.2, "it must not spin")
            held[0].sendall(b"GET /cds-services HTTP/1.1\r\nHost: h\r\n\r\n")
            self.assertEqual(one_answer(held[0]), 200, "who is connected is served")
            for connection in held:
                connection.close()
            until = time.monotonic() + 10
            while descriptors(service.process) > 60 and time.monotonic() < until:
                time.sleep(0.05)
            self.assertTrue(call_times(service, 5))

    @unittest.skipIf(sanitizer(), "a sanitizer's shadow needs address space without end")
    def test_T_FAULT_9_WithoutMemoryCallsFailOneByOneAndNothingElseDoes(self):
        results = [make.magnesium(observation_id=f"mg-{i}") for i in range(9000)]
        large = json.dumps(make.request(prefetch={"magnesium": make.bundle(*results)})).encode()
        small = json.dumps(make.request()).encode()
        with RunningService() as service:
            self.assertTrue(call_times(service, 20))
            with open(f"/proc/{service.process.pid}/statm", encoding="ascii") as statm:
                now = int(statm.read().split()[0]) * resource.getpagesize()
            statuses, stop = [], time.monotonic() + 20

            def callers():
                while time.monotonic() < stop and statuses.count(200) + 4 > len(statuses):
                    for body in (large, small):
                        try:
                            with connected(service) as connection:
                                connection.sendall(wire(body))
                                statuses.append(one_answer(connection))
                        except OSError:
                            statuses.append(0)

            resource.prlimit(service.process.pid, resource.RLIMIT_AS, (now, resource.RLIM_INFINITY))
            threads = [threading.Thread(target=callers) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertIsNone(service.process.poll(), service.log_text()[-2000:])
            resource.prlimit(service.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            self.assertGreater(len(statuses), statuses.count(200), "memory was never short")
            self.assertLessEqual(set(statuses), {0, 200, 500, 503})
            until = time.monotonic() + 10  # the store is tried again after at most half a second
            while service.operations("/health/ready").status != 200 and time.monotonic() < until:
                time.sleep(0.1)
            self.assertTrue(call_times(service, 20))
            service.stop()
            with contextlib.closing(sqlite3.connect(f"file:{service.folder}/audit.db?mode=ro", uri=True)) as store:
                recorded = store.execute("SELECT count(*) FROM audit_event WHERE kind = 1").fetchone()[0]
            self.assertGreaterEqual(recorded, statuses.count(200) + 40, "no answer without its record")

    def test_AfterTenSecondsStandstillExpiredCallsAreRefusedNotAnsweredLate(self):
        with RunningService({"limits": PATIENT_LIMITS}) as service:
            body = json.dumps(make.request()).encode()
            self.assertTrue(call_times(service, 5))
            known = [connected(service) for _ in range(5)]
            for connection in known:
                connection.sendall(b"GET /cds-services HTTP/1.1\r\nHost: h\r\n\r\n")
                self.assertEqual(one_answer(connection), 200)
            calls = service.metric("cofactor_calls_total")
            service.signal(signal.SIGSTOP)
            try:
                time.sleep(0.2)
                new = [connected(service) for _ in range(5)]
                for connection in known + new:
                    connection.sendall(wire(body))
                time.sleep(10)
            finally:
                service.signal(signal.SIGCONT)
            self.assertEqual([one_answer(connection) for connection in known + new], [503] * 10)
            self.assertEqual(service.metric("cofactor_calls_total"), calls, "no work is done for what nobody waits for")
            self.assertTrue(call_times(service, 5))
            for connection in known + new:
                connection.close()


class EndsUnderLoad(unittest.TestCase):
    ROUNDS = int(os.environ.get("ROUNDS", "3"))

    def test_SigtermLosesNoAnswerThatWasBegun(self):
        """Whole answers or an end between them; exit 0 within 5 seconds; the store is closed cleanly every time."""
        with RunningService() as service:
            body = json.dumps(make.request()).encode()
            for number in range(self.ROUNDS):
                results, stop = [], threading.Event()

                def post():
                    while not stop.is_set():
                        try:
                            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
                            connection.connect()
                        except OSError:
                            return
                        try:
                            while not stop.is_set():
                                connection.request("POST", PATH, body, JSON)
                                answer = connection.getresponse()
                                data = answer.read()
                                results.append((answer.status, answer.status != 200 or bool(json.loads(data)["cards"])))
                                if answer.will_close:
                                    break
                        except (http.client.RemoteDisconnected, ConnectionError):
                            pass  # between two answers: the call may be sent again
                        except (http.client.HTTPException, ValueError, OSError) as broken:
                            results.append((type(broken).__name__, False))
                        finally:
                            connection.close()

                clients = [threading.Thread(target=post) for _ in range(6)]
                for client in clients:
                    client.start()
                time.sleep(0.05 + 0.013 * (number % 10))
                asked = time.monotonic()
                self.assertEqual(service.stop(), 0)
                self.assertLess(time.monotonic() - asked, 5)
                stop.set()
                for client in clients:
                    client.join()
                self.assertEqual([one for one in results if one[0] not in (200, 503) or not one[1]], [], f"round {number}")
                service.log_lines.clear()
                service.start()


if __name__ == "__main__":
    unittest.main(verbosity=1)
