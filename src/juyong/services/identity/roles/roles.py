"""Roles: how they are found, changed and deleted.

INVARIANT: an Arn carries the role name in lower case, RoleName as it was given.
Source: RAM API reference (documented); the lower case (observed).
"""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.services.identity.roles.lookup import find_role
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.tagging import (
    TagList,
    remove_tags,
    tag_list,
    tags_of,
)
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

TAGGED_AS = "role"


class RoleBase(Shape, frozen=True, kw_only=True):
    """What every answer about a role holds."""

    role_id: str
    role_name: str
    arn: str
    description: str
    create_date: str


class NewRole(RoleBase, frozen=True, kw_only=True):
    """A role as CreateRole returns it."""

    assume_role_policy_document: str
    max_session_duration: int
    allow_console_login: bool


class ChangedRole(NewRole, frozen=True, kw_only=True):
    """A role as UpdateRole returns it."""

    update_date: str


class RoleState(ChangedRole, frozen=True, kw_only=True):
    """What the inventory keeps of a role."""

    is_service_linked_role: bool
    tags: TagList


def role_arn(row: RoleRow) -> str:
    """Name a role as the API does."""
    return ram_arn(row.account_id, f"role/{row.role_key}")


def role_state(ctx: Context, row: RoleRow) -> RoleState:
    """Describe a role for the inventory."""
    return RoleState(
        role_id=row.role_id,
        role_name=row.role_name,
        arn=role_arn(row),
        description=row.description,
        create_date=iso(row.created_at),
        assume_role_policy_document=row.trust_document,
        max_session_duration=row.max_session_seconds,
        allow_console_login=row.allow_console_login,
        update_date=iso(row.updated_at),
        is_service_linked_role=row.service_name is not None,
        tags=tag_list(tags_of(ctx.tx, row.account_id, TAGGED_AS, row.role_id)),
    )


RESOURCE = "ACS::RAM::Role"


class NoRole(ApiError):
    """No such role in the account."""

    code, status, text = "EntityNotExist.Role", 404, "The role does not exist."


class RoleExists(ApiError):
    """The name is taken; names that differ in case only are the same."""

    code, status, text = "EntityAlreadyExists.Role", 409, "The role does already EXIST."


class TooManyRoles(ApiError):
    """The account holds its quota `ram.roles`."""

    code, status, text = "LimitExceeded.Role", 409, "The count of roles beyond the current limits."


class RoleHasPolicy(ApiError):
    """Detach the policies first."""

    code, status = "DeleteConflict.Role.Policy", 409
    text = "The role CAN NOT has any attached policy while deleting the role."


class LinkedToService(ApiError):
    """Only the linked service decides about such a role (code and text assumed)."""

    code, status = "NoPermission.ServiceLinkedRole", 403
    text = "The service linked role can not be modified."


def role_named(tx: Transaction, account_id: AccountId, role_name: str) -> RoleRow:
    """Return a role by name, in whatever case.

    Raises:
        NoRole: there is none.
    """
    row = find_role(tx, account_id, role_name)
    if row is None:
        raise NoRole
    return row


def changeable(row: RoleRow) -> RoleRow:
    """Return the role unless it is linked to a service.

    Raises:
        LinkedToService: it is.
    """
    if row.service_name is not None:
        raise LinkedToService
    return row


def insert_role(ctx: Context, row: RoleRow) -> None:
    """Store a new role.

    Raises:
        RoleExists: the name is taken.
    """
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise RoleExists from None


def remove_role(ctx: Context, row: RoleRow) -> None:
    """Delete a role and its tags; its sessions die with it."""
    state = role_state(ctx, row)
    remove_tags(ctx, TAGGED_AS, row.role_id)
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, row.role_id, row.role_name, state)
