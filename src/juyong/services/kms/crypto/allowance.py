"""The bound on messages under one key version, kept without a write for each.

With random 96-bit nonces a key should seal at most 2³² messages (NIST SP 800-38D, 8.3). A process
claims a block of 2²⁰ in the transaction that first needs it, and uses the block without asking once
another transaction has seen the claim, and so that it was committed; a process that dies wastes the
rest of its block.
"""

import threading
from collections import OrderedDict
from weakref import WeakSet

import msgspec

from juyong.api.context import Context
from juyong.base.ids import new_token
from juyong.services.kms.errors import LimitExceeded
from juyong.services.kms.keys.tables import SealedMessagesRow
from juyong.store.errors import Conflict, Duplicate
from juyong.store.transaction import Transaction

MOST = 2**32
BLOCK = 2**20
_KEPT = 100_000


class _Block(msgspec.Struct):
    """Messages that may still be sealed; `sure` once the claim was seen committed."""

    end: int
    left: int
    sure: bool = False


class Allowance:
    """The messages that this process may seal under each key version without asking the store."""

    def __init__(self) -> None:
        self._claimant = new_token(12)
        self._blocks: OrderedDict[str, _Block] = OrderedDict()
        self._claiming: WeakSet[Transaction] = WeakSet()
        self._lock = threading.Lock()

    def spend(self, ctx: Context, version_id: str) -> None:
        """Count one message about to be sealed.

        Raises LimitExceeded (the version has sealed as many as it may; a new version helps).

        PERF: two dictionary look-ups in all calls but a few.
        """
        with self._lock:
            block = self._blocks.get(version_id)
            if block is not None and block.sure and block.left > 0:
                block.left -= 1
                return
        self._ask(ctx, version_id, block)

    def forget(self) -> None:
        """Drop every block, as a process that ends does."""
        with self._lock:
            self._blocks.clear()

    def _ask(self, ctx: Context, version_id: str, block: _Block | None) -> None:
        row = ctx.tx.get(SealedMessagesRow, version_id)
        if block is not None and not block.sure and self._is_mine(row, block):
            with self._lock:
                # The calls of one batch share a transaction, whose own claims may yet be undone.
                block.sure = block.sure or ctx.tx not in self._claiming
                if block.left > 0:
                    block.left -= 1
                    return
        end = self._claim(ctx, version_id, row)
        with self._lock:
            self._claiming.add(ctx.tx)
            known = self._blocks.get(version_id)
            if known is None or known.sure or known.end != end:
                # The message at hand is the first of the block.
                size = end - (row.claimed if row else 0)
                self._blocks[version_id] = _Block(end, size - 1)
                if len(self._blocks) > _KEPT:
                    self._blocks.popitem(last=False)

    def _is_mine(self, row: SealedMessagesRow | None, block: _Block) -> bool:
        """Say whether the store's last claim, as the transaction sees it, is the block's.

        If another process has claimed a block since, the block is given up: its claim may have been
        rolled back.
        """
        return row is not None and (row.claimed, row.claimant) == (block.end, self._claimant)

    def _claim(self, ctx: Context, version_id: str, row: SealedMessagesRow | None) -> int:
        claimed = row.claimed if row else 0
        end = min(claimed + BLOCK, ctx.quota("kms.messages-per-key-version"), MOST)
        if end <= claimed:
            raise LimitExceeded
        if row is not None:
            ctx.tx.update(row, claimed=end, claimant=self._claimant)
            return end
        made = SealedMessagesRow(version_id=version_id, claimed=end, claimant=self._claimant)
        try:
            ctx.tx.insert(made)
        except Duplicate as clash:
            raise Conflict("kms_sealed_messages") from clash
        return end


ALLOWANCE = Allowance()
"""The allowance of this process."""
