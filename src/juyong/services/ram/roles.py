"""Roles."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Shape, UpdateDate
from juyong.api.tags import TagFilter, TagList, bearing, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.ids import new_role_id
from juyong.services.identity.account.alias import account_of, alias_of
from juyong.services.identity.fields import Description, RoleName
from juyong.services.identity.policies.holders import policies_of
from juyong.services.identity.roles.roles import (
    BY_NAME,
    ROLE,
    LinkedToService,
    LongestSession,
    RoleBase,
    RoleHasPolicy,
    TrustText,
    changeable,
)
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.roles.trust import TrustDocument, checked_trust
from juyong.services.identity.tagging import RULES, Tags
from juyong.services.ram.product import PRODUCT as RAM

SessionSeconds = Annotated[
    int, Between(3600, 43200), Doc("Seconds of the longest session that AssumeRole gives.")
]
ConsoleLogin = Annotated[bool, Doc("Whether the console lets people switch to it.")]


class NewRole(RoleBase, frozen=True, kw_only=True):
    """A role as CreateRole returns it."""

    assume_role_policy_document: TrustText
    max_session_duration: LongestSession
    allow_console_login: bool


class ChangedRole(NewRole, frozen=True, kw_only=True):
    """A role as UpdateRole returns it."""

    update_date: UpdateDate


class LatestDeletionTask(Shape, frozen=True, kw_only=True):
    """The deletion that a service-linked role waits for."""

    deletion_task_id: str
    create_date: str


class RoleDetail(ChangedRole, frozen=True, kw_only=True):
    """A role as GetRole returns it.

    LatestDeletionTask is left out of every answer: a service-linked role is gone as soon as its
    deletion was asked for.
    """

    is_service_linked_role: bool
    role_principal_name: str
    latest_deletion_task: LatestDeletionTask | msgspec.UnsetType = msgspec.UNSET


class RoleItem(RoleBase, frozen=True, kw_only=True):
    """A role as ListRoles returns it: without its trust policy."""

    max_session_duration: LongestSession
    allow_console_login: bool
    update_date: UpdateDate
    tags: TagList


@operation(
    RAM,
    "CreateRole",
    on=ROLE.new,
    resource=acs("ram", "role/{role_name}"),
    answers="Role",
)
def create_role(
    ctx: Context,
    *,
    role_name: RoleName,
    assume_role_policy_document: TrustDocument,
    description: Description = "",
    max_session_duration: SessionSeconds = 3600,
    allow_console_login: ConsoleLogin = True,
    tag: Tags | None = None,
) -> NewRole:
    """Create a role, which may do nothing until policies are attached.

    Args:
        role_name: Unique within the account, whatever its case.

    Source: RAM API reference, CreateRole (documented); AllowConsoleLogin (observed in the SDK, its
    default assumed).
    """
    checked_trust(ctx, assume_role_policy_document)
    role = ROLE.create(
        ctx,
        RULES.checked(pairs_of(tag)),
        role_id=new_role_id(),
        role_name=role_name,
        role_key=role_name.lower(),
        description=description,
        trust_document=assume_role_policy_document,
        max_session_seconds=max_session_duration,
        allow_console_login=allow_console_login,
    )
    return NewRole.of(role)


@operation(RAM, "GetRole", on=BY_NAME, answers="Role", reads_only=True)
def get_role(ctx: Context, role: RoleRow) -> RoleDetail:
    """Return one role with its trust policy, which is JSON text."""
    domain = f"{alias_of(account_of(ctx.tx, role.account_id))}.onaliyunservice.com"
    return RoleDetail.of(role, role_principal_name=f"{role.role_name}@role.{domain}")


@operation(RAM, "UpdateRole", on=BY_NAME, raises=(LinkedToService,), answers="Role")
def update_role(
    ctx: Context,
    role: RoleRow,
    *,
    new_assume_role_policy_document: TrustDocument | None = None,
    new_description: Description | None = None,
    new_max_session_duration: SessionSeconds | None = None,
    new_allow_console_login: ConsoleLogin | None = None,
) -> ChangedRole:
    """Change who may assume a role, for how long, or its description.

    Args:
        new_assume_role_policy_document: The trust policy; sessions that exist go on.
    """
    changeable(role)
    if new_assume_role_policy_document is not None:
        checked_trust(ctx, new_assume_role_policy_document)
    row = ROLE.change(
        ctx,
        role,
        updated_at=ctx.now,
        trust_document=new_assume_role_policy_document,
        description=new_description,
        max_session_seconds=new_max_session_duration,
        allow_console_login=new_allow_console_login,
    )
    return ChangedRole.of(row)


@operation(RAM, "DeleteRole", on=BY_NAME, raises=(LinkedToService, RoleHasPolicy))
def delete_role(ctx: Context, role: RoleRow) -> None:
    """Delete a role; temporary credentials issued for it stop working at once."""
    if policies_of(ctx, changeable(role)):
        raise RoleHasPolicy
    ROLE.remove(ctx, role)


@operation(RAM, "ListRoles", on=ROLE.all, answers="Roles.Role", reads_only=True, scans=True)
def list_roles(
    ctx: Context, *, tag: TagFilter | None = None, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[RoleItem, MarkerPage]:
    """List roles by name, without their trust policies.

    Cost: with a tag, every role of the account up to the end of the page is read.
    """
    tags = ROLE.tags_by_id(ctx)
    wanted = None if tag is None else bearing(tags, tag)
    return MARKED.stored(
        ctx,
        RoleRow,
        "role_key",
        token=marker,
        limit=max_items,
        keep=lambda row: wanted is None or row.role_id in wanted,
    ).map(lambda row: RoleItem.of(row, tags=tag_list(tags.get(row.role_id, {}))))
