"""Cryptographic operations through the official SDK, and keys brought into any state."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from darabonba.runtime import RuntimeOptions

MATERIAL = hashlib.sha256(b"imported").digest()
DIGEST = hashlib.sha256(b"message").digest()
USAGES = {
    "RSA_2048": "ENCRYPT/DECRYPT",
    "EC_P256": "SIGN/VERIFY",
    "HMAC_SHA_256": "GENERATE/VERIFY_MAC",
}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


@dataclass(frozen=True)
class Kms:
    """What one caller does with keys: kms("Encrypt", key_id=…) returns the answer's body."""

    client: KmsClient

    def __call__(self, operation: str, **request: Any) -> Any:
        snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
        model = getattr(models, f"{operation}Request")
        return getattr(self.client, snake)(model(**request)).body

    def raw(self, operation: str, request: dict[str, Any], **parameters: str) -> Any:
        """Call with parameters spelled as on the wire, which the SDK's models would not let by."""
        model: Any = getattr(models, f"{operation}Request")(**request)
        query = {**model.to_map(), **parameters}
        params = openapi.Params(
            action=operation,
            version="2016-01-20",
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        return self.client.call_api(params, openapi.OpenApiRequest(query=query), RuntimeOptions())

    def new_key(self, **request: Any) -> Any:
        """Make a key and return its metadata."""
        return self("CreateKey", **request).key_metadata

    def version(self, key_id: str) -> str:
        """Return the id of a key's newest version."""
        found = self("ListKeyVersions", key_id=key_id, page_size=50).key_versions.key_version
        return str(found[-1].key_version_id)

    def new_pair(self, spec: str, usage: str) -> dict[str, str]:
        """Make a pair and return its id and version as parameters."""
        made = self.new_key(key_spec=spec, key_usage=usage)
        return {"key_id": made.key_id, "key_version_id": self.version(made.key_id)}

    def public_key(self, pair: dict[str, str]) -> bytes:
        """Return the public half in PEM."""
        return str(self("GetPublicKey", **pair).public_key).encode()

    def encrypt(self, key_id: str, plaintext: str = "aGVsbG8=", **more: Any) -> str:
        blob = self("Encrypt", key_id=key_id, plaintext=plaintext, **more).ciphertext_blob
        return str(blob)

    def decrypt(self, blob: str, **more: Any) -> str:
        return str(self("Decrypt", ciphertext_blob=blob, **more).plaintext)

    def import_material(self, key_id: str) -> None:
        """Give an EXTERNAL key its material."""
        pair = self(
            "GetParametersForImport",
            key_id=key_id,
            wrapping_algorithm="RSAES_OAEP_SHA_256",
            wrapping_key_spec="RSA_2048",
        )
        public: Any = load_der_public_key(unb64(pair.public_key))
        sha256 = hashes.SHA256()
        wrapped = public.encrypt(MATERIAL, padding.OAEP(padding.MGF1(sha256), sha256, None))
        self(
            "ImportKeyMaterial",
            key_id=key_id,
            encrypted_key_material=b64(wrapped),
            import_token=pair.import_token,
            key_material_expire_unix=0,
        )
