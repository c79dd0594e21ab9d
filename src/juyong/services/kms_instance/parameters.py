"""Parameters that several operations of instances take, and the rules that name their keys."""

from collections.abc import Mapping
from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.base.secret import Secret
from juyong.services.kms.facade import SYMMETRIC, key_policy, key_resource, resource_tags

_MOST = 4 * 1024 * 1024
Data = Annotated[str, Text(1, _MOST), Doc("The ciphertext.")]
"""Bytes, which the wire format gives as Base64."""
SecretData = Annotated[Secret, Text(1, _MOST), Doc("As for Sign.")]
Aad = Annotated[
    str,
    Text(1, _MOST),
    Doc("What AdvanceDecrypt must be given too, up to 8192 bytes."),
]
Iv = Annotated[str, Text(16, 16)]
"""12 bytes."""
Algorithm = Annotated[
    str,
    OneOf(
        (
            *("AES_GCM", "SM4_GCM", "AES_CBC", "AES_ECB"),
            *("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "SM2PKE", "ECIES_DH_SHA_1_XOR_HMAC"),
        )
    ),
    Doc("`AES_GCM` or `SM4_GCM`, as the key is."),
]
NO_PADDING = {"PaddingMode": "no key offers AES_CBC or AES_ECB, which alone pad"}
NO_IV = {"Iv": "the platform draws it: AES-GCM is broken by one that comes twice"}
_CONDITION = "kms:EncryptionAlgorithm"


def of_encryption(ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:  # noqa: ARG001
    """Return the conditions of an encryption, as the shared gateway names algorithms."""
    asked = arguments.get("algorithm") or "AES_GCM"
    return {_CONDITION: ("SYMMETRIC_DEFAULT" if asked.endswith("_GCM") else asked,)}


SYMMETRIC_KEY: dict[str, Any] = {
    "effect": "Read",
    "resource": key_resource,
    "conditions": of_encryption,
    "resource_conditions": resource_tags,
    "resource_policy": key_policy,
    "rate": SYMMETRIC,
}
"""How operations are declared that encrypt or decrypt under a key the caller names."""
