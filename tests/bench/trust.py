"""Promises: what trust costs: the spine's load with nothing, with TLS, with tokens (RS384 and ES384, each good for one call and
on disk before it goes on), and with both, in one run on one machine. Prints a table; needs Debian's python3-cryptography.

Load generator and server share the cores: compare within one run. The rows with ES384 are bound by the signature, about
0.7 ms of CPU each. What is refused (503) is no answer; its cost is in the CPU of those that are, and
p50 and p99 are those of both. --steady-disk: see measure.py.
"""
import argparse
import pathlib
import subprocess
import sys

import measure

sys.path.insert(0, str(measure.ROOT / "tests" / "support"))
from trusted_client import TrustedClient  # noqa: E402

BASE = "https://cds.example"
AUDIENCE = f"{BASE}/cds-services/cofactor-order-sign"


def certificate(folder):
    key, pem = folder / "tls.key", folder / "tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", pem,
                    "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    key.chmod(0o600)
    return {"certificate": str(pem), "key": str(key)}


def tokens(ehr, count, path):
    path.write_text("".join(ehr.token(AUDIENCE) + "\n" for _ in range(count)), encoding="ascii")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for flag in ("--quick", "--steady-disk"):
        parser.add_argument(flag, action="store_true")
    seconds = 2 if parser.parse_args().quick else 6
    scratch = measure.scratch_folder()
    folder = pathlib.Path(scratch.name)
    tls = {"tls": certificate(folder)}
    # More tokens than can be used: wrk would begin again at the first, and a used token is refused.
    most = {"RS384": 12_000 * seconds, "ES384": 6_000 * seconds}
    unlimited = {"limits": {"signatureMicrosecondsPerIssuer": 100_000_000, "signatureMicrosecondsPerAddress": 100_000_000}}
    rows = []
    for name, algorithm, changes in (("plain", None, {}), ("TLS", None, tls), ("RS384", "RS384", {}), ("ES384", "ES384", {}),
                                     ("TLS and RS384", "RS384", tls), ("TLS and ES384", "ES384", tls)):
        place, given, one_given = folder / name.replace(" ", "-"), None, None
        place.mkdir()
        settings = dict(changes)
        if algorithm:
            ehr = TrustedClient("https://ehr.example/fhir", algorithm)
            settings |= {"publicBaseUrl": BASE, **unlimited, "clients": [
                {"name": "bench", "authentication": "jwt", "issuer": ehr.issuer, "jwks": ehr.write_key_set(place / "keys.json")}]}
            one_given, given = tokens(ehr, 3_000 * seconds, place / "one"), tokens(ehr, most[algorithm], place / "many")
        server = measure.Server(place, settings)
        try:
            one = measure.wrk(server.url(), 1, seconds, tokens=one_given)
            cpu, refused = server.cpu_seconds(), server.shed()
            many = measure.wrk(server.url(), 64, seconds, tokens=given)
            refused = server.shed() - refused
            answered = many["requests"] - refused
            cpu = (server.cpu_seconds() - cpu) / answered * 1e6
            resident = server.resident_mb()
            server.stop()
        finally:
            if server.process.poll() is None:
                server.process.kill()
        rows.append((name, answered / many["seconds"], many["p50"] / 1000, many["p99"] / 1000, one["p50"] / 1000, cpu, resident,
                     100 * refused / many["requests"], one["errors"] + max(0, many["errors"] - refused)))
    print(measure.surroundings(2))
    print(f"{'':<16}{'answers/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'p50 ms, 1':>11}{'CPU us':>9}{'over plain':>12}{'MB':>7}{'refused %':>11}{'errors':>8}")
    for name, rate, p50, p99, one, cpu, resident, refused, errors in rows:
        print(f"{name:<16}{rate:>11,.0f}{p50:>9.2f}{p99:>9.2f}{one:>11.2f}{cpu:>9.0f}{cpu - rows[0][5]:>+12.0f}{resident:>7.1f}{refused:>11.1f}{errors:>8}")
    sys.exit(1 if any(row[-1] for row in rows) else 0)


if __name__ == "__main__":
    main()
