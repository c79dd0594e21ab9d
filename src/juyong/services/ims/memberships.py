"""Who is in which group, by principal name."""

from juyong.api.access import acs, each
from juyong.api.context import Context
from juyong.api.listing import Marker, MarkerPage, MaxItems100
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.fields import GroupName, UserPrincipalName
from juyong.services.identity.users.groups import GROUP, NoGroup, group_named
from juyong.services.identity.users.lookup import user_by_name, user_resource
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
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.product import PRODUCT as IMS


class JoinedGroup(Shape, frozen=True, kw_only=True):
    """A group as ListGroupsForUser returns it."""

    group_id: str
    group_name: str
    display_name: str
    comments: str
    join_date: str


class JoinedGroupList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of groups."""

    group: list[JoinedGroup]


class GroupsForUserAnswer(Shape, frozen=True, kw_only=True):
    """The groups of a user."""

    groups: JoinedGroupList


class MemberUser(Shape, frozen=True, kw_only=True):
    """A user as ListUsersForGroup returns it."""

    user_id: str
    user_principal_name: str
    display_name: str
    join_date: str


class MemberUserList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of users."""

    user: list[MemberUser]


class UsersForGroupAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of a group's members."""

    users: MemberUserList


_BOTH = each(user_resource, acs("ram", "group/{group_name}"))


@operation(
    IMS,
    "AddUserToGroup",
    resource=_BOTH,
    raises=(NoUser, NoGroup, AlreadyInGroup, TooManyGroupsOfUser),
)
def add_user_to_group(
    ctx: Context, *, user_principal_name: UserPrincipalName, group_name: GroupName
) -> Empty:
    """Put a user into a group, whose policies then apply to it.

    Source: IMS API reference, AddUserToGroup (documented).
    """
    user = user_by_name(ctx, user_principal_name)
    join_group(ctx, user, group_named(ctx.tx, ctx.account_id, group_name))
    return Empty()


@operation(IMS, "RemoveUserFromGroup", resource=_BOTH, raises=(NoUser, NoGroup, NotInGroup))
def remove_user_from_group(
    ctx: Context, *, user_principal_name: UserPrincipalName, group_name: GroupName
) -> Empty:
    """Take a user out of a group.

    Source: IMS API reference, RemoveUserFromGroup (documented).
    """
    user = user_by_name(ctx, user_principal_name)
    leave_group(ctx, user, group_named(ctx.tx, ctx.account_id, group_name))
    return Empty()


@operation(IMS, "ListGroupsForUser", resource=user_resource, raises=(NoUser,), reads_only=True)
def list_groups_for_user(
    ctx: Context, *, user_principal_name: UserPrincipalName
) -> GroupsForUserAnswer:
    """List the groups a user is in, by name.

    Returns:
        All of them.

    Source: IMS API reference, ListGroupsForUser (documented).
    """
    user = user_by_name(ctx, user_principal_name)
    ctx.journal.refer(USER, user.user_name)
    groups = [
        JoinedGroup(
            group_id=joined.group_id,
            group_name=joined.group_name,
            display_name=joined.display_name,
            comments=joined.comments,
            join_date=iso(joined.joined_at),
        )
        for joined in groups_of(ctx, user)
    ]
    return GroupsForUserAnswer(groups=JoinedGroupList(group=groups))


@operation(
    IMS,
    "ListUsersForGroup",
    resource=acs("ram", "group/{group_name}"),
    raises=(NoGroup,),
    reads_only=True,
    scans=True,
)
def list_users_for_group(
    ctx: Context, *, group_name: GroupName, marker: Marker = "", max_items: MaxItems100 = 100
) -> UsersForGroupAnswer:
    """List a group's members by name.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Source: IMS API reference, ListUsersForGroup (documented).
    """
    group = group_named(ctx.tx, ctx.account_id, group_name)
    ctx.journal.refer(GROUP.kind, group_name)
    members = members_of(ctx, group, marker=marker, limit=max_items)
    domain = default_domain(ctx.tx, ctx.account_id)
    users = [
        MemberUser(
            user_id=member.user_id,
            user_principal_name=principal_name(member.user_name, domain),
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
