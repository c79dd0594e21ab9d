"""Lists of users.

A user is `active` always: freezing is done by the cloud itself and by no operation of this
interface, so that a list of frozen users is empty here.
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import OneOf
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import TagFilter, bearing
from juyong.api.wrapping import Listing
from juyong.base.ids import UserId
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import USER
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.users import ACTIVE, ListedUser, listed_user

Status = Annotated[str, OneOf(("active", "freeze", "active,freeze"))]
_Found = Listing[UserRow, MarkerPage]


class UserBasicInfo(Shape, frozen=True, kw_only=True):
    """A user without its details."""

    user_id: str
    user_principal_name: str
    display_name: str
    status: str


@operation(IMS, "ListUsers", on=USER.all, answers="Users.User", reads_only=True, scans=True)
def list_users(
    ctx: Context,
    *,
    marker: Marker = "",
    max_items: MaxItems = 1000,
    status: Status | None = None,
    tag: TagFilter | None = None,
) -> Listing[ListedUser, MarkerPage]:
    """List users by name.

    Args:
        status: `active` (taken when absent), `freeze` or `active,freeze`; without effect when tag
            is given.

    Cost: one read of tags a user of the page; with tag, all tags on users are read.
    Assumed: that no user is frozen.
    """
    domain = default_domain(ctx.tx, ctx.account_id)
    page = _page(ctx, marker, max_items, status, tag)
    return page.map(lambda row: listed_user(row, domain, USER.tags_of(ctx.tx, row)))


@operation(
    IMS,
    "ListUserBasicInfos",
    on=USER.all,
    answers="UserBasicInfos.UserBasicInfo",
    reads_only=True,
    scans=True,
)
def list_user_basic_infos(
    ctx: Context,
    *,
    marker: Marker = "",
    max_items: MaxItems = 100,
    status: Status | None = None,
    tag: TagFilter | None = None,
) -> Listing[UserBasicInfo, MarkerPage]:
    """List users by name, without their details.

    Args:
        status: As for ListUsers; refused together with tag.

    Cost: with tag, all tags on users are read.
    """
    if tag is not None and status is not None:
        raise BadParameter("InvalidParameter.Status", "Status and Tag exclude each other.")
    domain = default_domain(ctx.tx, ctx.account_id)
    return _page(ctx, marker, max_items, status, tag).map(
        lambda row: UserBasicInfo(
            user_id=row.user_id,
            user_principal_name=principal_name(row.user_name, domain),
            display_name=row.display_name,
            status=ACTIVE,
        )
    )


def _page(
    ctx: Context, marker: str, limit: int, status: str | None, tag: TagFilter | None
) -> _Found:
    if tag is not None:
        return _tagged_page(ctx, marker, limit, tag)
    if status == "freeze":
        return Listing([], MarkerPage(is_truncated=False))
    return MARKED.stored(ctx, UserRow, "user_name", token=marker, limit=limit)


def _tagged_page(ctx: Context, marker: str, limit: int, tag: TagFilter) -> _Found:
    ids = bearing(USER.tags_by_id(ctx), tag)
    found = (ctx.tx.get(UserRow, UserId(user_id)) for user_id in ids)
    rows = [row for row in found if row is not None]
    return MARKED.part("users", rows, key=lambda row: (row.user_name,), token=marker, limit=limit)
