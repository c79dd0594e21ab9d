"""Seal files: any bytes are a seal or refused, and only an untouched one opens."""

from juyong.app.keys import SealFileDamaged, WrongRootKey
from juyong.app.keys.seal_file import (
    FileMethod,
    PassphraseMethod,
    TokenMethod,
    base64_of,
    decode_seal,
    encode_seal,
    master_of,
    seal_of,
)
from juyong.app.keys.wrapper import RootKeyWrapper

_ROOT, _MASTER, _ID = b"r" * 32, b"m" * 32, "0123456789abcdef"
_WRAPPER = RootKeyWrapper(_ROOT)
_MADE = [
    seal_of(_MASTER, _WRAPPER, how, _ID)
    for how in (
        FileMethod(),
        PassphraseMethod(salt=base64_of(b"s" * 16), memory_kib=65_536, passes=3, lanes=4),
        TokenMethod(label="juyong-root-1"),
    )
]

SEEDS: list[bytes] = [
    *(encode_seal(seal) for seal in _MADE),
    b"{}",
    encode_seal(_MADE[0]).replace(b'"version":1', b'"version":2'),
    encode_seal(_MADE[1]).replace(b"65536", b"1048577"),
]


def target(data: bytes) -> None:
    """Read data as a seal file; what opens is what was sealed."""
    try:
        seal = decode_seal(data)
    except SealFileDamaged:
        return
    assert decode_seal(encode_seal(seal)) == seal
    try:
        master = master_of(seal, _WRAPPER)
    except WrongRootKey:
        return
    assert master == _MASTER
    assert seal in _MADE
