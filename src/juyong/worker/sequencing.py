"""Let settled events become leaves of the ledger, and remember its newest checkpoint outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

from juyong.audit.ledger.sequencing import Step, next_step, take
from juyong.audit.ledger.signing import PURPOSE, LogSigner, key_of
from juyong.audit.ledger.stored import checkpoints_in, continues, frontier_of, log_of
from juyong.audit.macs import PURPOSE as EVENTS
from juyong.audit.seals import SealHead, closing, forget_seals, seals_broken
from juyong.audit.tables import EventRow
from juyong.base.clock import Clock
from juyong.engines.ledger import Beginning
from juyong.store.errors import Duplicate, Stale
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction

STEPS_A_ROUND = 256
"""Of 1,024 events each: a quarter of a million events."""
CALM_SECONDS = 2.0
LOST = "the audit log does not go on from the checkpoint that this home remembers"


class Anchor(Protocol):
    """Remembers the newest checkpoint where the database's writers cannot reach it."""

    def remembered(self) -> bytes | None:
        """Return the signed note remembered, if any."""
        ...

    def remember(self, note: bytes, key: str) -> None:
        """Remember a newer note, and the verifier key of its log."""
        ...

    def seal_head(self) -> SealHead | None:
        """Return the block of seals that an earlier version remembered, if any."""
        ...


@dataclass(frozen=True, slots=True)
class Sequencing:
    """Sequences under the key of the ledger.

    keys: Those of the home, by purpose.
    anchor: Where the newest checkpoint goes, if anywhere.
    tell: Hears that the log does not go on from the checkpoint remembered. Sequencing does, and the
        checkpoint stays for a person to see: remembering a newer one would hide the loss.
    """

    store: Executor
    keys: Mapping[str, bytes]
    clock: Clock
    anchor: Anchor | None
    tell: Callable[[str], None]

    def round(self) -> bool:
        """Sequence for one round; True when settled events are left for the next.

        Raises:
            LogDamaged: the log cannot go on from what is stored.
        """
        up_to = self.store.settled(EventRow)
        signer = LogSigner(self.keys[PURPOSE])
        more = up_to is not None
        steps = 0
        while up_to is not None and more and steps < STEPS_A_ROUND:
            more = self._step(up_to, signer)
            steps += 1
        self._remember(signer)
        return more

    def _step(self, up_to: int, signer: LogSigner) -> bool:
        """Take one step; True when there may be another one."""
        step = self.store.look(partial(next_step, up_to=up_to, signer=signer, begin=self._begin))
        if step is None:
            return False
        try:
            self.store.call(partial(_take, step=step))
        except (Stale, Duplicate):
            # Another process took the same step a moment ago; its rounds go on.
            return False
        return step.after.last_seq < up_to

    def _begin(self, tx: Transaction) -> Beginning | None:
        head = self.anchor.seal_head() if self.anchor else None
        first = closing(tx, self.keys[EVENTS], head, self.clock())
        if first is not None and seals_broken(first):
            self.tell(first.reason)
        return first

    def _remember(self, signer: LogSigner) -> None:
        if self.anchor is None:
            return
        known = self.anchor.remembered()
        head = self.store.look(partial(_newest, known=known, public=signer.public))
        if head is None:
            self.tell(LOST)
        elif head.checkpoint and known != head.checkpoint:
            self.anchor.remember(head.checkpoint, head.key)


class _Head(NamedTuple):
    """The newest checkpoint, empty before the first, and the verifier key of its log."""

    checkpoint: bytes
    key: str


def _newest(tx: Transaction, known: bytes | None, public: bytes) -> _Head | None:
    """Return the head of the log; None where it does not go on from what is known."""
    row = log_of(tx)
    if known is not None:
        checkpoints = checkpoints_in([known], public)
        if not checkpoints or not continues(tx, checkpoints[0], public):
            return None
    if row is None:
        return _Head(b"", "")
    frontier_of(row, public)
    return _Head(row.checkpoint.encode(), key_of(row.origin, public).text)


def _take(tx: Transaction, step: Step) -> None:
    take(tx, step)
    if step.before is None:
        forget_seals(tx)
