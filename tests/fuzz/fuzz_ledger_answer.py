"""Answers of a witness: only its cosignature of the note that was sent is taken."""

from contextlib import suppress

from tests.ledger_logs import LOG, WITNESS, Log, Signing, events

from juyong.engines.ledger import COSIGNING, LedgerError, cosign, read_cosignature, read_size

_LOG, _OTHER = Log(events(8)), Log(events(9))
_STRANGER = Signing("other.test/w", b"stranger", COSIGNING)
_RIGHT = cosign(_LOG.note.text, WITNESS.key, WITNESS.sign, 1_700_000_000)
_WRONG = cosign(_OTHER.note.text, WITNESS.key, WITNESS.sign, 1_700_000_000)
_OTHERS = cosign(_LOG.note.text, _STRANGER.key, _STRANGER.sign, 1)

SEEDS: list[bytes] = [
    _RIGHT.line.encode(),
    _WRONG.line.encode(),
    (_OTHERS.line + _RIGHT.line).encode(),
    f"\n{_RIGHT.line}".encode(),
    _LOG.note.encode(),
    _OTHER.note.encode() + _WRONG.line.encode(),
    b"8\n",
    b"08\n",
    b"",
]


def target(data: bytes) -> None:
    """Read the bytes as either answer."""
    with suppress(LedgerError):
        assert str(read_size(data)).encode() + b"\n" == data
    try:
        note = read_cosignature(_LOG.note, data, WITNESS.key)
    except LedgerError:
        return
    assert (note.text, note.signatures[:-1]) == (_LOG.note.text, _LOG.note.signatures)
    (found,) = note.signed_by([WITNESS.key])
    assert found[1] == note.signatures[-1] == _RIGHT, "nobody else can make one"
    note.check([LOG.key])
