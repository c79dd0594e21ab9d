"""Service-linked roles: a service makes such a role for itself, and only it may assume the role.

Nothing on this platform keeps such a role busy, so a deletion is done when it is asked for; the
task it leaves says so to clients that poll.
"""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.base.ids import new_token
from juyong.content.policies.service_roles import ServiceRole, service_role
from juyong.services.identity.errors import incorrect, missing
from juyong.services.identity.fields import Description
from juyong.services.identity.policies.holders import policies_of
from juyong.services.identity.roles.for_services import make_linked_role
from juyong.services.identity.roles.roles import (
    BY_NAME,
    ROLE,
    RoleBase,
    RoleExists,
    TrustText,
)
from juyong.services.identity.roles.tables import DeletionTaskRow, RoleRow, find_role
from juyong.services.ram.product import PRODUCT as RAM

ServiceName = Annotated[
    str, Text(1, 256, chars=r"a-zA-Z0-9.\-"), Doc("The service, e.g. `actiontrail.aliyuncs.com`.")
]
CustomSuffix = Annotated[
    str,
    Text(1, 64, chars=r"a-zA-Z0-9.\-"),
    Doc("Tells several roles of one service apart, where it allows several."),
]
TaskId = Annotated[str, Text(1, 256), Doc("The id that DeleteServiceLinkedRole returned.")]
_LONGEST_NAME = 64
NoService = incorrect("ServiceName", "No service of that name has a service-linked role.")
NoSuffix = incorrect(
    "CustomSuffix", "The service takes one role only, or the name would be too long."
)
NotLinked = incorrect("RoleName", "The role is an ordinary one; DeleteRole deletes it.")
NoTask = missing("EntityNotExist.DeletionTask", "deletion task")


class LinkedRole(RoleBase, frozen=True, kw_only=True):
    """A role as CreateServiceLinkedRole returns it."""

    assume_role_policy_document: TrustText
    is_service_linked_role: bool


class RoleUsage(Shape, frozen=True, kw_only=True):
    """The resources of one service that still use a role."""

    region: str
    resources: list[str]


class DeletionReason(Shape, frozen=True, kw_only=True):
    """Why a deletion failed; empty when it did not."""

    message: str
    role_usages: Annotated[list[RoleUsage], Within("RoleUsage")]


class DeletionStatusAnswer(Shape, frozen=True, kw_only=True):
    """The status of a deletion."""

    status: str
    reason: DeletionReason


class RoleDescription(Shape, frozen=True, kw_only=True):
    """A description in one language."""

    language: str
    description: str


class RoleTemplate(Shape, frozen=True, kw_only=True):
    """The role that CreateServiceLinkedRole would make."""

    service_name: str
    role_name_prefix: str
    system_policy_name: str
    multiple_roles_allowed: bool
    role_descriptions: Annotated[list[RoleDescription], Within("RoleDescription")]


def _template(service_name: str) -> ServiceRole:
    found = service_role(service_name)
    if found is None:
        raise NoService
    return found


def _name(template: ServiceRole, suffix: str) -> str:
    if not suffix:
        return template.role_name
    name = f"{template.role_name_prefix}_{suffix}"
    if not template.multiple_roles_allowed or len(name) > _LONGEST_NAME:
        raise NoSuffix
    return name


def _made(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    template = service_role(arguments["service_name"])
    return (f"acs:ram:*:{ctx.account_id}:role/{template.role_name if template else '*'}",)


def _service_asked(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    return {"ram:ServiceName": (arguments["service_name"],)}


def _service_of_role(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    row = find_role(ctx.tx, ctx.account_id, arguments["role_name"])
    return {"ram:ServiceName": (row.service_name,)} if row and row.service_name else {}


@operation(
    RAM,
    "CreateServiceLinkedRole",
    resource=_made,
    conditions=_service_asked,
    raises=(NoService, NoSuffix, RoleExists),
    answers="Role",
)
def create_service_linked_role(
    ctx: Context,
    *,
    service_name: ServiceName,
    custom_suffix: CustomSuffix = "",
    description: Description = "",
) -> LinkedRole:
    """Make the role that a service needs, with the policy made for it.

    Args:
        description: In place of the service's own.

    Assumed: codes of bad parameters.
    """
    template = _template(service_name)
    name = _name(template, custom_suffix)
    role = make_linked_role(ctx, template, name=name, description=description)
    return LinkedRole.of(role)


@operation(
    RAM,
    "DeleteServiceLinkedRole",
    on=BY_NAME,
    conditions=_service_of_role,
    raises=(NotLinked,),
    answers="DeletionTaskId",
)
def delete_service_linked_role(ctx: Context, role: RoleRow) -> str:
    """Delete a service-linked role and its attachments.

    Returns:
        The id of the deletion task, which is done already.

    Assumed: form of the id.
    """
    if role.service_name is None:
        raise NotLinked
    attached = policies_of(ctx, role)
    ROLE.remove(ctx, role)
    for each in attached:
        ctx.tx.delete(each)
    task = DeletionTaskRow(
        task_id=f"task/{role.service_name}/{role.role_name}/{new_token(16)}",
        account_id=ctx.account_id,
        role_name=role.role_name,
        status="SUCCEEDED",
        created_at=ctx.now,
    )
    ctx.tx.insert(task)
    return task.task_id


@operation(
    RAM,
    "GetServiceLinkedRoleDeletionStatus",
    resource=acs("ram", "role/*"),
    raises=(NoTask,),
    reads_only=True,
)
def get_service_linked_role_deletion_status(
    ctx: Context, *, deletion_task_id: TaskId
) -> DeletionStatusAnswer:
    """Return the status of a deletion: `SUCCEEDED`, with an empty reason.

    Assumed: its resource and error.
    """
    task = ctx.tx.get(DeletionTaskRow, deletion_task_id)
    if task is None or task.account_id != ctx.account_id:
        raise NoTask
    return DeletionStatusAnswer(
        status=task.status, reason=DeletionReason(message="", role_usages=[])
    )


@operation(
    RAM,
    "GetServiceLinkedRoleTemplate",
    resource=acs("ram", "role/*"),
    raises=(NoService,),
    answers="ServiceLinkedRoleTemplate",
    reads_only=True,
)
def get_service_linked_role_template(ctx: Context, *, service_name: ServiceName) -> RoleTemplate:
    """Describe the role that CreateServiceLinkedRole would make.

    Source: official SDK, GetServiceLinkedRoleTemplate (observed); resource and error (assumed).
    """
    template = _template(service_name)
    ctx.journal.refer(ROLE.kind, template.role_name)
    texts = {"en": template.description_en, "zh": template.description_zh}
    described = [RoleDescription(language=k, description=v) for k, v in texts.items()]
    return RoleTemplate.of(template, role_descriptions=described)
