"""Slow work an operation asks for while it runs: done outside the transaction, then asked again.

An operation calls `ctx.outside(key, work)` where it needs the result. The first time, the
transaction is rolled back, the work is done on a thread of its own, and the call runs again from
the start, in another transaction, with the result at hand. So the transaction that commits always
judges the state, and nothing slow happens inside a transaction.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import msgspec

from juyong.api.errors import ApiError

T = TypeVar("T")


class Outside(Exception):  # no error: the way out of a transaction
    """Carries the work out of the transaction; the pipeline does it and runs the call again."""

    def __init__(self, key: Hashable, work: Callable[[], Any]) -> None:
        super().__init__("work to do outside the transaction")
        self.key = key
        self.work = work

    def done(self) -> Any:
        """Do the work; an ApiError is a result, raised where the operation asked for it."""
        try:
            return self.work()
        except ApiError as refusal:
            return refusal


class Results(msgspec.Struct, eq=False):
    """The results of one call's outside work, by key; starts empty and survives its attempts."""

    _known: dict[Hashable, Any] = msgspec.field(default_factory=dict)

    def keep(self, key: Hashable, result: Any) -> None:
        """Remember a result for the next attempt."""
        self._known[key] = result

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the result of the work named by key, or raise Outside to have it done."""
        if key not in self._known:
            raise Outside(key, work)
        result: T = self._known[key]
        if isinstance(result, ApiError):
            raise result
        return result
