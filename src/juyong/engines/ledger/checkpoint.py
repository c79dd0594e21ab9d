"""Checkpoints: what a log says of itself at a moment, signed.

Source: C2SP tlog-checkpoint (documented).
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, Self

import msgspec

from juyong.engines.ledger.errors import Malformed, NotSigned
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.engines.ledger.note import COSIGNING, Key, Note, from_base64, to_base64
from juyong.engines.ledger.tiles import LARGEST_SIZE

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3
_UNPRINTED = re.compile(r"[\x00-\x1f\ud800-\udfff]")


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a log.

    origin: The log's name, such as `example.com/log`. size: How many leaves the log has.
    root: Of the tree of these leaves. extensions: Further lines, without meaning here.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint, which ends with a newline.

        Raises:
            Malformed: the text is no checkpoint's.
        """
        origin, *rest = text.split("\n")
        if len(rest) < _LINES:
            raise Malformed("a checkpoint has three lines or more")
        size, root, *extensions = rest[:-1]
        made = cls(
            origin=origin,
            size=read_number(size),
            root=read_hash(root),
            extensions=tuple(extensions),
        )
        if made.text != text:
            raise Malformed("a checkpoint has another form")
        return made

    @property
    def text(self) -> str:
        """The text to sign.

        Raises:
            Malformed: a line would be empty or no line, the size or the root none.
        """
        if not 0 <= self.size <= LARGEST_SIZE or len(self.root) != HASH_BYTES:
            raise Malformed("a checkpoint has a size and a root")
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        if not all(lines) or any(_UNPRINTED.search(line) for line in lines):
            raise Malformed("a line of a checkpoint is empty or no line")
        return "".join([f"{line}\n" for line in lines])

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text; the first leaf of a log that follows this one holds it."""
        return sha256(self.text.encode()).digest()


class Opened(NamedTuple):
    """A checkpoint that was found to be signed.

    note: With all signatures, known or not. cosigned: The witnesses that signed, and when, in
        seconds since 1970 UTC.
    """

    checkpoint: Checkpoint
    note: Note
    cosigned: Mapping[Key, int]


def open_checkpoint(
    note: Note | bytes,
    origin: str,
    keys: Sequence[Key],
    *,
    witnesses: Sequence[Key] = (),
    quorum: int = 0,
) -> Opened:
    """Check that a checkpoint is one of a log, and that enough witnesses signed it.

    Args:
        note: The signed checkpoint.
        origin: The log's name.
        keys: The log's keys; one must have signed.
        witnesses: The keys of witnesses that are trusted.
        quorum: How many of them must have signed.

    Raises:
        Malformed: the bytes are no signed checkpoint, or a witness's key is of another sort.
        NotSigned: the log is another, none of its keys signed, or too few witnesses did.
        BadSignature: a signature in the name of a known key is not that key's.
    """
    note = note if isinstance(note, Note) else Note.parse(note)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise NotSigned("the checkpoint is of another log")
    note.check(keys)
    if any(key.sort != COSIGNING for key in witnesses):
        raise Malformed("a witness's key is of the sort that signs with its time")
    cosigned = {key: each.at_seconds for key, each in note.signed_by(witnesses)}
    # SECURITY: one key under several names is one witness.
    signed = len({key.public for key in cosigned})
    if signed < quorum:
        raise NotSigned(f"{signed} witnesses signed, not {quorum}")
    return Opened(checkpoint, note, cosigned)


def read_number(text: str) -> int:
    """Read a decimal number, 0 to 2**63 - 1, without leading zeroes.

    Raises:
        Malformed: the text is none.
    """
    number = int(text) if _NUMBER.fullmatch(text) else -1
    if not 0 <= number <= LARGEST_SIZE:
        raise Malformed("this is no number of leaves")
    return number


def read_hash(text: str) -> bytes:
    """Read a hash in Base64.

    Raises:
        Malformed: the text is none.
    """
    data = from_base64(text)
    if len(data) != HASH_BYTES:
        raise Malformed("a hash is 32 bytes long")
    return data
