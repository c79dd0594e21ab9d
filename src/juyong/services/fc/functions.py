"""Functions and their code, as calls of both versions make, change and delete them."""

from collections.abc import Mapping
from typing import Any

from juyong.api.context import Context
from juyong.base.ids import new_token
from juyong.base.secret import Secret
from juyong.services.fc.environment import sealed_environment
from juyong.services.fc.errors import FunctionExists
from juyong.services.fc.fields import InputCode
from juyong.services.fc.packages import checked_code
from juyong.services.fc.resources import FUNCTION, add, key_of
from juyong.services.fc.tables import CodeRow, FunctionRow
from juyong.store.transaction import Transaction


def add_function(
    ctx: Context,
    service_name: str,
    function_name: str,
    code: InputCode,
    environment: Mapping[str, Secret] | None,
    *,
    claimed: str | None = None,
    **settings: Any,
) -> FunctionRow:
    """Store a new function and its code.

    Raises:
        FunctionExists: the name is taken.
        TooMany: the quota `fc.functions` of the account's region, or of its service, is used up.
        BadCode, BadArgument: its code, or its variables, are refused.
    """
    checked = checked_code(ctx, code, claimed)
    row = FunctionRow(
        account_id=ctx.account_id,
        region=ctx.region,
        service_name=service_name,
        function_name=function_name,
        function_id=new_token(18),
        code_size=len(checked.package),
        code_checksum=checked.checksum,
        created_at=ctx.now,
        modified_at=ctx.now,
        environment=sealed_environment(environment or {}),
        **settings,
    )
    most, taken = ctx.quota("fc.functions"), FunctionExists(name=function_name)
    add(ctx, FUNCTION, row, most=most, what="functions", taken=taken)
    ctx.tx.insert(CodeRow(**key_of(row)._asdict(), package=checked.package))
    return row


def change_function(
    ctx: Context,
    row: FunctionRow,
    code: InputCode | None,
    environment: Mapping[str, Secret] | None,
    *,
    claimed: str | None = None,
    **settings: Any,
) -> FunctionRow:
    """Store the given settings of a function; None leaves a setting as it is.

    Raises:
        BadCode, BadArgument: its code, or its variables, are refused.
    """
    if code is not None:
        checked = checked_code(ctx, code, claimed)
        settings |= {"code_size": len(checked.package), "code_checksum": checked.checksum}
        held = ctx.tx.get(CodeRow, *key_of(row))
        if held is not None:
            ctx.tx.update(held, package=checked.package)
    sealed = None if environment is None else sealed_environment(environment)
    return FUNCTION.change(ctx, row, modified_at=ctx.now, environment=sealed, **settings)


def remove_function(ctx: Context, row: FunctionRow) -> None:
    """Delete a function and its code."""
    held = ctx.tx.get(CodeRow, *key_of(row))
    if held is not None:
        ctx.tx.delete(held)
    FUNCTION.remove(ctx, row)


def code_of(tx: Transaction, row: FunctionRow) -> bytes:
    """Return the package of a function."""
    held = tx.get(CodeRow, *key_of(row))
    return held.package if held is not None else b""
