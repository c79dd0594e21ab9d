"""Users by principal name.

A user is `active` always: freezing is done by the cloud itself and by no operation of this
interface, so that a list of frozen users is empty here.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Clearable, OneOf
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.resource import Target
from juyong.api.shape import CreateDate, Shape, TextIfSet, UpdateDate
from juyong.api.tags import TagFilter, TagList, bearing, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.services.identity.account.principal_names import (
    ForeignDomain,
    default_domain,
    new_name,
    principal_name,
    principal_of,
)
from juyong.services.identity.credentials.access_keys import AnyAccessKeyId
from juyong.services.identity.fields import (
    Comments,
    Email,
    MobilePhone,
    ShortDisplayName,
    UserId,
    UserPrincipalName,
)
from juyong.services.identity.tagging import RULES, Tags
from juyong.services.identity.users.naming import (
    ManyIdentifiers,
    NoIdentifier,
    identified,
    user_resource,
)
from juyong.services.identity.users.recycling import recycle_user
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import (
    USER,
    LastLogin,
    NoUser,
    TooManyUsers,
    UserExists,
    add_user,
)
from juyong.services.ims.product import PRODUCT as IMS

ACTIVE = "active"
Status = Annotated[str, OneOf((ACTIVE, "freeze", "active,freeze"))]


class ChangedUser(Shape, frozen=True, kw_only=True):
    """A user as UpdateUser returns it.

    MobilePhone and Email are absent where they are not set; LastLoginDate is empty if the user
    never signed in.
    """

    user_id: str
    user_principal_name: str
    display_name: str
    mobile_phone: TextIfSet = msgspec.UNSET
    email: TextIfSet = msgspec.UNSET
    comments: str
    create_date: CreateDate
    update_date: UpdateDate
    last_login_date: LastLogin
    provision_type: str


class TaggedUser(ChangedUser, frozen=True, kw_only=True):
    """A user with its tags."""

    tags: TagList


class NamedUser(TaggedUser, frozen=True, kw_only=True):
    """A user as GetUser returns it."""

    user_name: str


class ListedUser(TaggedUser, frozen=True, kw_only=True):
    """A user as ListUsers returns it."""

    status: str


class UserBasicInfo(Shape, frozen=True, kw_only=True):
    """A user without its details."""

    user_id: str
    user_principal_name: str
    display_name: str
    status: str


def _identified(**parameters: object) -> Target[UserRow]:
    """Name a user by exactly one of several parameters."""
    errors = (NoUser, NoIdentifier, ManyIdentifiers)
    return Target(
        parameters=parameters,
        arn=user_resource,
        find=identified,
        errors=errors,
        conditions=USER.tag_conditions,
    )


_NAMED = {"user_principal_name": UserPrincipalName | None, "user_id": UserId | None}
ONE = _identified(**_NAMED)


@operation(IMS, "CreateUser", on=USER.new, raises=(ForeignDomain, TooManyUsers), answers="User")
def create_user(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName,
    display_name: ShortDisplayName,
    mobile_phone: MobilePhone = "",
    email: Email = "",
    comments: Comments = "",
    tag: Tags | None = None,
) -> TaggedUser:
    """Create a RAM user in the caller's account.

    Args:
        user_principal_name: Its name, under a domain of the account; unique.

    Assumed: the refusal of other domains.
    """
    tags = RULES.checked(pairs_of(tag))
    user = add_user(
        ctx,
        tags,
        user_name=new_name(ctx.tx, ctx.account_id, user_principal_name),
        display_name=display_name,
        mobile_phone=mobile_phone,
        email=email,
        comments=comments,
    )
    return TaggedUser.of(
        user, user_principal_name=principal_of(ctx, user.user_name), tags=tag_list(tags)
    )


@operation(
    IMS,
    "GetUser",
    on=_identified(**_NAMED, user_access_key_id=AnyAccessKeyId | None),
    answers="User",
    reads_only=True,
)
def get_user(ctx: Context, user: UserRow) -> NamedUser:
    """Return one user, named by principal name, by id or by one of its AccessKeys.

    Assumed: codes for a wrong number.
    """
    tags = tag_list(USER.tags_of(ctx.tx, user))
    return NamedUser.of(user, user_principal_name=principal_of(ctx, user.user_name), tags=tags)


@operation(IMS, "UpdateUser", on=ONE, raises=(ForeignDomain, UserExists), answers="User")
def update_user(
    ctx: Context,
    user: UserRow,
    *,
    new_user_principal_name: UserPrincipalName | None = None,
    new_display_name: Annotated[ShortDisplayName | None, Clearable()] = None,
    new_mobile_phone: MobilePhone | None = None,
    new_email: Email | None = None,
    new_comments: Comments | None = None,
) -> ChangedUser:
    """Rename a user or change its details; an empty text clears one.

    Args:
        new_user_principal_name: The id, attachments and memberships stay.
    """
    renamed = new_user_principal_name
    row = USER.change(
        ctx,
        user,
        updated_at=ctx.now,
        user_name=new_name(ctx.tx, ctx.account_id, renamed) if renamed else None,
        display_name=new_display_name,
        mobile_phone=new_mobile_phone,
        email=new_email,
        comments=new_comments,
    )
    return ChangedUser.of(row, user_principal_name=principal_of(ctx, row.user_name))


@operation(IMS, "DeleteUser", on=ONE)
def delete_user(ctx: Context, user: UserRow) -> None:
    """Move a user and its AccessKeys to the recycle bin, where they stay 30 days.

    It leaves its groups, loses its policies and its console access, and its MFA device is unbound;
    none of these comes back when it is restored.

    Source: RAM documentation, deleting a RAM user (documented); that memberships and policies are
    gone for good (assumed).
    """
    recycle_user(ctx, user)


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
    return page.map(
        lambda row: ListedUser.of(
            row,
            user_principal_name=principal_name(row.user_name, domain),
            tags=tag_list(USER.tags_of(ctx.tx, row)),
            status=ACTIVE,
        )
    )


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
        lambda row: UserBasicInfo.of(
            row, user_principal_name=principal_name(row.user_name, domain), status=ACTIVE
        )
    )


def _page(
    ctx: Context, marker: str, limit: int, status: str | None, tag: TagFilter | None
) -> Listing[UserRow, MarkerPage]:
    if tag is not None:
        found = (ctx.tx.get(UserRow, user_id) for user_id in bearing(USER.tags_by_id(ctx), tag))
        rows = [row for row in found if row is not None]
        return MARKED.part(
            "users", rows, key=lambda row: (row.user_name,), token=marker, limit=limit
        )
    if status == "freeze":
        return Listing([], MarkerPage(is_truncated=False))
    return MARKED.stored(ctx, UserRow, "user_name", token=marker, limit=limit)
