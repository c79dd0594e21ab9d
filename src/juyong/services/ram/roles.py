"""Roles."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.ids import new_role_id
from juyong.services.identity.fields import Description, RoleName
from juyong.services.identity.policies.documents import MalformedPolicyDocument, PolicyDocument
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import (
    RESOURCE,
    TAGGED_AS,
    ChangedRole,
    LinkedToService,
    NewRole,
    NoRole,
    RoleExists,
    RoleHasPolicy,
    TooManyRoles,
    changeable,
    insert_role,
    remove_role,
    role_named,
    role_state,
)
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.roles.trust import checked_trust, trust_conditions
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    request_tags,
    resource_tags,
    set_tags,
    tag_list,
    tagged_with,
    tags_by_resource,
)
from juyong.services.ram.product import PRODUCT as RAM
from juyong.services.ram.role_shapes import (
    RoleDetail,
    RoleItem,
    changed_role,
    new_role,
    role_detail,
    role_item,
)

SessionSeconds = Annotated[int, Between(3600, 43200)]


class CreateRoleAnswer(Shape, frozen=True, kw_only=True):
    """The role made."""

    role: NewRole


class UpdateRoleAnswer(Shape, frozen=True, kw_only=True):
    """The role as stored."""

    role: ChangedRole


class GetRoleAnswer(Shape, frozen=True, kw_only=True):
    """One role."""

    role: RoleDetail


class RoleList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of roles."""

    role: list[RoleItem]


class ListRolesAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of roles."""

    roles: RoleList


@operation(
    RAM,
    "CreateRole",
    resource=acs("ram", "role/{role_name}"),
    conditions=lambda ctx, arguments: {
        **trust_conditions(ctx, arguments),
        **request_tags(ctx, arguments),
    },
    raises=(MalformedPolicyDocument, RoleExists, TooManyRoles, BadTag, TooManyTags),
)
def create_role(
    ctx: Context,
    *,
    role_name: RoleName,
    assume_role_policy_document: PolicyDocument,
    description: Description = "",
    max_session_duration: SessionSeconds = 3600,
    allow_console_login: bool = True,
    tag: Tags | None = None,
) -> CreateRoleAnswer:
    """Create a role, which may do nothing until policies are attached.

    Args:
        role_name: Unique within the account, whatever its case.
        assume_role_policy_document: The trust policy: JSON text, 1 to 6144 characters.
        max_session_duration: 3600 to 43200 seconds; what AssumeRole may ask for at most.
        allow_console_login: Whether the console lets people switch to it.
        tag: Up to 20 tags.

    Returns:
        The stored role.

    Source: RAM API reference, CreateRole (documented); AllowConsoleLogin (observed in the SDK, its
    default assumed).
    """
    checked_trust(ctx, assume_role_policy_document)
    if ctx.tx.count(RoleRow, account_id=ctx.account_id) >= ctx.quota("ram.roles", 1000):
        raise TooManyRoles
    row = RoleRow(
        role_id=new_role_id(),
        account_id=ctx.account_id,
        role_name=role_name,
        role_key=role_name.lower(),
        description=description,
        trust_document=assume_role_policy_document,
        max_session_seconds=max_session_duration,
        allow_console_login=allow_console_login,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    insert_role(ctx, row)
    set_tags(ctx, TAGGED_AS, row.role_id, tag or [])
    ctx.journal.record("created", RESOURCE, row.role_id, role_name, role_state(ctx, row))
    return CreateRoleAnswer(role=new_role(row))


@operation(
    RAM,
    "GetRole",
    resource=acs("ram", "role/{role_name}"),
    resource_conditions=resource_tags,
    raises=(NoRole,),
    reads_only=True,
)
def get_role(ctx: Context, *, role_name: RoleName) -> GetRoleAnswer:
    """Return one role with its trust policy.

    Returns:
        The role; the trust policy is JSON text.

    Source: RAM API reference, GetRole (documented).
    """
    ctx.journal.refer(RESOURCE, role_name)
    row = role_named(ctx.tx, ctx.account_id, role_name)
    return GetRoleAnswer(role=role_detail(ctx.tx, row))


@operation(
    RAM,
    "UpdateRole",
    resource=acs("ram", "role/{role_name}"),
    conditions=trust_conditions,
    resource_conditions=resource_tags,
    raises=(NoRole, LinkedToService, MalformedPolicyDocument),
)
def update_role(
    ctx: Context,
    *,
    role_name: RoleName,
    new_assume_role_policy_document: PolicyDocument | None = None,
    new_description: Description | None = None,
    new_max_session_duration: SessionSeconds | None = None,
    new_allow_console_login: bool | None = None,
) -> UpdateRoleAnswer:
    """Change who may assume a role, for how long, or its description.

    Args:
        new_assume_role_policy_document: The trust policy; sessions that exist go on.
        new_description: Up to 1024 characters; an empty text clears it.
        new_max_session_duration: 3600 to 43200 seconds.
        new_allow_console_login: Whether the console lets people switch to it.

    Returns:
        The role as stored.

    Source: RAM API reference, UpdateRole (documented).
    """
    row = changeable(role_named(ctx.tx, ctx.account_id, role_name))
    if new_assume_role_policy_document is not None:
        checked_trust(ctx, new_assume_role_policy_document)
    changes = {
        "trust_document": new_assume_role_policy_document,
        "description": new_description,
        "max_session_seconds": new_max_session_duration,
        "allow_console_login": new_allow_console_login,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    row = ctx.tx.update(row, updated_at=ctx.now, **given)
    ctx.journal.record("updated", RESOURCE, row.role_id, row.role_name, role_state(ctx, row))
    return UpdateRoleAnswer(role=changed_role(row))


@operation(
    RAM,
    "DeleteRole",
    resource=acs("ram", "role/{role_name}"),
    resource_conditions=resource_tags,
    raises=(NoRole, LinkedToService, RoleHasPolicy),
)
def delete_role(ctx: Context, *, role_name: RoleName) -> Empty:
    """Delete a role; temporary credentials issued for it stop working at once.

    Source: RAM API reference, DeleteRole (documented).
    """
    row = changeable(role_named(ctx.tx, ctx.account_id, role_name))
    if ctx.tx.count(
        AttachmentRow, account_id=ctx.account_id, entity_type="role", entity_id=row.role_id
    ):
        raise RoleHasPolicy
    remove_role(ctx, row)
    return Empty()


@operation(RAM, "ListRoles", resource=acs("ram", "role/*"), reads_only=True, scans=True)
def list_roles(
    ctx: Context, *, tag: Tags | None = None, marker: Marker = "", max_items: MaxItems = 100
) -> ListRolesAnswer:
    """List roles by name, without their trust policies.

    Args:
        tag: Only those that bear all these tags.

    Returns:
        A page; Marker is there only when IsTruncated is true.

    Cost: with a tag, every role of the account up to the end of the page is read.
    Source: RAM API reference, ListRoles (documented).
    """
    tags = tags_by_resource(ctx, TAGGED_AS)
    wanted = None if tag is None else tagged_with(tags, tag)
    found = MARKED.stored(
        ctx,
        RoleRow,
        "role_key",
        token=marker,
        limit=max_items,
        keep=lambda row: wanted is None or row.role_id in wanted,
    )
    roles = [role_item(row, tag_list(tags.get(row.role_id, {}))) for row in found.items]
    return ListRolesAnswer(
        roles=RoleList(role=roles),
        is_truncated=found.page.is_truncated,
        marker=found.page.marker,
    )
