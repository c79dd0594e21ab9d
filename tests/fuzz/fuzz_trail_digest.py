"""Digests of deliveries from outside: what the key signed, or refused."""

from msgspec.structs import replace
from tests.ledger_logs import events

from juyong.audit.ledger.digests import DeliveredFile, Digest, Pointer, in_base64
from juyong.audit.ledger.signing import LogSigner
from juyong.engines.ledger import (
    Checkpoint,
    Frontier,
    LedgerError,
    append_all,
    join_hashes,
    leaf_hash,
)

_SIGNER, _OTHER = LogSigner(b"1" * 32), LogSigner(b"2" * 32)
_ORIGIN = "juyong/0011223344556677"
_HASHES = [leaf_hash(each) for each in events(5)]
_TREE, _ = append_all(Frontier(), join_hashes(_HASHES))
_CHECKPOINT = _SIGNER.note(Checkpoint(origin=_ORIGIN, size=5, root=_TREE.root()))
_SOUND = Digest(
    trail="acs:actiontrail:cn-hangzhou:1:trail/audit-trail",
    origin=_ORIGIN,
    at="2026-01-02T03:04:05Z",
    first=0,
    end=5,
    files=(DeliveredFile(key="AliyunLogs/a.gz", sha256="0" * 64, leaves=(0, 3)),),
    damaged=(4,),
    previous=Pointer(key="AliyunLogsDigest/a.digest", sha256="1" * 64),
    checkpoint=_CHECKPOINT,
    edge=(),
    proof=(),
    hashes=in_base64(_HASHES),
)
_UNSOUND = (
    replace(_SOUND, end=6),
    replace(_SOUND, first=1, end=6),
    replace(_SOUND, hashes=(*_SOUND.hashes[1:], _SOUND.hashes[0])),
    replace(_SOUND, edge=_SOUND.hashes[:1]),
    replace(_SOUND, proof=_SOUND.hashes[:1]),
    replace(_SOUND, damaged=(5,)),
    replace(_SOUND, damaged=(3,)),
    replace(_SOUND, checkpoint=_OTHER.note(Checkpoint(origin=_ORIGIN, size=5, root=_TREE.root()))),
    replace(_SOUND, checkpoint="x"),
    replace(_SOUND, hashes=("x", *_SOUND.hashes[1:])),
)
SEEDS: list[bytes] = [
    _SOUND.signed(_SIGNER),
    _SOUND.signed(_OTHER),
    *(each.signed(_SIGNER) for each in _UNSOUND),
    _CHECKPOINT.encode(),
    b"",
]


def target(data: bytes) -> None:
    """Read the bytes; only the key's own digests are read, and only the sound one holds."""
    try:
        found = Digest.parse(data, _SIGNER.public)
    except LedgerError:
        return
    assert found in (_SOUND, *_UNSOUND), "only the key makes one"
    try:
        found.check(_SIGNER.public)
    except LedgerError:
        assert found != _SOUND
        return
    assert found == _SOUND
