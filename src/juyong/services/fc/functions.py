"""The one store of functions, for both versions of the product.

A function of version 2023-03-30 has no service; it is kept under an empty service name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import msgspec

from juyong.api.context import Context
from juyong.api.listing import Next, Paging
from juyong.api.wrapping import Listing
from juyong.base.ids import AccountId, new_token
from juyong.base.secret import Secret
from juyong.services.fc.errors import BadArgument, FunctionExists, NoFunction, TooMany
from juyong.services.fc.packages import CheckedCode
from juyong.services.fc.tables import CodeRow, FunctionRow
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

R = TypeVar("R")

RESOURCE = "ACS::FC::Function"
NO_SERVICE = ""
_MOST_FUNCTIONS = 200
_MOST_ENVIRONMENT = 4096
_PAGING: Paging[Next] = Paging(lambda token: token, partial(BadArgument, name="nextToken"))
_environment = msgspec.json.Decoder(dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionKey:
    """Which function is meant."""

    account_id: AccountId
    region: str
    service_name: str
    function_name: str


def key_of(ctx: Context, function_name: str, service_name: str = NO_SERVICE) -> FunctionKey:
    """Name a function of the caller's account in the region called."""
    return FunctionKey(
        account_id=ctx.account_id,
        region=ctx.region,
        service_name=service_name,
        function_name=function_name,
    )


def function_named(tx: Transaction, key: FunctionKey) -> FunctionRow:
    """Return a function.

    Raises:
        NoFunction: there is none.
    """
    row = tx.get(FunctionRow, key.account_id, key.region, key.service_name, key.function_name)
    if row is None:
        raise NoFunction(name=key.function_name)
    return row


def add_function(ctx: Context, key: FunctionKey, code: CheckedCode, **settings: Any) -> FunctionRow:
    """Store a new function and its code.

    Raises:
        FunctionExists: the name is taken.
        TooMany: the quota `fc.functions` of the account's region, or of its service, is used up.
    """
    most = ctx.quota("fc.functions", _MOST_FUNCTIONS)
    held = ctx.tx.count(
        FunctionRow, account_id=key.account_id, region=key.region, service_name=key.service_name
    )
    if held >= most:
        raise TooMany(what="functions", most=str(most))
    row = FunctionRow(
        account_id=key.account_id,
        region=key.region,
        service_name=key.service_name,
        function_name=key.function_name,
        function_id=new_token(18),
        code_size=len(code.package),
        code_checksum=code.checksum,
        created_at=ctx.now,
        modified_at=ctx.now,
        **settings,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise FunctionExists(name=key.function_name) from None
    ctx.tx.insert(_code_row(key, code))
    return row


def change_function(
    ctx: Context, row: FunctionRow, code: CheckedCode | None, changes: Mapping[str, Any]
) -> FunctionRow:
    """Store what is given of a function; None leaves a setting as it is."""
    given = {name: value for name, value in changes.items() if value is not None}
    if code is not None:
        given |= {"code_size": len(code.package), "code_checksum": code.checksum}
        held = ctx.tx.get(CodeRow, row.account_id, row.region, row.service_name, row.function_name)
        if held is not None:
            ctx.tx.update(held, package=code.package)
    return ctx.tx.update(row, modified_at=ctx.now, **given)


def remove_function(tx: Transaction, row: FunctionRow) -> None:
    """Delete a function and its code."""
    held = tx.get(CodeRow, row.account_id, row.region, row.service_name, row.function_name)
    if held is not None:
        tx.delete(held)
    tx.delete(row)


def code_of(tx: Transaction, row: FunctionRow) -> bytes:
    """Return the package of a function."""
    held = tx.get(CodeRow, row.account_id, row.region, row.service_name, row.function_name)
    return held.package if held is not None else b""


def sealed_environment(given: Mapping[str, Secret] | None) -> Secret | None:
    """Turn variables into what is stored; None when none are given.

    Raises:
        BadArgument: a name is none, or all are longer than 4 KB together.
    """
    if given is None:
        return None
    plain = {name: value.reveal() for name, value in given.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in plain.items())
    if size > _MOST_ENVIRONMENT:
        raise BadArgument(name="environmentVariables")
    if not all(n and "=" not in n and not n[0].isdigit() and n.isprintable() for n in plain):
        raise BadArgument(name="environmentVariables")
    return Secret(msgspec.json.encode(plain).decode())


def environment_of(row: FunctionRow) -> dict[str, Secret]:
    """Return a function's variables."""
    plain = _environment.decode(row.environment.reveal())
    return {name: Secret(value) for name, value in plain.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of a listing is asked for; `start_key` is the least name, inclusive."""

    limit: int = 20
    prefix: str = ""
    start_key: str = ""
    next_token: str = ""

    def page_of(self, ctx: Context, row_type: type[R], name: str, **equal: str) -> Listing[R, Next]:
        """Read one page of the rows in the region called, in the order of the column `name`.

        Raises:
            BadArgument: the token is of another listing.
        """

        def listed(row: R) -> bool:
            text: str = getattr(row, name)
            return text.startswith(self.prefix) and text >= self.start_key

        return _PAGING.stored(
            ctx,
            row_type,
            name,
            token=self.next_token,
            limit=self.limit,
            keep=listed,
            region=ctx.region,
            **equal,
        )

    def functions(self, ctx: Context, service_name: str) -> Listing[FunctionRow, Next]:
        """Read one page of the functions of a service, or of none.

        Raises:
            BadArgument: the token is of another listing.
        """
        return self.page_of(ctx, FunctionRow, "function_name", service_name=service_name)


def _code_row(key: FunctionKey, code: CheckedCode) -> CodeRow:
    return CodeRow(
        account_id=key.account_id,
        region=key.region,
        service_name=key.service_name,
        function_name=key.function_name,
        package=code.package,
    )
