"""Calls to an instance as a client key signs them, over TLS, with parts that tests put wrong."""

import base64
import hashlib
import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs12
from tests.conformance.harness import Server

from juyong.base.clock import http_date
from juyong.front.authority import CERTIFICATE_FILE, LocalAuthority
from juyong.gateway.wire.instance_messages import MESSAGES, REFUSAL
from juyong.gateway.wire.protobuf import decode, encode

VERSION = "dkms-gcs-0.2"
SIGNED = ("content-sha256", "content-type", "date")


class Refused(Exception):
    """What an instance answered instead."""

    def __init__(self, status: int, members: Mapping[str, Any]) -> None:
        self.status, self.code = status, str(members["ErrorCode"])
        self.message = str(members.get("ErrorMessage", ""))
        assert members["StatusCode"] == status
        assert members["RequestId"]
        super().__init__(f"{status} {self.code}: {self.message}")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


@dataclass(frozen=True)
class Instance:
    """An instance as the holder of a client key reaches it.

    client("Encrypt", KeyId=…, Plaintext=b"…") returns the answer's members, bytes as bytes.
    source: The address to call from. headers: Sent instead of the right ones; None leaves out.
    """

    server: Server
    instance_id: str
    key_id: str
    private: Any = field(repr=False)
    source: str = "127.0.0.1"
    secure: bool = True
    headers: Mapping[str, str | None] = field(default_factory=dict)

    def __call__(self, action: str, **members: Any) -> dict[str, Any]:
        given = {name: b64(v) if isinstance(v, bytes) else v for name, v in members.items()}
        body = encode(MESSAGES[action][0], given)
        return self.answered(action, self.send(action, body))

    def answered(self, action: str, answer: tuple[int, bytes]) -> dict[str, Any]:
        """Read an answer; raises Refused."""
        status, body = answer
        if status != 200:
            raise Refused(status, decode(REFUSAL, body))
        found = decode(MESSAGES[action][1], body)
        kinds = {f.name: f.kind.value for f in MESSAGES[action][1].values()}
        return {n: unb64(v) if kinds[n] == "bytes" else v for n, v in found.items()}

    def send(
        self, action: str, body: bytes, *, method: str = "POST", sent: bytes | None = None
    ) -> tuple[int, bytes]:
        """Sign a body and send it, or another one in its place."""
        host = f"{self.instance_id}.cryptoservice.kms.aliyuncs.com"
        digest = hashlib.sha256(body).hexdigest().upper()
        headers: dict[str, str | None] = {
            "content-sha256": digest,
            "content-type": "application/x-protobuf",
            "date": http_date(self.server.clock()),
            "x-kms-acccesskeyid": self.key_id,
            "x-kms-apiname": action,
            "x-kms-apiversion": VERSION,
            "x-kms-signaturemethod": "RSA_PKCS1_SHA_256",
        }
        late = {n: v for n, v in self.headers.items() if n.startswith("late:")}
        headers |= {n: v for n, v in self.headers.items() if n not in late}
        lines = [method, *(headers[name] or "" for name in SIGNED)]
        lines += [f"{n}:{v}" for n, v in sorted(headers.items()) if v and n.startswith("x-kms-")]
        signature = self.private.sign(
            "\n".join([*lines, "/"]).encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        headers.setdefault("authorization", f"Bearer {b64(signature)}")
        headers |= {name.removeprefix("late:"): v for name, v in late.items()}
        connection = self._connection(host)
        try:
            kept = {n: v for n, v in headers.items() if v is not None}
            connection.request(method, "/", body if sent is None else sent, {"Host": host, **kept})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _connection(self, host: str) -> http.client.HTTPConnection:
        plain = http.client.HTTPConnection(
            "127.0.0.1", self.server.port, timeout=30, source_address=(self.source, 0)
        )
        if self.secure:
            authority = self.server.running.home.authority
            LocalAuthority.open(authority)  # makes it before the first call over TLS
            context = ssl.create_default_context(cafile=str(authority / CERTIFICATE_FILE))
            plain.connect()
            plain.sock = context.wrap_socket(plain.sock, server_hostname=host)
        return plain

    def but(self, **changes: Any) -> "Instance":
        """Return the same with something else."""
        return replace(self, **changes)

    def with_headers(self, **headers: str | None) -> "Instance":
        """Return the same that sends other headers, and signs them; underscores are hyphens."""
        return self.but(headers={n.replace("_", "-"): v for n, v in headers.items()})


def opened(private_key_data: str, password: str) -> Any:
    """Open the private half of a client key."""
    return pkcs12.load_pkcs12(unb64(private_key_data), password.encode()).key
