"""Ciphertext blobs from outside: taken apart or refused, and only what was sealed opens."""

from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import Header, Kind, algorithm_of, peek, seal, unseal
from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.crypto.software import load_symmetric

_ID = "86a9efd9-3d16-4894-bd4f-7f34d0b62f3a"
_CONTEXT = EncryptionContext.of({"tenant": "blue"})
_KEYS = {
    spec: load_symmetric(spec, bytes(range(size)))
    for spec, size in (
        ("Aliyun_AES_256", 32),
        ("Aliyun_AES_192", 24),
        ("Aliyun_AES_128", 16),
        ("Aliyun_SM4", 16),
    )
}
_PLAINTEXTS = (b"", b"text", bytes(range(64)))
_SEALED = {
    seal(
        key,
        version_id=_ID,
        algorithm=algorithm_of(spec),
        kind=kind,
        nonce=bytes(12),
        plaintext=plaintext,
        context=_CONTEXT,
    ): plaintext
    for spec, key in _KEYS.items()
    for kind in Kind
    for plaintext in _PLAINTEXTS
}
SEEDS: list[bytes] = [
    *_SEALED,
    b"",
    _ID.encode(),
    _ID.encode() + b"\x01\x01\x01",
    _ID.encode() + b"\x01\x01\x01" + bytes(28),
    _ID.upper().encode() + b"\x01\x01\x01" + bytes(28),
    _ID.encode() + b"\x02\x01\x01" + bytes(28),
    b"\xff" * 80,
]


def target(data: bytes) -> None:
    """Read the bytes as a blob; what opens must be one of those that were sealed."""
    try:
        header = peek(data)
    except Undecipherable:
        assert data not in _SEALED
        return
    _check_parts(header, data)
    opened = {
        plaintext
        for spec, key in _KEYS.items()
        for context in (_CONTEXT, EncryptionContext())
        for plaintext in _opened(spec, key, header, context)
    }
    assert opened == ({_SEALED[data]} if data in _SEALED else set())


def _opened(spec, key, header, context):
    try:
        yield unseal(key, header, algorithm=algorithm_of(spec), context=context)
    except Undecipherable:
        return


def _check_parts(header: Header, data: bytes) -> None:
    head = header.version_id.encode() + bytes((1, header.algorithm, header.kind))
    assert head + header.nonce + header.sealed == data
    assert (len(header.version_id), len(header.nonce)) == (36, 12)
    assert len(header.sealed) >= 16
