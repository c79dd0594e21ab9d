"""The messages of KMS instances, by operation.

Source: the official client alibabacloud-dkms-gcs 1.0.2 (observed).
"""

from collections.abc import Mapping
from typing import Any

from juyong.gateway.wire.protobuf import Field, Kind, Message, decode, encode

_KINDS = {
    **dict.fromkeys(
        (
            *("Plaintext", "CiphertextBlob", "Aad", "Iv", "Digest", "Message", "Signature"),
            *("Random", "PrivateKeyPlaintext", "PrivateKeyCiphertextBlob"),
        ),
        Kind.BYTES,
    ),
    **dict.fromkeys(("Length", "NumberOfBytes", "StatusCode"), Kind.INTEGER),
    "FetchExtendedConfig": Kind.BOOLEAN,
    "VersionStages": Kind.TEXTS,
}


def _message(names: str, **kinds: Kind) -> Message:
    """Number the fields in order, from 1."""
    return {
        number: Field(name, kinds.get(name) or _KINDS.get(name, Kind.TEXT))
        for number, name in enumerate(names.split(), 1)
    }


_SEALING = _message("KeyId Plaintext Algorithm Aad Iv PaddingMode")
_OPENING = _message("CiphertextBlob KeyId Algorithm Aad Iv PaddingMode")
_SEALED = "KeyId CiphertextBlob Iv RequestId Algorithm PaddingMode"
_OPENED = "KeyId Plaintext RequestId Algorithm PaddingMode"
_DRAWN = "KeyId Iv Plaintext CiphertextBlob RequestId Algorithm"
_PAIR_ASKED = _message("KeyId Algorithm KeyPairSpec KeyFormat Aad")
_ADVANCED_PAIR_ASKED = _message("KeyId KeyPairSpec KeyFormat Aad")
_PAIR = (
    "KeyId Iv KeyPairSpec PrivateKeyPlaintext PrivateKeyCiphertextBlob PublicKey RequestId "
    "Algorithm"
)
_PAIR_SEALED = _PAIR.replace("PrivateKeyPlaintext ", "")
_OF_VERSION = " KeyVersionId"

MESSAGES: Mapping[str, tuple[Message, Message]] = {
    "Encrypt": (_SEALING, _message(_SEALED)),
    "Decrypt": (_OPENING, _message(_OPENED)),
    "AdvanceEncrypt": (_SEALING, _message(_SEALED + _OF_VERSION)),
    "AdvanceDecrypt": (_OPENING, _message(_OPENED + _OF_VERSION)),
    "GenerateDataKey": (_message("KeyId Algorithm NumberOfBytes Aad"), _message(_DRAWN)),
    "AdvanceGenerateDataKey": (
        _message("KeyId NumberOfBytes Aad"),
        _message(_DRAWN + _OF_VERSION),
    ),
    "GenerateDataKeyPair": (_PAIR_ASKED, _message(_PAIR, PublicKey=Kind.BYTES)),
    "GenerateDataKeyPairWithoutPlaintext": (
        _PAIR_ASKED,
        _message(_PAIR_SEALED, PublicKey=Kind.BYTES),
    ),
    "AdvanceGenerateDataKeyPair": (
        _ADVANCED_PAIR_ASKED,
        _message(_PAIR + _OF_VERSION, PublicKey=Kind.BYTES),
    ),
    "AdvanceGenerateDataKeyPairWithoutPlaintext": (
        _ADVANCED_PAIR_ASKED,
        _message(_PAIR_SEALED + _OF_VERSION, PublicKey=Kind.BYTES),
    ),
    "Sign": (
        _message("KeyId Digest Algorithm Message MessageType"),
        _message("KeyId Signature RequestId Algorithm MessageType"),
    ),
    "Verify": (
        _message("KeyId Digest Signature Algorithm Message MessageType"),
        _message("KeyId Value RequestId Algorithm MessageType", Value=Kind.BOOLEAN),
    ),
    "GetPublicKey": (_message("KeyId"), _message("KeyId PublicKey RequestId")),
    "GetSecretValue": (
        _message("SecretName VersionStage VersionId FetchExtendedConfig"),
        _message(
            "SecretName SecretType SecretData SecretDataType VersionStages VersionId CreateTime "
            "RequestId LastRotationDate NextRotationDate ExtendedConfig AutomaticRotation "
            "RotationInterval"
        ),
    ),
    "GenerateRandom": (_message("Length"), _message("Random RequestId")),
}
"""Request and answer of each operation."""
REFUSAL = _message("StatusCode ErrorCode ErrorMessage RequestId")
"""Every error."""


def is_known(action: str) -> bool:
    """Say whether an operation has messages."""
    return action in MESSAGES


def parameters(action: str, body: bytes) -> dict[str, Any]:
    """Read a request; raises Malformed."""
    return decode(MESSAGES[action][0], body)


def answer(action: str, members: Mapping[str, Any]) -> bytes:
    """Write an answer."""
    return encode(MESSAGES[action][1], members)


def refusal(status: int, code: str, text: str, request_id: str) -> bytes:
    """Write an error."""
    members = {
        "StatusCode": status,
        "ErrorCode": code,
        "ErrorMessage": text,
        "RequestId": request_id,
    }
    return encode(REFUSAL, members)
