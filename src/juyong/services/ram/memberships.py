"""Who is in which group."""

from juyong.api.access import acs, each
from juyong.api.context import Context
from juyong.api.listing import Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.services.identity.fields import GroupName, UserName
from juyong.services.identity.users.groups import GROUP, NoGroup, group_named
from juyong.services.identity.users.memberships import (
    AlreadyInGroup,
    NotInGroup,
    TooManyGroupsOfUser,
    groups_of,
    join_group,
    leave_group,
    members_of,
)
from juyong.services.identity.users.users import RESOURCE as USER
from juyong.services.identity.users.users import NoUser, user_named
from juyong.services.ram.product import PRODUCT as RAM


class JoinedGroup(Shape, frozen=True, kw_only=True):
    """A group as ListGroupsForUser returns it."""

    group_id: str
    group_name: str
    comments: str
    join_date: str


class JoinedGroupList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of groups."""

    group: list[JoinedGroup]


class GroupsForUserAnswer(Shape, frozen=True, kw_only=True):
    """The groups of a user."""

    groups: JoinedGroupList


class MemberUser(Shape, frozen=True, kw_only=True):
    """A user as ListUsersForGroup returns it."""

    user_name: str
    display_name: str
    join_date: str


class MemberUserList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of users."""

    user: list[MemberUser]


class UsersForGroupAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of a group's members."""

    users: MemberUserList


_BOTH = each(acs("ram", "user/{user_name}"), acs("ram", "group/{group_name}"))


@operation(
    RAM,
    "AddUserToGroup",
    resource=_BOTH,
    raises=(NoUser, NoGroup, AlreadyInGroup, TooManyGroupsOfUser),
)
def add_user_to_group(ctx: Context, *, user_name: UserName, group_name: GroupName) -> Empty:
    """Put a user into a group, whose policies then apply to it.

    Source: RAM API reference, AddUserToGroup (documented).
    """
    user = user_named(ctx.tx, ctx.account_id, user_name)
    join_group(ctx, user, group_named(ctx.tx, ctx.account_id, group_name))
    return Empty()


@operation(RAM, "RemoveUserFromGroup", resource=_BOTH, raises=(NoUser, NoGroup, NotInGroup))
def remove_user_from_group(ctx: Context, *, user_name: UserName, group_name: GroupName) -> Empty:
    """Take a user out of a group.

    Source: RAM API reference, RemoveUserFromGroup (documented).
    """
    user = user_named(ctx.tx, ctx.account_id, user_name)
    leave_group(ctx, user, group_named(ctx.tx, ctx.account_id, group_name))
    return Empty()


@operation(
    RAM,
    "ListGroupsForUser",
    resource=acs("ram", "user/{user_name}"),
    raises=(NoUser,),
    reads_only=True,
)
def list_groups_for_user(ctx: Context, *, user_name: UserName) -> GroupsForUserAnswer:
    """List the groups a user is in, by name.

    Returns:
        All of them.

    Source: RAM API reference, ListGroupsForUser (documented).
    """
    user = user_named(ctx.tx, ctx.account_id, user_name)
    ctx.journal.refer(USER, user_name)
    return GroupsForUserAnswer(
        groups=JoinedGroupList(
            group=[
                JoinedGroup(
                    group_id=joined.group_id,
                    group_name=joined.group_name,
                    comments=joined.comments,
                    join_date=iso(joined.joined_at),
                )
                for joined in groups_of(ctx, user)
            ]
        )
    )


@operation(
    RAM,
    "ListUsersForGroup",
    resource=acs("ram", "group/{group_name}"),
    raises=(NoGroup,),
    reads_only=True,
    scans=True,
)
def list_users_for_group(
    ctx: Context, *, group_name: GroupName, marker: Marker = "", max_items: MaxItems = 100
) -> UsersForGroupAnswer:
    """List a group's members by name.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: RAM API reference, ListUsersForGroup (documented).
    """
    group = group_named(ctx.tx, ctx.account_id, group_name)
    ctx.journal.refer(GROUP.kind, group_name)
    members = members_of(ctx, group, marker=marker, limit=max_items)
    users = [
        MemberUser(
            user_name=member.user_name,
            display_name=member.display_name,
            join_date=iso(member.joined_at),
        )
        for member in members.items
    ]
    return UsersForGroupAnswer(
        users=MemberUserList(user=users),
        is_truncated=members.page.is_truncated,
        marker=members.page.marker,
    )
