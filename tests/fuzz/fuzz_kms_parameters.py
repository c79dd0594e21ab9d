"""Texts that cryptographic calls read: Base64 in one spelling, contexts as conditions, content."""

import base64

from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.policy import conditions_of
from juyong.services.kms.crypto.for_services import taken_apart
from juyong.services.kms.crypto.parameters import ALGORITHM, canonical_base64, symmetric_conditions

SEEDS: list[bytes] = [
    b"",
    b"aGVsbG8=",
    b"aGVsbG9=",
    b"aGVs\nbG8=",
    b"aGVsbG8",
    b"====",
    "密".encode(),
    b'{"Tenant":"blue","tenant":"red"}',
    b'{"a":"1","a":"2"}',
    b"\x01\x00\x04blob" + bytes(28),
    b"\x01\xff\xff" + bytes(40),
    b"\x02\x00\x00" + bytes(40),
]


def target(data: bytes) -> None:
    """Read the bytes in each way."""
    text = data.decode("utf-8", "surrogateescape")
    spelled = canonical_base64(text)
    if spelled is not None:
        assert base64.b64encode(spelled).decode() == text
    spelled_conditions = symmetric_conditions(text)
    conditions = conditions_of(spelled_conditions)
    assert ALGORITHM.casefold() in conditions
    assert sum(map(len, conditions.values())) == len(spelled_conditions)
    try:
        blob, nonce, body = taken_apart(data)
    except Undecipherable:
        return
    assert data == data[:3] + blob + nonce + body
