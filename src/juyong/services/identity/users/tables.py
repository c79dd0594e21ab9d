"""Users and their groups."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, GroupId, UserId
from juyong.store.table import table


@table("ram_user", key=("user_id",), unique=(("account_id", "user_name"),), decides="changed")
class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """One RAM user; names may change, the id never does."""

    user_id: UserId
    account_id: AccountId
    user_name: str
    display_name: str = ""
    mobile_phone: str = ""
    email: str = ""
    comments: str = ""
    provision_type: str = "Manual"
    created_at: Instant
    updated_at: Instant
    last_login_at: Instant | None = None
    version: int = 0


@table("ram_group", key=("group_id",), unique=(("account_id", "group_name"),))
class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group of users; no principal itself."""

    group_id: GroupId
    account_id: AccountId
    group_name: str
    display_name: str = ""
    comments: str = ""
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ram_membership", key=("group_id", "user_id"), index=(("user_id",),), decides="always")
class MembershipRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user's place in a group."""

    account_id: AccountId
    group_id: GroupId
    user_id: UserId
    joined_at: Instant


@table("ims_recycled_user", key=("user_id",), index=(("account_id", "user_name"),))
class RecycledUserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted user, to be restored under its old id until delete_at."""

    user_id: UserId
    account_id: AccountId
    user_name: str
    display_name: str
    mobile_phone: str
    email: str
    comments: str
    provision_type: str
    tags: str
    """A JSON object of its tags."""
    created_at: Instant
    last_login_at: Instant | None
    recycled_at: Instant
    delete_at: Instant
