"""The hand that writes objects: a call, or a job."""

from typing import Protocol

from juyong.base.clock import Instant
from juyong.store.transaction import Transaction


class Hand(Protocol):
    """A call or a job that writes objects."""

    @property
    def tx(self) -> Transaction:
        """The transaction that is open."""
        ...

    @property
    def now(self) -> Instant:
        """The time."""
        ...
