"""Parameters that several operations of instances take, and the rules that name their keys."""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.base.secret import Secret
from juyong.services.kms.facade import SEALING, SYMMETRIC, USING, use

_MOST = 4 * 1024 * 1024
Data = Annotated[str, Text(1, _MOST), Doc("The ciphertext.")]
"""Bytes, which the wire format gives as Base64."""
SecretData = Annotated[Secret, Text(1, _MOST), Doc("The bytes to encrypt or sign.")]
Aad = Annotated[
    str, Text(1, _MOST), Doc("Data that AdvanceDecrypt must get too, up to 8192 bytes.")
]
SameAad = Annotated[str, Text(1, _MOST), Doc("The algorithm of the encryption.")]
Iv = Annotated[
    str,
    Text(16, 16),
    Doc("The Iv that came with the ciphertext; symmetric keys only, which need it."),
]
"""12 bytes."""
_ALGORITHM = OneOf(
    (
        *("AES_GCM", "SM4_GCM", "AES_CBC", "AES_ECB"),
        *("RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1", "SM2PKE", "ECIES_DH_SHA_1_XOR_HMAC"),
    )
)
Algorithm = Annotated[str, _ALGORITHM, Doc("`AES_GCM` or `SM4_GCM`, as the key is.")]
AnyAlgorithm = Annotated[
    str,
    _ALGORITHM,
    Doc(
        "`AES_GCM` or `SM4_GCM`; of pairs `RSAES_OAEP_SHA_256`, `RSAES_OAEP_SHA_1` or `SM2PKE`."
        " The key's first one without it."
    ),
]
NO_PADDING = {"PaddingMode": "only AES_CBC and AES_ECB pad, and no key offers them"}
NO_IV = {"Iv": "the platform draws the Iv: a repeated Iv breaks AES-GCM"}
_CONDITION = "kms:EncryptionAlgorithm"


def of_encryption(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the conditions of an encryption, as the shared gateway names algorithms."""
    asked = arguments.get("algorithm") or "AES_GCM"
    return {_CONDITION: ("SYMMETRIC_DEFAULT" if asked.endswith("_GCM") else asked,)}


SEALS = use(SYMMETRIC, SEALING, of_encryption, seals=True)
OPENS = use(SYMMETRIC, USING, of_encryption)
