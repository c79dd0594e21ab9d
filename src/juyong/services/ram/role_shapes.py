"""Roles as operations answer them.

INVARIANT: an Arn carries the role name in lower case, RoleName as it was given.
Source: RAM API reference (documented); the lower case (observed).
"""

import msgspec

from juyong.api.shape import Shape
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.roles.roles import (
    ChangedRole,
    NewRole,
    RoleBase,
    role_arn,
)
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.tagging import TagList
from juyong.store.transaction import Transaction


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

    max_session_duration: int
    allow_console_login: bool
    update_date: str
    tags: TagList


class LinkedRole(RoleBase, frozen=True, kw_only=True):
    """A role as CreateServiceLinkedRole returns it."""

    assume_role_policy_document: str
    is_service_linked_role: bool


def new_role(row: RoleRow) -> NewRole:
    """Present a role that was just made."""
    return NewRole(
        role_id=row.role_id,
        role_name=row.role_name,
        arn=role_arn(row),
        description=row.description,
        create_date=iso(row.created_at),
        assume_role_policy_document=row.trust_document,
        max_session_duration=row.max_session_seconds,
        allow_console_login=row.allow_console_login,
    )


def changed_role(row: RoleRow) -> ChangedRole:
    """Present a role that was just changed."""
    return ChangedRole(
        role_id=row.role_id,
        role_name=row.role_name,
        arn=role_arn(row),
        description=row.description,
        create_date=iso(row.created_at),
        assume_role_policy_document=row.trust_document,
        max_session_duration=row.max_session_seconds,
        allow_console_login=row.allow_console_login,
        update_date=iso(row.updated_at),
    )


def role_detail(tx: Transaction, row: RoleRow) -> RoleDetail:
    """Present a role in full."""
    return RoleDetail(
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
        role_principal_name=f"{row.role_name}@role.{_domain(tx, row.account_id)}",
    )


def role_item(row: RoleRow, tags: TagList) -> RoleItem:
    """Present a role in a list."""
    return RoleItem(
        role_id=row.role_id,
        role_name=row.role_name,
        arn=role_arn(row),
        description=row.description,
        create_date=iso(row.created_at),
        max_session_duration=row.max_session_seconds,
        allow_console_login=row.allow_console_login,
        update_date=iso(row.updated_at),
        tags=tags,
    )


def linked_role(row: RoleRow) -> LinkedRole:
    """Present a service-linked role that was just made."""
    return LinkedRole(
        role_id=row.role_id,
        role_name=row.role_name,
        arn=role_arn(row),
        description=row.description,
        create_date=iso(row.created_at),
        assume_role_policy_document=row.trust_document,
        is_service_linked_role=True,
    )


def _domain(tx: Transaction, account_id: AccountId) -> str:
    account = tx.get(AccountRow, account_id)
    alias = account.alias if account and account.alias else account_id
    return f"{alias}.onaliyunservice.com"
