"""Roles that are made for a service to assume, with the policy that the service needs."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.base.ids import new_role_id
from juyong.content.policies.service_roles import ServiceRole
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.roles.roles import ROLE
from juyong.services.identity.roles.tables import RoleRow

_UNCOUNTED = replace(ROLE, quota=None)
"""Roles of services do not count against the quota."""


def make_linked_role(
    ctx: Context, template: ServiceRole, *, name: str = "", description: str = ""
) -> RoleRow:
    """Make the service-linked role of a service, in the account of the caller.

    Args:
        ctx: The call.
        template: The role.
        name: In place of the template's.
        description: In place of the template's.

    Raises:
        RoleExists: the name is taken.
    """
    return make_role_for(
        ctx,
        name or template.role_name,
        template.system_policy_name,
        description=description or template.description_en,
        trust_document=template.trust_policy,
        service_name=template.service_name,
    )


def make_role_for(ctx: Context, name: str, policy: str, **columns: Any) -> RoleRow:
    """Make a role with a system policy attached; columns: The other columns of its row.

    Raises:
        RoleExists: the name is taken.
    """
    given: Mapping[str, Any] = {"role_id": new_role_id(), "role_key": name.lower(), **columns}
    role = _UNCOUNTED.create(ctx, role_name=name, **given)
    ctx.tx.insert(
        AttachmentRow(
            account_id=ctx.account_id,
            policy_type="System",
            policy_name=policy,
            entity_type="role",
            entity_id=role.role_id,
            attached_at=ctx.now,
        )
    )
    return role
