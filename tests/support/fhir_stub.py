"""Promises: a FHIR server on 127.0.0.1 for tests, made of a list of resources: reads, searches by type, patient, code and status,
`_include` of Medications, pages of a given size. It can be told to be slow, to fail, or to answer anything, by path.

    with FhirStub(resources) as fhir:
        fhir.base                 # "http://127.0.0.1:PORT/fhir"
        fhir.asked                # [(path and query, value of Authorization), ...]
"""
import http.server
import json
import threading
import time
import urllib.parse


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        stub = self.server.stub
        stub.note(self.path, self.headers.get("Authorization"))
        if stub.delay:
            time.sleep(stub.delay)
        status, body, content_type = stub.answer(self.path)
        data = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8")
        try:
            self.wfile.write(b"".join((f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n".encode(), data)))
        except OSError:
            pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


class FhirStub:
    def __init__(self, resources=(), page_size=None, include=True):
        self.resources, self.page_size, self.include = list(resources), page_size, include
        self.delay, self.overrides = 0, {}
        self.asked, self._lock = [], threading.Lock()
        self.keep_tokens = True
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stub = self
        self.base = f"http://127.0.0.1:{self._server.server_port}/fhir"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def note(self, path, authorization):
        with self._lock:
            self.asked.append((path, authorization if self.keep_tokens else bool(authorization)))

    def asked_types(self):
        return sorted(path.removeprefix("/fhir/").split("?")[0].split("/")[0] for path, _ in self.asked)

    def answer(self, path):
        """status, JSON object or bytes, content type. `overrides`: what stands in the path -> (status, body) or a callable."""
        for part, given in self.overrides.items():
            if part in path:
                made = given(path) if callable(given) else given
                return made if len(made) == 3 else (*made, "application/fhir+json")
        relative, _, query = path.removeprefix("/fhir").lstrip("/").partition("?")
        if "/" in relative:
            kind, _, name = relative.partition("/")
            for resource in self.resources:
                if resource["resourceType"] == kind and resource.get("id") == name:
                    return 200, resource, "application/fhir+json"
            return 404, outcome("not-found"), "application/fhir+json"
        return 200, self.search(relative, urllib.parse.parse_qs(query)), "application/fhir+json"

    def search(self, kind, query):
        patient = query.get("patient", [""])[0]
        codes = {code.partition("|")[2] for code in query.get("code", [""])[0].split(",") if code}
        found = []
        for resource in self.resources:
            if resource["resourceType"] != kind or resource.get("subject", {}).get("reference") != f"Patient/{patient}":
                continue
            if codes and not any(coding.get("code") in codes for coding in resource.get("code", {}).get("coding", [])):
                continue
            if "status" in query and resource.get("status") not in query["status"][0].split(","):
                continue
            found.append(resource)
        if query.get("_sort") == ["-date"]:
            found.sort(key=lambda each: each.get("effectiveDateTime", ""), reverse=True)
        first = int(query.get("_page", ["0"])[0])
        shown = found[first:first + self.page_size] if self.page_size else found
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found),
                  "entry": [{"fullUrl": f"{self.base}/{kind}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in shown]}
        if self.include and "_include" in query:
            wanted = {each.get("medicationReference", {}).get("reference") for each in shown}
            bundle["entry"] += [{"resource": each, "search": {"mode": "include"}} for each in self.resources
                                if each["resourceType"] == "Medication" and f"Medication/{each['id']}" in wanted]
        if self.page_size and first + self.page_size < len(found):
            again = {**{key: values[0] for key, values in query.items()}, "_page": str(first + self.page_size)}
            bundle["link"] = [{"relation": "next", "url": f"{self.base}/{kind}?{urllib.parse.urlencode(again)}"}]
        return bundle


def outcome(code, severity="error", details=None):
    issue = {"severity": severity, "code": code}
    if details:
        issue["details"] = {"coding": [{"code": details}]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
