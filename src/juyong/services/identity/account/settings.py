"""Settings of which an account has one row; the defaults hold while it never set any."""

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec.structs import asdict

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import InternalError
from juyong.api.naming import wire_name
from juyong.api.resource import Resource, Target
from juyong.api.shape import Shape, settable
from juyong.base.ids import AccountId
from juyong.services.identity.account.tables import PasswordPolicyRow, SecurityPreferenceRow
from juyong.services.identity.providers.tables import SsoSettingsRow
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

T = TypeVar("T")
S = TypeVar("S", PasswordPolicyRow, SecurityPreferenceRow, SsoSettingsRow)


def _columns(_tx: Transaction, row: Any) -> dict[str, object]:
    hidden = ("account_id", "version")
    return {wire_name(name): value for name, value in asdict(row).items() if name not in hidden}


def own_row(ctx: Context, row_type: type[T], account_id: str) -> T | None:
    """Return the row of an account, which must be the caller's."""
    return ctx.tx.get(row_type, account_id) if account_id == ctx.account_id else None


def setting(kind: str, row_type: type[S]) -> Resource[S]:
    """Declare a setting; the inventory keeps all of its columns."""
    return Resource(
        kind=f"ACS::RAM::{kind}",
        row=row_type,
        id="account_id",
        name="account_id",
        arn=f"ram:{kind.lower()}/",
        find=lambda ctx, account_id: own_row(ctx, row_type, account_id),
        missing=InternalError,
        state=_columns,
    )


SSO_SETTINGS = setting("UserSsoSettings", SsoSettingsRow)
"""How the account's users sign in through an identity provider of their own."""


def changes_of(resource: Resource[S], shape: type[Shape]) -> Target[Mapping[str, object]]:
    """Take changes to a setting by the fields of the shape that shows it, each of them optional.

    The operation gets each column's new value, None for a column that stays as it is.
    """
    fields = [each for each in settable(shape) if hasattr(resource.row, each[2])]
    return Target(
        parameters={name: hint | None for name, hint, _ in fields},
        arn=acs("ram", "*"),
        find=lambda _ctx, arguments: {column: arguments[name] for name, _, column in fields},
        errors=(),
    )


def setting_of(tx: Transaction, row_type: type[S], account_id: AccountId) -> S:
    """Return an account's setting; the defaults if it never set any."""
    return tx.get(row_type, account_id) or row_type(account_id=account_id)


def change_setting(ctx: Context, resource: Resource[S], changes: Mapping[str, object]) -> S:
    """Store changes to a setting: each column's new value, None for a column that stays."""
    row_type = resource.row
    row = ctx.tx.get(row_type, ctx.account_id)
    if row is None:
        row = row_type(account_id=ctx.account_id)
        try:
            ctx.tx.insert(row)
            resource.note(ctx.tx, ctx.journal, "created", row)
        except Duplicate:
            # Another call stored the first settings just now; these changes are added to them.
            row = setting_of(ctx.tx, row_type, ctx.account_id)
    return resource.change(ctx, row, **changes)
