"""Members of groups."""

from typing import Annotated, Any, NamedTuple

from juyong.api.access import acs, each
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant, iso
from juyong.base.ids import GroupId, UserId
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.fields import GroupName
from juyong.services.identity.users.groups import BY_NAME as GROUP_BY_NAME
from juyong.services.identity.users.groups import GROUP, NoGroup
from juyong.services.identity.users.naming import BY_NAME, BY_PRINCIPAL, user_resource
from juyong.services.identity.users.tables import GroupRow, MembershipRow, UserRow
from juyong.services.identity.users.users import USER
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.errors import Duplicate
from juyong.store.late import sa, table_of

AlreadyInGroup = fact(
    "EntityAlreadyExists.User.Group",
    409,
    "The user has already joined the group.",
    why="The user is a member already.",
)
NotInGroup = fact(
    "EntityNotExist.User.Group",
    404,
    "The user has not joined the group.",
    why="The user is no member.",
)
TooManyGroupsOfUser = fact(
    "LimitExceeded.User.Group",
    409,
    "The count of groups the target user joined beyond the current limits.",
    why="The user is in as many groups as its quota `ram.groups-per-user` allows.",
)


JoinDate = Annotated[str, Of("joined_at", iso)]


class Joined(NamedTuple):
    """A group a user is in."""

    group_id: GroupId
    group_name: str
    display_name: str
    comments: str
    joined_at: Instant


class RamJoinedGroup(Shape, frozen=True, kw_only=True):
    """A group as RAM's ListGroupsForUser returns it."""

    group_id: str
    group_name: str
    comments: str
    join_date: JoinDate


class JoinedGroup(RamJoinedGroup, frozen=True, kw_only=True):
    """A group as IMS's ListGroupsForUser returns it."""

    display_name: str


class Member(NamedTuple):
    """A user who is in a group."""

    user_id: UserId
    user_name: str
    display_name: str
    joined_at: Instant


class RamMember(Shape, frozen=True, kw_only=True):
    """A user as RAM's ListUsersForGroup returns it."""

    user_name: str
    display_name: str
    join_date: JoinDate


class ImsMember(Shape, frozen=True, kw_only=True):
    """A user as IMS's ListUsersForGroup returns it."""

    user_id: str
    user_principal_name: str
    display_name: str
    join_date: JoinDate


def _groups_of() -> "sa.Select[Any]":
    group, member = table_of(GroupRow), table_of(MembershipRow)
    shown = (group.c.group_id, group.c.group_name, group.c.display_name, group.c.comments)
    return (
        sa.select(*shown, member.c.joined_at)
        .join_from(member, group, member.c.group_id == group.c.group_id)
        .where(
            member.c.account_id == sa.bindparam("account_id"),
            member.c.user_id == sa.bindparam("user_id"),
        )
        .order_by(group.c.group_name)
    )


def _members_of() -> "sa.Select[Any]":
    member, user = table_of(MembershipRow), table_of(UserRow)
    return (
        sa.select(user.c.user_id, user.c.user_name, user.c.display_name, member.c.joined_at)
        .join_from(member, user, member.c.user_id == user.c.user_id)
        .where(
            member.c.account_id == sa.bindparam("account_id"),
            member.c.group_id == sa.bindparam("group_id"),
            user.c.user_name > sa.bindparam("after", type_=sa.Text()),
        )
        .order_by(user.c.user_name)
        .limit(sa.bindparam("row_limit", type_=sa.Integer()))
    )


def leave_group(ctx: Context, user: UserRow, group: GroupRow) -> None:
    """Take a user out of a group.

    Raises:
        NotInGroup: the user is no member.
    """
    row = ctx.tx.get(MembershipRow, group.group_id, user.user_id)
    if row is None:
        raise NotInGroup
    ctx.tx.delete(row)
    _note(ctx, user, group)


def _page(ctx: Context, group: GroupRow, marker: str, limit: int) -> Listing[Member, MarkerPage]:
    """Read one page of a group's members, by name."""
    listing = f"members/{group.group_id}"
    (after,) = MARKED.position(listing, marker, "")
    rows = ctx.tx.query(
        _members_of,
        account_id=ctx.account_id,
        group_id=group.group_id,
        after=after,
        row_limit=limit + 1,
    )
    found = [Member(*row) for row in rows]
    return MARKED.cut(listing, found, key=lambda member: (member.user_name,), limit=limit)


_BOTH = each(user_resource, acs("ram", "group/{group_name}"))


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "AddUserToGroup",
    resource=_BOTH,
    raises=(NoGroup, AlreadyInGroup, TooManyGroupsOfUser),
)
def add_user_to_group(ctx: Context, user: UserRow, *, group_name: GroupName) -> None:
    """Put a user into a group, whose policies then apply to it."""
    group = GROUP.the(ctx, group_name)
    others = ctx.tx.count(MembershipRow, user_id=user.user_id)
    row = MembershipRow(
        account_id=ctx.account_id, group_id=group.group_id, user_id=user.user_id, joined_at=ctx.now
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise AlreadyInGroup from None
    if others >= ctx.quota("ram.groups-per-user"):
        raise TooManyGroupsOfUser
    _note(ctx, user, group)


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "RemoveUserFromGroup",
    resource=_BOTH,
    raises=(NoGroup, NotInGroup),
)
def remove_user_from_group(ctx: Context, user: UserRow, *, group_name: GroupName) -> None:
    """Take a user out of a group."""
    leave_group(ctx, user, GROUP.the(ctx, group_name))


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "ListGroupsForUser",
    answers="Groups.Group",
    shows={RAM: RamJoinedGroup, IMS: JoinedGroup},
    reads_only=True,
)
def list_groups_for_user(ctx: Context, user: UserRow) -> list[Joined]:
    """List the groups a user is in, by name."""
    # The quota bounds them.
    rows = ctx.tx.query(_groups_of, account_id=ctx.account_id, user_id=user.user_id)
    return [Joined(*row) for row in rows]


@operation(
    RAM, "ListUsersForGroup", on=GROUP_BY_NAME, answers="Users.User", reads_only=True, scans=True
)
def list_users_for_group(
    ctx: Context, group: GroupRow, *, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[RamMember, MarkerPage]:
    """List a group's members by name."""
    return _page(ctx, group, marker, max_items).map(RamMember.of)


@operation(
    IMS, "ListUsersForGroup", on=GROUP_BY_NAME, answers="Users.User", reads_only=True, scans=True
)
def list_principals_for_group(
    ctx: Context, group: GroupRow, *, marker: Marker = "", max_items: MaxItems100 = 100
) -> Listing[ImsMember, MarkerPage]:
    """List a group's members by name."""
    domain = default_domain(ctx.tx, ctx.account_id)
    return _page(ctx, group, marker, max_items).map(
        lambda member: ImsMember.of(
            member, user_principal_name=principal_name(member.user_name, domain)
        )
    )


def _note(ctx: Context, user: UserRow, group: GroupRow) -> None:
    """Note that a user's groups changed; the event names both."""
    USER.note(ctx.tx, ctx.journal, "updated", user)
    ctx.journal.refer(GROUP.kind, group.group_name)
