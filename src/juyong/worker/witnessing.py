"""Have a witness cosign the newest checkpoint of the ledger.

Events become leaves whatever the witness says: a witness that is away, or refuses, holds nothing
up. A refusal is told at each try, since only a person can decide what it means.

Source: C2SP tlog-witness (documented).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.ledger.stored import checkpoints_in, frontier_of, log_of, tiles_of
from juyong.engines.ledger import (
    Checkpoint,
    Key,
    LedgerError,
    Note,
    Request,
    prove_consistency,
    read_cosignature,
    read_size,
)
from juyong.engines.ledger.witness import (
    CONFLICT,
    COSIGNED,
    FORBIDDEN,
    INCONSISTENT,
    UNKNOWN_LOG,
)
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction
from juyong.worker.figures import Figures, WitnessState

WITNESS_SECONDS = 10.0
_TRIES = 3
"""Requests of one round: other servers of the database ask the same witness."""


class Answered(NamedTuple):
    """The answer of a witness: status of HTTP, and the body."""

    status: int
    body: bytes


class Cosigner(Protocol):
    """A witness, as a log asks it."""

    key: Key

    def add(self, body: bytes) -> Answered:
        """Ask to cosign; raises OSError."""
        ...


class Keeper(Protocol):
    """Keeps the newest cosigned checkpoint, where the database's writers cannot reach it."""

    def cosigned(self) -> bytes | None:
        """Return the signed note that a witness cosigned last, if any."""
        ...

    def keep_cosigned(self, note: bytes) -> None:
        """Keep a newer one."""
        ...


class WitnessRefuses(Exception):
    """The witness does not cosign the log as it is; the text says what that means."""

    state: WitnessState = "refused"


class LogUnknown(WitnessRefuses):
    """The witness does not know the log, or knows another key for it."""

    state: WitnessState = "unknown"


class NotWitnessed(Exception):
    """The answer was no answer; there is one another time."""


@dataclass(frozen=True, slots=True)
class Witnessing:
    """Asks a witness under the key of the ledger.

    keys: Those of the home, by purpose.
    figures: Hears how it goes.
    """

    store: Executor
    keys: Mapping[str, bytes]
    keeper: Keeper
    witness: Cosigner
    figures: Figures

    def round(self) -> None:
        """Have the newest checkpoint cosigned, if there is a newer one than was cosigned last.

        Raises:
            WitnessRefuses: the log is not what the witness saw, or not known there.
            OSError, NotWitnessed, LedgerError: no answer, or none that counts.
            LogDamaged: the log does not hold, so that nothing is sent.
        """
        state: WitnessState = "behind"
        try:
            self._round(LogSigner(self.keys[PURPOSE]).public)
            state = "cosigned"
        except WitnessRefuses as refusal:
            state = refusal.state
            raise
        finally:
            self.figures.witness = state

    def _round(self, public: bytes) -> None:
        head = self.store.look(partial(_head, public=public))
        if head is None:
            return
        known = self._known(public)
        old = 0
        if known is not None and known.origin == head.checkpoint.origin:
            if known == head.checkpoint:
                self.figures.cosigned_leaves = self.figures.leaves = known.size
                return
            old = min(known.size, head.checkpoint.size)
        self._ask(public, old)

    def _ask(self, public: bytes, old: int) -> None:
        for _ in range(_TRIES):
            # Seen anew each time: whatever a witness knows was committed before it was sent.
            request = self.store.look(partial(_request, public=public, old_size=old))
            self.figures.leaves = request.checkpoint.size
            answer = self.witness.add(request.encode())
            if answer.status == COSIGNED:
                note = read_cosignature(request.note, answer.body, self.witness.key)
                self.keeper.keep_cosigned(note.encode())
                self.figures.cosigned_leaves = request.checkpoint.size
                return
            if answer.status != CONFLICT:
                raise _refusal(answer.status, request.checkpoint)
            cosigned = read_size(answer.body)
            if cosigned == old:
                raise _refusal(INCONSISTENT, request.checkpoint)
            old = cosigned
        raise NotWitnessed("the witness names another size each time")

    def _known(self, public: bytes) -> Checkpoint | None:
        """Return the checkpoint that this witness cosigned last, as the home has it."""
        data = self.keeper.cosigned()
        if data is None:
            return None
        try:
            note = Note.parse(data)
            note.check((self.witness.key,))
        except LedgerError:
            # Another witness's, or damaged: the witness tells what it knows.
            return None
        found = checkpoints_in([data], public)
        return found[0] if found else None


class _Head(NamedTuple):
    note: Note
    checkpoint: Checkpoint


def _head(tx: Transaction, public: bytes) -> _Head | None:
    """Return the newest checkpoint, proven by its signature and the edge of the tree."""
    row = log_of(tx)
    if row is None:
        return None
    frontier_of(row, public)
    note = Note.parse(row.checkpoint.encode())
    return _Head(note, Checkpoint.parse(note.text))


def _request(tx: Transaction, public: bytes, old_size: int) -> Request:
    """Return the request to cosign the newest checkpoint.

    Raises:
        WitnessRefuses: the witness knows a longer log.
        LedgerError: there is no log any more, or its tiles do not hold.
    """
    head = _head(tx, public)
    if head is None:
        raise NotWitnessed("the log is gone")
    checkpoint = head.checkpoint
    if old_size > checkpoint.size:
        raise WitnessRefuses(
            f"the witness cosigned {old_size} leaves of `{checkpoint.origin}`, and the log has "
            f"{checkpoint.size}: it was cut off"
        )
    proof = prove_consistency(tiles_of(tx), old_size, checkpoint.size)
    return Request(old_size, tuple(proof), head.note, checkpoint)


def _refusal(status: int, checkpoint: Checkpoint) -> Exception:
    origin = checkpoint.origin
    if status == INCONSISTENT:
        return WitnessRefuses(
            f"the witness cosigned another history of `{origin}`: a fork, see `juyong audit verify`"
        )
    if status in (UNKNOWN_LOG, FORBIDDEN):
        # Some witnesses answer to a log that they do not know as they do to another key.
        but = "" if status == UNKNOWN_LOG else ", or knows another key for it"
        return LogUnknown(
            f"the witness does not know `{origin}`{but}: its operator needs what "
            "`juyong audit key` prints, after a reset or restore as well"
        )
    return NotWitnessed(f"the witness answers with status {status}")
