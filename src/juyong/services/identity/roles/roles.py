"""Roles: their names, their answers, their place in the inventory.

INVARIANT: an Arn carries the role name in lower case, RoleName as it was given.
Source: RAM API reference (documented); the lower case (observed).
"""

from typing import Annotated

from juyong.api.errors import fact
from juyong.api.resource import Documents, Links, Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape, UpdateDate
from juyong.engines.policy import Layer
from juyong.services.identity.errors import full, in_use, missing, taken
from juyong.services.identity.fields import RoleName
from juyong.services.identity.policies.policies import policy_links
from juyong.services.identity.roles.tables import RoleRow, find_role
from juyong.services.identity.roles.trust import trusted
from juyong.services.identity.tagging import RULES

LongestSession = Annotated[int, Of("max_session_seconds")]
TrustText = Annotated[str, Of("trust_document")]
NoRole = missing("EntityNotExist.Role", "role")
RoleExists = taken(
    "EntityAlreadyExists.Role",
    "role",
    "The name is taken; names that differ in case only are the same.",
)
TooManyRoles = full("LimitExceeded.Role", "roles", "ram.roles")
RoleHasPolicy = in_use(
    "DeleteConflict.Role.Policy", "has any attached policy", "Detach the policies first."
)
LinkedToService = fact(
    "NoPermission.ServiceLinkedRole",
    403,
    "The service linked role can not be modified.",
    why="Only the linked service decides about such a role (code and text assumed).",
)


class RoleBase(Shape, frozen=True, kw_only=True):
    """The members that every answer about a role has."""

    role_id: str
    role_name: str
    arn: str
    description: str
    create_date: CreateDate


class RoleState(RoleBase, frozen=True, kw_only=True):
    """The inventory's state of a role."""

    update_date: UpdateDate
    assume_role_policy_document: TrustText
    max_session_duration: LongestSession
    allow_console_login: bool
    is_service_linked_role: bool


ROLE: Resource[RoleRow] = Resource(
    kind="ACS::RAM::Role",
    row=RoleRow,
    id="role_id",
    name="role_name",
    label="role_key",
    arn="ram:role/",
    find=lambda ctx, name: find_role(ctx.tx, ctx.account_id, name),
    missing=NoRole,
    taken=RoleExists,
    quota=Quota("ram.roles", TooManyRoles),
    state=RoleState,
    documents=Documents(Layer.TRUST, lambda state, _owner: (state["AssumeRolePolicyDocument"],)),
    tags=RULES,
    links=(Links("trusts", trusted), policy_links("role", "role_id", at_once=True)),
)
BY_NAME = ROLE.by(role_name=RoleName)


def changeable(row: RoleRow) -> RoleRow:
    """Return the role unless it is linked to a service.

    Raises:
        LinkedToService: the role is linked to a service.
    """
    if row.service_name is not None:
        raise LinkedToService
    return row
