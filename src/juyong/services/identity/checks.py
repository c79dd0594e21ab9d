"""Prove RAM's tables: the owner of every row exists, and every document can be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from juyong.content.policies.system import system_policy
from juyong.engines.policy import Kind, Malformed, parse
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.credentials.tables import (
    AccessKeyRow,
    LoginProfileRow,
    MfaDeviceRow,
    PasskeyRow,
    PasswordHistoryRow,
)
from juyong.services.identity.policies.policies import POLICY
from juyong.services.identity.policies.tables import AttachmentRow, PolicyRow, PolicyVersionRow
from juyong.services.identity.roles.roles import ROLE
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import GroupRow, MembershipRow, UserRow
from juyong.services.identity.users.users import USER
from juyong.store.finding import Finding, Severity
from juyong.store.scan import scan
from juyong.store.table import spec_of
from juyong.store.tags import TagRow
from juyong.store.tally import TallyRow
from juyong.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows that must not exist; the statement selects the columns that name them."""

    code: str
    table: str
    what: str
    statement: sa.Select[Any]
    severity: Severity = "damage"


def _core(row_type: type[Any]) -> sa.Table:
    return spec_of(row_type).table


_account, _user, _group, _role = map(_core, (AccountRow, UserRow, GroupRow, RoleRow))
_key, _membership, _attachment = map(_core, (AccessKeyRow, MembershipRow, AttachmentRow))
_policy, _version, _tag = map(_core, (PolicyRow, PolicyVersionRow, TagRow))
_profile, _history, _device = map(_core, (LoginProfileRow, PasswordHistoryRow, MfaDeviceRow))
_passkey = _core(PasskeyRow)


def _missing(target: sa.Table, **equal: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """No row of target has these values."""
    return ~sa.exists().where(*(target.c[name] == value for name, value in equal.items()))


def _no_owner(table: sa.Table) -> sa.ColumnElement[bool]:
    """owner_id is neither a user of the account nor the account itself (for root)."""
    return sa.and_(
        _missing(_user, user_id=table.c.owner_id, account_id=table.c.account_id),
        table.c.owner_id != table.c.account_id,
    )


def _dangling(code: str, what: str, table: sa.Table, *where: sa.ColumnElement[bool]) -> _Rule:
    statement = sa.select(*table.primary_key.columns).where(*where)
    return _Rule(code, table.name, what, statement)


_ENTITIES = (("user", _user, "user_id"), ("group", _group, "group_id"), ("role", _role, "role_id"))
_administered = sa.exists().where(
    _attachment.c.account_id == _account.c.account_id,
    _attachment.c.policy_type == "System",
    _attachment.c.policy_name == "AdministratorAccess",
    sa.or_(
        _attachment.c.entity_type == "user",
        sa.and_(
            _attachment.c.entity_type == "group",
            sa.exists().where(_membership.c.group_id == _attachment.c.entity_id),
        ),
    ),
)
_RULES = (
    _dangling(
        "membership-without-user",
        "the member does not exist",
        _membership,
        _missing(_user, user_id=_membership.c.user_id, account_id=_membership.c.account_id),
    ),
    _dangling(
        "membership-without-group",
        "the group does not exist",
        _membership,
        _missing(_group, group_id=_membership.c.group_id, account_id=_membership.c.account_id),
    ),
    *(
        _dangling(
            f"attachment-without-{kind}",
            f"the {kind} does not exist",
            _attachment,
            _attachment.c.entity_type == kind,
            _missing(
                target,
                **{id_column: _attachment.c.entity_id, "account_id": _attachment.c.account_id},
            ),
        )
        for kind, target, id_column in _ENTITIES
    ),
    _dangling(
        "attachment-of-unknown-kind",
        "it is attached to neither user, group nor role",
        _attachment,
        _attachment.c.entity_type.not_in([kind for kind, _, _ in _ENTITIES]),
    ),
    _dangling(
        "attachment-without-policy",
        "the custom policy does not exist",
        _attachment,
        _attachment.c.policy_type == "Custom",
        _missing(
            _policy, policy_name=_attachment.c.policy_name, account_id=_attachment.c.account_id
        ),
    ),
    _dangling("access-key-without-owner", "its owner does not exist", _key, _no_owner(_key)),
    _dangling(
        "login-profile-without-owner", "its owner does not exist", _profile, _no_owner(_profile)
    ),
    _dangling(
        "password-history-without-owner",
        "its owner does not exist",
        _history,
        _missing(_user, user_id=_history.c.owner_id),
        _missing(_account, account_id=_history.c.owner_id),
    ),
    _dangling(
        "mfa-device-without-owner",
        "its owner does not exist",
        _device,
        _device.c.owner_id.is_not(None),
        _no_owner(_device),
    ),
    _dangling("passkey-without-owner", "its user does not exist", _passkey, _no_owner(_passkey)),
    *(
        _dangling(
            "tag-without-resource",
            "its resource does not exist",
            _tag,
            _tag.c.resource_type == resource.kind,
            _missing(target, **{resource.id: _tag.c.resource_id, "account_id": _tag.c.account_id}),
        )
        for resource, target in ((USER, _user), (ROLE, _role), (POLICY, _policy))
    ),
    _dangling(
        "policy-without-default-version",
        "its default version does not exist",
        _policy,
        _missing(
            _version,
            account_id=_policy.c.account_id,
            policy_name=_policy.c.policy_name,
            number=_policy.c.default_version,
        ),
    ),
    _dangling(
        "policy-version-without-policy",
        "its policy does not exist",
        _version,
        _missing(_policy, account_id=_version.c.account_id, policy_name=_version.c.policy_name),
    ),
    _Rule(
        "account-without-administrator",
        "ram_account",
        "no user has the policy AdministratorAccess",
        sa.select(_account.c.account_id).where(~_administered),
        "notice",
    ),
)
_SYSTEM_POLICIES = (
    sa.select(_attachment.c.policy_name).where(_attachment.c.policy_type == "System").distinct()
)


def check(tx: Transaction, _keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report rows that belong to nothing and documents that cannot be read.

    Cost: one indexed look-up a row, and one parse a document.
    """
    for rule in _RULES:
        for key in tx.query(rule.statement):
            yield Finding(rule.code, _place(rule.table, key), rule.what, rule.severity)
    for (name,) in tx.query(_SYSTEM_POLICIES):
        if system_policy(name) is None:
            where = _place("ram_attachment", (name,))
            yield Finding("attachment-without-policy", where, "there is no such system policy")
    for row in scan(tx, PolicyVersionRow, ("document",)):
        yield from _unreadable(row[-1], Kind.IDENTITY, _place("ram_policy_version", row[:-1]))
    for row in scan(tx, RoleRow, ("trust_document",)):
        yield from _unreadable(row[-1], Kind.TRUST, _place("ram_role", row[:-1]))
    yield from _miscounted(tx)


def _miscounted(tx: Transaction) -> Iterator[Finding]:
    """A wrong count lets an account exceed its quota, or keeps the account from using it."""
    for held in tx.find(TallyRow, name="ram.users"):
        counted = tx.count(UserRow, account_id=held.account_id)
        if counted != held.value:
            where = _place("store_tally", (held.account_id, held.name))
            yield Finding("tally-wrong", where, f"says {held.value} where there are {counted}")


def _unreadable(document: str, kind: Kind, where: str) -> Iterator[Finding]:
    try:
        parse(document, kind)
    except Malformed as bad:
        yield Finding("document-unreadable", where, str(bad))


def _place(table: str, key: tuple[Any, ...]) -> str:
    return " ".join(map(str, (table, *key)))
