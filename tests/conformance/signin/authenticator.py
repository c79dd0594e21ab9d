"""An authenticator in software: a P-256 key, a counter, and answers as a browser passes them on."""

import base64
import hashlib
import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(encoded: str) -> bytes:
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def cbor(value: Any) -> bytes:
    """Encode the few kinds that WebAuthn needs (RFC 8949)."""
    match value:
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value)) + value.encode()
        case dict():
            pairs = b"".join(cbor(key) + cbor(each) for key, each in value.items())
            return _head(5, len(value)) + pairs
    raise TypeError(value)


def _head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes([major << 5 | size])
    if size < 256:
        return bytes([major << 5 | 24, size])
    return bytes([major << 5 | 25]) + struct.pack(">H", size)


class Authenticator:
    """One credential. `flags`, `counter` and what `client_data` says may be changed by tests."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.credential_id = os.urandom(32)
        self.counter = 0
        self.step = 1
        self.flags = PRESENT | VERIFIED
        self.said: dict[str, Any] = {}
        self.rp_id = ""
        self.user_handle: bytes | None = None
        self.algorithm = -7
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, str]:
        """Answer `navigator.credentials.create`, with attestation `none`."""
        assert {"type": "public-key", "alg": -7} in options["pubKeyCredParams"]
        assert options["authenticatorSelection"]["userVerification"] == "required"
        self.rp_id = options["rp"]["id"]
        self.user_handle = data(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        cose = cbor(
            {
                1: 2,
                3: self.algorithm,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        auth_data = self._auth_data(ATTESTED) + attested + cose
        attestation = cbor({"fmt": "none", "attStmt": {}, "authData": auth_data})
        return {
            "id": text(self.credential_id),
            "client_data": text(self._client_data("webauthn.create", options["challenge"])),
            "attestation_object": text(attestation),
        }

    def get(self, options: dict[str, Any]) -> dict[str, str | None]:
        """Answer `navigator.credentials.get`."""
        assert options["userVerification"] == "required"
        self.counter += self.step
        auth_data = self._auth_data(0)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = auth_data + hashlib.sha256(client_data).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return {
            "id": text(self.credential_id),
            "client_data": text(client_data),
            "authenticator_data": text(auth_data),
            "signature": text(signature),
            "user_handle": None if self.user_handle is None else text(self.user_handle),
        }

    def _auth_data(self, more: int) -> bytes:
        rp = hashlib.sha256(self.rp_id.encode()).digest()
        return rp + bytes([self.flags | more]) + struct.pack(">I", self.counter)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
            **self.said,
        }
        return json.dumps(said).encode()
