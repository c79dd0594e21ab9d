"""A DBAPI connection as transactions need it; sqlite.py and postgres.py each have one."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Parameters = Sequence[Any] | Mapping[str, Any]
"""By position for the statements of whole rows, by name for those that Core wrote."""


class Connection(Protocol):
    """A DBAPI connection as a transaction needs it; see sqlite.py and postgres.py."""

    @property
    def duplicate(self) -> type[Exception]:
        """The driver's unique-violation error."""
        ...

    @property
    def error_ends_transaction(self) -> bool:
        """Whether a failed statement leaves the transaction unusable (PostgreSQL)."""
        ...

    @property
    def in_transaction(self) -> bool:
        """Whether the transaction goes on: a database may end one when a statement fails."""
        ...

    def execute(self, sql: str, params: Parameters) -> Any:
        """Run one statement and return the driver's cursor."""
        ...

    def execute_many(self, sql: str, params: Sequence[Parameters]) -> object:
        """Run one statement for each of the parameter sets."""
        ...

    def await_turn(self) -> None:
        """Wait until every other transaction that called this has committed."""
        ...
