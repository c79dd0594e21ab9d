"""The values that the stages of a call pass on; a stage accepts nothing else.

PERF: structs, since a frozen dataclass sets its fields one by one through Python.
"""

import time
from typing import Any

import msgspec

from juyong.api.caller import Caller
from juyong.api.context import Arguments, Context
from juyong.api.operation_spec import Operation
from juyong.api.product import Product
from juyong.api.request import Raw
from juyong.api.wire import Envelope
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId


class Seen(msgspec.Struct):
    """The facts of one request that a product which sees its requests is told.

    begun: On the monotonic clock. caller: Once there is proof who it is.
    """

    begun: float = msgspec.field(default_factory=time.monotonic)
    caller: Caller | None = None


class Met(msgspec.Struct):
    """The facts that a call's attempts find out.

    account_id: Of the caller, once the caller is known; empty before. left: The data events of a
    read, which the read itself cannot store.
    """

    account_id: AccountId | str = ""
    left: list[Any] = msgspec.field(default_factory=list)


class Routed(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The operation is known; no claim of the caller is verified yet.

    seen: Only where the product sees its requests.
    """

    raw: Raw
    envelope: Envelope
    operation: Operation
    region: str
    request_id: RequestId
    now: Instant
    seen: Seen | None = None
    met: Met = msgspec.field(default_factory=Met)

    @property
    def product(self) -> Product:
        """The product called."""
        return self.operation.product


class Authenticated(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The caller proved who it is (or the operation verifies a proof of its own)."""

    routed: Routed
    caller: Caller

    @property
    def account_id(self) -> AccountId:
        """The caller's account."""
        return self.caller.account_id


class Decoded(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The parameters have the types of the operation's signature."""

    authenticated: Authenticated
    arguments: Arguments
    context: Context


class Permitted(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Policies allow the call. Only gateway.authorise makes one, and execute takes only this."""

    decoded: Decoded
