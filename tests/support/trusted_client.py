"""Promises: a client that a service can trust: keys made anew, key sets, tokens as CDS Hooks asks for them, certificates.

    ehr = TrustedClient("https://ehr.example/fhir", algorithm="ES384")
    ehr.write_key_set(folder / "ehr.json")
    token = ehr.token(audience="http://127.0.0.1:8080/cds-services/cofactor-order-sign")

Needs Debian's python3-cryptography. No key of it is ever written into the tree.
"""
import base64
import datetime
import ipaddress
import json
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def number(value, length=None):
    return base64url(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


class TrustedClient:
    def __init__(self, issuer, algorithm="ES384", kid=None):
        self.issuer, self.algorithm, self.kid = issuer, algorithm, kid or str(uuid.uuid4())
        self.key = ec.generate_private_key(ec.SECP384R1()) if algorithm == "ES384" else \
            rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self):
        public = self.key.public_key().public_numbers()
        common = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        if self.algorithm == "ES384":
            return {"kty": "EC", "crv": "P-384", "x": number(public.x, 48), "y": number(public.y, 48), **common}
        return {"kty": "RSA", "n": number(public.n), "e": number(public.e), **common}

    def write_key_set(self, path, *others):
        path.write_text(json.dumps({"keys": [self.jwk(), *(other.jwk() for other in others)]}), encoding="utf-8")
        path.chmod(0o600)
        return str(path)

    def signature(self, signed):
        if self.algorithm != "ES384":
            return self.key.sign(signed, padding.PKCS1v15(), hashes.SHA384())
        r, s = utils.decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(48, "big") + s.to_bytes(48, "big")

    def token(self, audience, header=None, **claims):
        """A good token; members of `header` and `claims` are laid over it, None takes one out."""
        now = int(time.time())
        head = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **(header or {})}
        body = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), **claims}
        parts = [{name: value for name, value in part.items() if value is not None} for part in (head, body)]
        signed = ".".join(base64url(json.dumps(part).encode()) for part in parts).encode("ascii")
        return signed.decode("ascii") + "." + base64url(self.signature(signed))


class Authority:
    """A certificate authority of a test, and certificates that it signs."""

    def __init__(self, name="Test authority"):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key.public_key(), authority=True)

    def _signed(self, subject, public_key, authority=False, days=10):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(public_key)
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
                   .not_valid_after(now + datetime.timedelta(days=days))
                   .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True))
        if not authority:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def write(self, path):
        path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        return str(path)

    def write_pair(self, folder, stem, common_name):
        """Certificate and key as PEM files; their paths."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        certificate, secret = folder / f"{stem}.pem", folder / f"{stem}.key"
        certificate.write_bytes(self._signed(subject, key.public_key()).public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))
        secret.chmod(0o600)
        return str(certificate), str(secret)
