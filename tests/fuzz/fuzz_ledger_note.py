"""Signed notes, checkpoints and verifier keys: one form each, and nothing unsigned is opened."""

from tests.ledger_logs import LOG, ORIGIN, WITNESS, Log, events, signed

from juyong.engines.ledger import (
    Checkpoint,
    Key,
    LedgerError,
    Note,
    cosign,
    open_checkpoint,
)

_HEAD = Log(events(3)).checkpoint
_NOTE = signed(_HEAD)
_COSIGNED = _NOTE._replace(
    signatures=(*_NOTE.signatures, cosign(_HEAD.text, WITNESS.key, WITNESS.sign, 1))
)
SEEDS: list[bytes] = [
    _NOTE.encode(),
    _COSIGNED.encode(),
    _HEAD.text.encode(),
    f"{_HEAD.text}an extension\n".encode(),
    LOG.key.text.encode(),
    WITNESS.key.text.encode(),
    "a\n\nb\n\n— n YWJjZGU=\n".encode(),
    b"o\n0\n" + b"A" * 43 + b"=\n",
    b"",
]


def target(data: bytes) -> None:
    """Read the bytes as each of them."""
    _check_note(data)
    text = data.decode(errors="replace")
    for parse in (Checkpoint.parse, Key.parse):
        try:
            found = parse(text)
        except LedgerError:
            continue
        assert found.text == text


def _check_note(data: bytes) -> None:
    try:
        note = Note.parse(data)
    except LedgerError:
        return
    assert note.encode() == data
    try:
        opened = open_checkpoint(note, ORIGIN, [LOG.key], witnesses=[WITNESS.key])
    except LedgerError:
        return
    assert opened.checkpoint == _HEAD
    assert opened.cosigned in ({}, {WITNESS.key: 1})
