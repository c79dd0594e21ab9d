"""Users by principal name."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.ids import new_user_id
from juyong.services.identity.account.principal_names import ForeignDomain, default_domain, new_name
from juyong.services.identity.fields import Comments, Email, MobilePhone, UserId, UserPrincipalName
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    request_tags,
    set_tags,
    tags_of,
)
from juyong.services.identity.users.lookup import (
    ManyIdentifiers,
    NoIdentifier,
    identified,
    user_resource,
)
from juyong.services.identity.users.recycling import recycle_user
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import RESOURCE as USER
from juyong.services.identity.users.users import (
    NoUser,
    TooManyUsers,
    UserExists,
    add_user,
    change_user,
)
from juyong.services.ims.fields import DisplayName, NewDisplayName, UserAccessKeyId
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ims.shapes import (
    ChangedUser,
    NamedUser,
    TaggedUser,
    changed_user,
    named_user,
    tagged_user,
)


class CreateUserAnswer(Shape, frozen=True, kw_only=True):
    """A user just made."""

    user: TaggedUser


class GetUserAnswer(Shape, frozen=True, kw_only=True):
    """One user."""

    user: NamedUser


class UpdateUserAnswer(Shape, frozen=True, kw_only=True):
    """One user as changed."""

    user: ChangedUser


@operation(
    IMS,
    "CreateUser",
    resource=acs("ram", "user/*"),
    conditions=request_tags,
    raises=(ForeignDomain, UserExists, TooManyUsers, BadTag, TooManyTags),
)
def create_user(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName,
    display_name: DisplayName,
    mobile_phone: MobilePhone = "",
    email: Email = "",
    comments: Comments = "",
    tag: Tags | None = None,
) -> CreateUserAnswer:
    """Create a RAM user in the caller's account.

    Args:
        user_principal_name: Its name, under a domain of the account; unique.
        display_name: 1 to 24 characters.

    Returns:
        The stored user; dates are UTC, whole seconds.

    Source: IMS API reference, CreateUser (documented); the refusal of other domains (assumed).
    """
    row = add_user(
        ctx,
        UserRow(
            user_id=new_user_id(),
            account_id=ctx.account_id,
            user_name=new_name(ctx.tx, ctx.account_id, user_principal_name),
            display_name=display_name,
            mobile_phone=mobile_phone,
            email=email,
            comments=comments,
            created_at=ctx.now,
            updated_at=ctx.now,
        ),
    )
    if tag:
        set_tags(ctx, "user", row.user_id, tag)
    domain = default_domain(ctx.tx, ctx.account_id)
    return CreateUserAnswer(user=tagged_user(row, domain, {t.key: t.value for t in tag or ()}))


@operation(
    IMS,
    "GetUser",
    resource=user_resource,
    raises=(NoUser, NoIdentifier, ManyIdentifiers),
    reads_only=True,
)
def get_user(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName | None = None,
    user_id: UserId | None = None,
    user_access_key_id: UserAccessKeyId | None = None,
) -> GetUserAnswer:
    """Return one user.

    Args:
        user_principal_name: Its name under a domain of the account.
        user_access_key_id: The id of one of its AccessKeys.

    Returns:
        The user.

    Source: IMS API reference, GetUser (documented); codes for a wrong number (assumed).
    """
    row = identified(
        ctx,
        user_principal_name=user_principal_name,
        user_id=user_id,
        user_access_key_id=user_access_key_id,
    )
    ctx.journal.refer(USER, row.user_name)
    tags = tags_of(ctx.tx, ctx.account_id, "user", row.user_id)
    return GetUserAnswer(user=named_user(row, default_domain(ctx.tx, ctx.account_id), tags))


@operation(
    IMS,
    "UpdateUser",
    resource=user_resource,
    raises=(NoUser, NoIdentifier, ManyIdentifiers, ForeignDomain, UserExists),
)
def update_user(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName | None = None,
    user_id: UserId | None = None,
    new_user_principal_name: UserPrincipalName | None = None,
    new_display_name: NewDisplayName | None = None,
    new_mobile_phone: MobilePhone | None = None,
    new_email: Email | None = None,
    new_comments: Comments | None = None,
) -> UpdateUserAnswer:
    """Rename a user or change its details; an empty text clears one.

    Args:
        user_principal_name: The present name.
        user_id: Its id, instead of the name.
        new_user_principal_name: The id, attachments and memberships stay.
        new_display_name: 1 to 24 characters.

    Returns:
        The user as stored.

    Source: IMS API reference, UpdateUser (documented).
    """
    row = identified(ctx, user_principal_name=user_principal_name, user_id=user_id)
    renamed = new_user_principal_name
    changes = {
        "user_name": new_name(ctx.tx, ctx.account_id, renamed) if renamed else None,
        "display_name": new_display_name,
        "mobile_phone": new_mobile_phone,
        "email": new_email,
        "comments": new_comments,
    }
    changed = change_user(ctx, row, changes)
    return UpdateUserAnswer(user=changed_user(changed, default_domain(ctx.tx, ctx.account_id)))


@operation(
    IMS,
    "DeleteUser",
    resource=user_resource,
    raises=(NoUser, NoIdentifier, ManyIdentifiers),
)
def delete_user(
    ctx: Context,
    *,
    user_principal_name: UserPrincipalName | None = None,
    user_id: UserId | None = None,
) -> Empty:
    """Move a user and its AccessKeys to the recycle bin, where they stay 30 days.

    It leaves its groups, loses its policies and its console access, and its MFA device is unbound;
    none of these comes back when it is restored.

    Args:
        user_principal_name: Its name.
        user_id: Its id, instead of the name.

    Source: RAM documentation, deleting a RAM user (documented); that memberships and policies are
    gone for good (assumed).
    """
    recycle_user(ctx, identified(ctx, user_principal_name=user_principal_name, user_id=user_id))
    return Empty()
