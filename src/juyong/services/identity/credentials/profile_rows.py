"""Login profiles as they are stored, for all that touch them."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.users.owners import Owner
from juyong.store.inventory import Change
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RAM::LoginProfile"


class NoLoginProfile(ApiError):
    """The user has no console access."""

    code, status = "EntityNotExist.User.LoginProfile", 404
    text = "The user login profile does not exist."


class LoginProfileState(Shape, frozen=True, kw_only=True):
    """What the inventory keeps of a login profile; nothing of the password."""

    user_name: str
    status: str
    mfa_bind_required: bool
    password_reset_required: bool
    create_date: str
    update_date: str
    password_change_date: str


def profile_of(tx: Transaction, owner_id: str) -> LoginProfileRow:
    """Return the login profile of a user, or of root, by its owner's id.

    Raises:
        NoLoginProfile: there is none.
    """
    row = tx.get(LoginProfileRow, owner_id)
    if row is None:
        raise NoLoginProfile
    return row


def login_status(row: LoginProfileRow) -> str:
    """Return `Active` or `Inactive`."""
    return "Active" if row.active else "Inactive"


def note_profile(ctx: Context, change: Change, owner: Owner, row: LoginProfileRow) -> None:
    """Keep a snapshot of a login profile."""
    state = LoginProfileState(
        user_name=owner.name,
        status=login_status(row),
        mfa_bind_required=row.mfa_bind_required,
        password_reset_required=row.password_reset_required,
        create_date=iso(row.created_at),
        update_date=iso(row.updated_at),
        password_change_date=iso(row.password_changed_at),
    )
    ctx.journal.record(change, RESOURCE, row.owner_id, owner.name, state)
