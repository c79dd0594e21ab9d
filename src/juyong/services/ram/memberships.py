"""Members of groups."""

from juyong.api.context import Context
from juyong.api.listing import Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso
from juyong.services.identity.users.groups import BY_NAME as GROUP
from juyong.services.identity.users.memberships import Joined, Member, groups_of, members_of
from juyong.services.identity.users.naming import BY_NAME as USER
from juyong.services.identity.users.tables import GroupRow, UserRow
from juyong.services.ram.product import PRODUCT as RAM


class JoinedGroup(Shape, frozen=True, kw_only=True):
    """A group as ListGroupsForUser returns it."""

    group_id: str
    group_name: str
    comments: str
    join_date: str


class MemberUser(Shape, frozen=True, kw_only=True):
    """A user as ListUsersForGroup returns it."""

    user_name: str
    display_name: str
    join_date: str


@operation(RAM, "ListGroupsForUser", on=USER, answers="Groups.Group", reads_only=True)
def list_groups_for_user(ctx: Context, user: UserRow) -> list[JoinedGroup]:
    """List the groups a user is in, by name."""
    return [_group(joined) for joined in groups_of(ctx, user)]


@operation(RAM, "ListUsersForGroup", on=GROUP, answers="Users.User", reads_only=True, scans=True)
def list_users_for_group(
    ctx: Context, group: GroupRow, *, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[MemberUser, MarkerPage]:
    """List a group's members by name."""
    return members_of(ctx, group, marker=marker, limit=max_items).map(_user)


def _group(joined: Joined) -> JoinedGroup:
    return JoinedGroup(
        group_id=joined.group_id,
        group_name=joined.group_name,
        comments=joined.comments,
        join_date=iso(joined.joined_at),
    )


def _user(member: Member) -> MemberUser:
    return MemberUser(
        user_name=member.user_name,
        display_name=member.display_name,
        join_date=iso(member.joined_at),
    )
