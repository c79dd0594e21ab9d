"""Who is in which group."""

from dataclasses import dataclass
from typing import Any

from juyong.api.context import Context, Snapshot
from juyong.api.errors import ApiError
from juyong.api.listing import MARKED, MarkerPage
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant, iso
from juyong.base.ids import GroupId, UserId
from juyong.services.identity.users.groups import GROUP
from juyong.services.identity.users.tables import GroupRow, MembershipRow, UserRow
from juyong.services.identity.users.users import RESOURCE as USER
from juyong.store.errors import Duplicate
from juyong.store.inventory import Change
from juyong.store.late import sa, table_of

MEMBERSHIP = "ACS::RAM::GroupMembership"


class AlreadyInGroup(ApiError):
    """The user is a member already."""

    code, status = "EntityAlreadyExists.User.Group", 409
    text = "The user has already joined the group."


class NotInGroup(ApiError):
    """The user is no member."""

    code, status = "EntityNotExist.User.Group", 404
    text = "The user has not joined the group."


class TooManyGroupsOfUser(ApiError):
    """The user is in as many groups as its quota `ram.groups-per-user` allows."""

    code, status = "LimitExceeded.User.Group", 409
    text = "The count of groups the target user joined beyond the current limits."


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A group a user is in."""

    group_id: GroupId
    group_name: str
    display_name: str
    comments: str
    joined_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user who is in a group."""

    user_id: UserId
    user_name: str
    display_name: str
    joined_at: Instant


class MembershipState(Shape, frozen=True, kw_only=True):
    """What the inventory keeps of a membership."""

    user_id: str
    user_name: str
    group_id: str
    group_name: str
    join_date: str


def _groups_of() -> "sa.Select[Any]":
    group = table_of(GroupRow)
    member = table_of(MembershipRow)
    return (
        sa.select(
            *(group.c.group_id, group.c.group_name, group.c.display_name, group.c.comments),
            member.c.joined_at,
        )
        .join_from(member, group, member.c.group_id == group.c.group_id)
        .where(
            member.c.account_id == sa.bindparam("account_id"),
            member.c.user_id == sa.bindparam("user_id"),
        )
        .order_by(group.c.group_name)
    )


def _members_of() -> "sa.Select[Any]":
    member = table_of(MembershipRow)
    user = table_of(UserRow)
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


def join_group(ctx: Context, user: UserRow, group: GroupRow) -> None:
    """Put a user into a group, for RAM and IMS alike.

    Raises:
        AlreadyInGroup: it is a member.
        TooManyGroupsOfUser: the quota is full.
    """
    others = ctx.tx.count(MembershipRow, user_id=user.user_id)
    row = MembershipRow(
        account_id=ctx.account_id,
        group_id=group.group_id,
        user_id=user.user_id,
        joined_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise AlreadyInGroup from None
    if others >= ctx.quota("ram.groups-per-user", 10):
        raise TooManyGroupsOfUser
    _note(ctx, "created", user, group, row)


def leave_group(ctx: Context, user: UserRow, group: GroupRow) -> None:
    """Take a user out of a group, for RAM and IMS alike.

    Raises:
        NotInGroup: it is no member.
    """
    row = ctx.tx.get(MembershipRow, group.group_id, user.user_id)
    if row is None:
        raise NotInGroup
    ctx.tx.delete(row)
    _note(ctx, "deleted", user, group, row)


def groups_of(ctx: Context, user: UserRow) -> list[Joined]:
    """Return the groups a user is in, by name; the quota bounds them."""
    rows = ctx.tx.query(_groups_of, account_id=ctx.account_id, user_id=user.user_id)
    return [
        Joined(group_id=gid, group_name=name, display_name=title, comments=note, joined_at=at)
        for gid, name, title, note, at in rows
    ]


def members_of(
    ctx: Context, group: GroupRow, *, marker: str, limit: int
) -> Listing[Member, MarkerPage]:
    """Read one page of a group's members, by name.

    Raises:
        BadParameter: the marker is not one of this listing.
    """
    listing = f"members/{group.group_id}"
    (after,) = MARKED.position(listing, marker, "")
    rows = ctx.tx.query(
        _members_of,
        account_id=ctx.account_id,
        group_id=group.group_id,
        after=after,
        row_limit=limit + 1,
    )
    found = [
        Member(user_id=uid, user_name=name, display_name=title, joined_at=at)
        for uid, name, title, at in rows
    ]
    return MARKED.cut(listing, found, key=lambda member: (member.user_name,), limit=limit)


def _note(ctx: Context, change: Change, user: UserRow, group: GroupRow, row: MembershipRow) -> None:
    """Keep a snapshot of the membership; the event names the two things it joins."""
    ctx.journal.refer(USER, user.user_name)
    ctx.journal.refer(GROUP.kind, group.group_name)
    ctx.journal.snapshots.append(
        Snapshot(
            resource_type=MEMBERSHIP,
            resource_id=f"{group.group_id}/{user.user_id}",
            name=f"{group.group_name}/{user.user_name}",
            change=change,
            state=MembershipState(
                user_id=user.user_id,
                user_name=user.user_name,
                group_id=group.group_id,
                group_name=group.group_name,
                join_date=iso(row.joined_at),
            ),
        )
    )
