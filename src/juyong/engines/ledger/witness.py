"""Decide as a witness: is a log's new checkpoint consistent with the one that was cosigned last?

The caller holds what was cosigned last of each log, and writes the new state, if nothing changed
in between, before it answers with a cosignature.

Source: C2SP tlog-witness, add-checkpoint (documented).
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

from juyong.engines.ledger.checkpoint import Checkpoint, read_hash, read_number
from juyong.engines.ledger.errors import BadProof, BadSignature, Malformed, NotSigned
from juyong.engines.ledger.hashing import EMPTY_ROOT
from juyong.engines.ledger.note import MOST_NOTE_BYTES, Key, Note, to_base64
from juyong.engines.ledger.proofs import MOST_HASHES, check_consistency

MOST_REQUEST_BYTES = MOST_NOTE_BYTES + 4096
"""No request is longer; who reads one from a network reads no further."""
COSIGNED, BAD_REQUEST, FORBIDDEN, UNKNOWN_LOG, CONFLICT, INCONSISTENT = 200, 400, 403, 404, 409, 422
MOST_ANSWER_BYTES = 16 * 1024
"""No answer is longer; who asks a witness reads no further."""
SIZE_TYPE = "text/x.tlog.size"
"""The media type of an answer with CONFLICT."""
_OLD = "old "


class Request(NamedTuple):
    """A request to cosign.

    old_size: Of the checkpoint that the log believes was cosigned last. proof: Of consistency.
    note: The new checkpoint as it is signed.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body of a request.

        Raises:
            Malformed: the body is none; answer BAD_REQUEST.
        """
        head, gap, signed = body.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        if not gap or not lines[0].startswith(_OLD) or len(lines) > 1 + MOST_HASHES:
            raise Malformed("a request begins with the old size and a proof")
        note = Note.parse(signed)
        return cls(
            read_number(lines[0].removeprefix(_OLD)),
            tuple(map(read_hash, lines[1:])),
            note,
            Checkpoint.parse(note.text),
        )

    def encode(self) -> bytes:
        """Return the body of the request, as a log sends it."""
        lines = [f"{_OLD}{self.old_size}\n", *(f"{to_base64(each)}\n" for each in self.proof), "\n"]
        return "".join(lines).encode() + self.note.encode()


class Seen(NamedTuple):
    """The tree that was cosigned last of a log."""

    size: int
    root: bytes


class Verdict(NamedTuple):
    """The answer to a request.

    status: Of HTTP; with COSIGNED, the body is the line of a cosignature of the note's text.
    seen: With COSIGNED, what to keep of the log before that answer; else what was known.
    reason: The body of other answers; with CONFLICT the size that was cosigned last.
    is_fork: The log signed a checkpoint that does not go on from the one that was cosigned, or the
        proof is wrong.
    """

    status: int
    seen: Seen | None
    reason: str = ""
    is_fork: bool = False


def judge(request: Request, keys: Sequence[Key], seen: Seen | None) -> Verdict:
    """Decide whether to cosign.

    Args:
        request: The request.
        keys: The keys that are trusted for the checkpoint's origin; none where the log is unknown.
        seen: What was cosigned last of that origin; None before the first time.
    """
    checkpoint = request.checkpoint
    if not keys:
        return Verdict(UNKNOWN_LOG, seen, "this log is not known\n")
    try:
        request.note.check(keys)
    except (BadSignature, NotSigned) as error:
        return Verdict(FORBIDDEN, seen, f"{error}\n")
    if request.old_size > checkpoint.size:
        return Verdict(BAD_REQUEST, seen, "the old size is larger than the new\n")
    return _compared(request, seen)


def _compared(request: Request, seen: Seen | None) -> Verdict:
    """Decide about a request that the log signed."""
    checkpoint, last = request.checkpoint, seen or Seen(0, EMPTY_ROOT)
    if request.old_size != last.size:
        return Verdict(CONFLICT, seen, f"{last.size}\n")
    if seen is not None and checkpoint.size == last.size and checkpoint.root != last.root:
        return Verdict(CONFLICT, seen, f"{last.size}\n", is_fork=True)
    try:
        check_consistency(last.size, last.root, checkpoint.size, checkpoint.root, request.proof)
    except BadProof as error:
        return Verdict(INCONSISTENT, seen, f"{error}\n", is_fork=seen is not None)
    return Verdict(COSIGNED, Seen(checkpoint.size, checkpoint.root))


def read_cosignature(note: Note, answer: bytes, witness: Key) -> Note:
    """Read the body of an answer with COSIGNED.

    Args:
        note: The note that was sent.
        answer: Lines of signatures; those of unknown keys are passed over.
        witness: The key of the witness; its sort is COSIGNING.

    Returns:
        The note with the cosignature as its last signature.

    Raises:
        Malformed: the body is none.
        BadSignature, NotSigned: the witness did not cosign the note.
    """
    if len(answer) > MOST_ANSWER_BYTES:
        raise Malformed("an answer of a witness is shorter")
    text, count = note.text, len(note.signatures)
    found = Note.parse(note.encode() + answer)
    if found.text != text:
        raise Malformed("an answer of a witness has lines of signatures alone")
    added = Note(text, found.signatures[count:]).signed_by((witness,))
    if not added:
        raise NotSigned("the witness did not cosign")
    return Note(text, (*note.signatures, added[0][1]))


def read_size(answer: bytes) -> int:
    """Read the body of an answer with CONFLICT: the size that was cosigned last.

    Raises:
        Malformed: the body is none.
    """
    line, end, rest = answer[:MOST_ANSWER_BYTES].decode("ascii", "replace").partition("\n")
    if not end or rest:
        raise Malformed("an answer of a witness is a size and a newline")
    return read_number(line)
