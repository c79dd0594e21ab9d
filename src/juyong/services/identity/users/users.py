"""Users."""

from collections.abc import Mapping
from typing import Annotated

from juyong.api.context import Context
from juyong.api.resource import Links, Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate
from juyong.base.clock import iso_or_empty
from juyong.base.ids import AccountId, new_user_id
from juyong.services.identity.errors import full, missing, taken
from juyong.services.identity.policies.policies import policy_links
from juyong.services.identity.tagging import RULES
from juyong.services.identity.users.groups import GROUP
from juyong.services.identity.users.tables import MembershipRow, UserRow
from juyong.store.inventory import GLOBAL, Ref
from juyong.store.tally import one_more
from juyong.store.transaction import Transaction

LastLogin = Annotated[str, Of("last_login_at", iso_or_empty)]
"""Empty for a user that never signed in."""


NoUser = missing("EntityNotExist.User", "user")
UserExists = taken("EntityAlreadyExists.User", "user")
TooManyUsers = full("LimitExceeded.User", "users", "ram.users")


class UserState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a user."""

    user_id: str
    user_name: str
    display_name: str
    mobile_phone: str
    email: str
    comments: str
    provision_type: str
    create_date: CreateDate
    update_date: UpdateDate


def _groups(tx: Transaction, row: UserRow) -> list[Ref]:
    held = tx.find(MembershipRow, user_id=row.user_id)
    return [GROUP.ref_of(row.account_id, GLOBAL, each.group_id) for each in held]


USER: Resource[UserRow] = Resource(
    kind="ACS::RAM::User",
    row=UserRow,
    id="user_id",
    name="user_name",
    arn="ram:user/",
    find=lambda ctx, name: ctx.tx.find_one(UserRow, account_id=ctx.account_id, user_name=name),
    missing=NoUser,
    taken=UserExists,
    state=UserState,
    tags=RULES,
    links=(Links("member-of", _groups, at_once=False), policy_links("user", "user_id")),
)
"""The quota is counted by a tally, see add_user."""


def user_named(tx: Transaction, account_id: AccountId, user_name: str) -> UserRow:
    """Return a user by name.

    Raises:
        NoUser: there is none.
    """
    row = tx.find_one(UserRow, account_id=account_id, user_name=user_name)
    if row is None:
        raise NoUser
    return row


def add_user(ctx: Context, tags: Mapping[str, str] | None = None, **columns: object) -> UserRow:
    """Store a new user; see Resource.create.

    Args:
        tags: Its tags, checked.
        **columns: Of the row; a user that comes back from the recycle bin has its id.

    Raises:
        UserExists: the name is taken.
        TooManyUsers: the quota is full.
        BadTag, TooManyTags: the tags are refused.
    """
    most = ctx.quota("ram.users")
    if not one_more(ctx.tx, UserRow, ctx.account_id, "ram.users", most=most):
        raise TooManyUsers
    return USER.create(ctx, tags, **{"user_id": new_user_id(), **columns})
