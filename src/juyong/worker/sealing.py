"""Seal the settled events of the audit log in blocks, and remember the head outside."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from juyong.base.clock import Clock, Instant
from juyong.services.actiontrail.facade import Sealed, SealHead, holds, seal_events
from juyong.store.transaction import Transaction

TRANSACTIONS_A_ROUND = 64
"""Of four blocks each: a quarter of a million events."""


class Anchor(Protocol):
    """Remembers the head of the audit chain where the database's writers cannot reach it."""

    def remembered(self) -> SealHead | None:
        """Return the head remembered, if any."""
        ...

    def remember(self, head: SealHead | None) -> None:
        """Remember a newer head."""
        ...


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals under the audit key.

    settle: Brings what reads have left into the log: a block covers the reads of its time as well.
    anchor: Where the head of the chain goes, if anywhere.
    tell: Hears that the log no longer holds its newest known block. Sealing goes on, and the head
        stays for a person to see: remembering a newer one would hide the loss.
    """

    call: Callable[[Callable[[Transaction], Any]], Any]
    settle: Callable[[], None]
    key: Callable[[], bytes]
    clock: Clock
    anchor: Anchor | None
    tell: Callable[[str], None]

    def round(self) -> bool:
        """Seal for one round; True when settled events are left for the next."""
        for _ in range(TRANSACTIONS_A_ROUND):
            known = self.anchor.remembered() if self.anchor else None
            now = self.clock()
            self.settle()
            sealed, whole = self.call(partial(self._seal, now, known))
            if not whole:
                self.tell("the audit log no longer holds its newest known block")
            elif self.anchor is not None and sealed.head is not None:
                self.anchor.remember(sealed.head)
            if not sealed.more:
                return False
        return True

    def _seal(self, now: Instant, known: SealHead | None, tx: Transaction) -> tuple[Sealed, bool]:
        whole = known is None or holds(tx, known)
        return seal_events(tx, self.key(), now), whole
