"""Login profiles as they are stored, for all that touch them."""

from typing import Annotated

from juyong.api.resource import Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate
from juyong.base.clock import iso
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.errors import missing, taken
from juyong.services.identity.fields import Status
from juyong.services.identity.users.owners import owner_links
from juyong.store.transaction import Transaction

NoLoginProfile = missing(
    "EntityNotExist.User.LoginProfile", "user login profile", "The user has no console access."
)
LoginProfileExists = taken(
    "EntityAlreadyExists.User.LoginProfile",
    "user login profile",
    "The user has console access already.",
)


class LoginProfileState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a login profile; nothing of the password."""

    owner_id: str
    status: Status
    mfa_bind_required: bool
    password_reset_required: bool
    create_date: CreateDate
    update_date: UpdateDate
    password_change_date: Annotated[str, Of("password_changed_at", iso)]


LOGIN_PROFILE: Resource[LoginProfileRow] = Resource(
    kind="ACS::RAM::LoginProfile",
    row=LoginProfileRow,
    id="owner_id",
    name="owner_id",
    arn="ram:loginprofile/",
    find=lambda ctx, owner_id: ctx.tx.find_one(
        LoginProfileRow, owner_id=owner_id, account_id=ctx.account_id
    ),
    missing=NoLoginProfile,
    taken=LoginProfileExists,
    state=LoginProfileState,
    links=(owner_links("attached-to"),),
)


def profile_of(tx: Transaction, owner_id: str) -> LoginProfileRow:
    """Return the login profile of a user, or of root, by its owner's id.

    Raises:
        NoLoginProfile: there is none.
    """
    row = tx.get(LoginProfileRow, owner_id)
    if row is None:
        raise NoLoginProfile
    return row
