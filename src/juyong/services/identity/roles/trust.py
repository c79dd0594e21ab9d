"""Trust policies: whom they name must exist when they are written.

Source: RAM documentation, trusted entities (documented). Of another account only the account is
looked up, since its users and roles are its own business (assumed).
"""

import re
from collections.abc import Callable
from typing import Any

from juyong.api.context import Arguments, Context
from juyong.api.resource import Resource
from juyong.base.ids import AccountId
from juyong.engines.policy import Document, Kind, Malformed, PrincipalName, PrincipalType, parse
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.policies.documents import MalformedPolicyDocument, checked
from juyong.services.identity.providers.oidc import OIDC_PROVIDER
from juyong.services.identity.providers.saml import SAML_PROVIDER
from juyong.services.identity.providers.tables import OidcProviderRow, SamlProviderRow
from juyong.services.identity.roles.lookup import find_role
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import USER
from juyong.store.inventory import GLOBAL, Ref
from juyong.store.transaction import Transaction

_NAMED = re.compile(r"acs:ram:\*?:([0-9]+):([a-z-]+)/?(.*)")


def checked_trust(ctx: Context, text: str) -> Document:
    """Read a trust policy.

    Raises:
        MalformedPolicyDocument: the grammar does not allow it, or it names a principal that does
            not exist.
    """
    document = checked(text, Kind.TRUST)
    for name in _principals(document):
        if name.type is not PrincipalType.SERVICE and not _exists(ctx, name.value):
            raise MalformedPolicyDocument(reason=f"the principal `{name.value}` does not exist")
    return document


def trust_conditions(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return ram:TrustedPrincipalTypes and ram:ServiceNames of the trust policy a call brings.

    A document that cannot be read brings none: the operation refuses it.
    """
    text = arguments.get("assume_role_policy_document") or arguments.get(
        "new_assume_role_policy_document"
    )
    if text is None:
        return {}
    try:
        names = _principals(parse(text, Kind.TRUST))
    except Malformed:
        return {}
    services = sorted({n.value for n in names if n.type is PrincipalType.SERVICE})
    found = {"ram:TrustedPrincipalTypes": tuple(sorted({n.type.value for n in names}))}
    return {**found, "ram:ServiceNames": tuple(services)} if services else found


def _principals(document: Document) -> list[PrincipalName]:
    return [name for statement in document.statements for name in statement.principals or ()]


def trusted(tx: Transaction, row: RoleRow) -> list[Ref]:
    """Return what a role trusts: services, accounts, and principals of its own account."""
    found = []
    for name in _principals(parse(row.trust_document, Kind.TRUST)):
        if name.type is PrincipalType.SERVICE:
            found.append(Ref(row.account_id, GLOBAL, "ACS::RAM::Service", name.value))
        elif (ref := _ref(tx, row.account_id, name.value)) is not None:
            found.append(ref)
    return found


def _exists(ctx: Context, arn: str) -> bool:
    ref = _ref(ctx.tx, ctx.account_id, arn)
    return ref is not None and (
        ref.account_id == ctx.account_id or ctx.tx.get(AccountRow, ref.account_id) is not None
    )


def _ref(tx: Transaction, own_account: AccountId, arn: str) -> Ref | None:
    """Return what a principal names; of another account, the account."""
    match = _NAMED.fullmatch(arn)
    if match is None:
        return None
    account_id, sort, label = AccountId(match[1]), match[2], match[3]
    if account_id != own_account or sort == "root":
        return Ref(account_id, GLOBAL, "ACS::RAM::Account", account_id)
    find = _FINDERS.get(sort)
    return find(tx, account_id, label) if find else None


def _user(tx: Transaction, account_id: AccountId, label: str) -> Ref | None:
    return _of(USER, tx.find_one(UserRow, account_id=account_id, user_name=label))


def _role(tx: Transaction, account_id: AccountId, label: str) -> Ref | None:
    row = find_role(tx, account_id, label)
    return Ref(account_id, GLOBAL, "ACS::RAM::Role", row.role_id) if row else None


def _of(resource: Resource[Any], row: object) -> Ref | None:
    return None if row is None else resource.ref(row)


_FINDERS: dict[str, Callable[[Transaction, AccountId, str], Ref | None]] = {
    "user": _user,
    "role": _role,
    "saml-provider": lambda tx, account_id, label: _of(
        SAML_PROVIDER, tx.get(SamlProviderRow, account_id, label)
    ),
    "oidc-provider": lambda tx, account_id, label: _of(
        OIDC_PROVIDER, tx.get(OidcProviderRow, account_id, label)
    ),
}
