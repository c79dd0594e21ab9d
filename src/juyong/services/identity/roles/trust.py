"""Trust policies: every principal in a policy must exist when the policy is written.

Source: RAM documentation, trusted entities (documented). For a principal of another account, only
the account must exist: its users and roles stay its secret (assumed).
"""

import re
from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.fields import Doc, Judged
from juyong.api.resource import Resource
from juyong.base.ids import AccountId
from juyong.engines.policy import Document, Kind, Malformed, PrincipalName, PrincipalType, parse
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.policies.policies import (
    MalformedPolicyDocument,
    PolicyDocument,
    checked,
)
from juyong.services.identity.providers.oidc import OIDC_PROVIDER
from juyong.services.identity.providers.saml import SAML_PROVIDER
from juyong.services.identity.roles.tables import RoleRow, find_role
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


def _conditions(text: str) -> dict[str, tuple[str, ...]]:
    """Return ram:TrustedPrincipalTypes and ram:ServiceNames of the trust policy a call brings.

    A document that cannot be read brings none: the operation refuses it.
    """
    try:
        names = _principals(parse(text, Kind.TRUST))
    except Malformed:
        return {}
    services = sorted({n.value for n in names if n.type is PrincipalType.SERVICE})
    found = {"ram:TrustedPrincipalTypes": tuple(sorted({n.type.value for n in names}))}
    return {**found, "ram:ServiceNames": tuple(services)} if services else found


TrustDocument = Annotated[
    PolicyDocument, Judged(_conditions), Doc("The trust policy: JSON text, 1 to 6144 characters.")
]


def _principals(document: Document) -> list[PrincipalName]:
    return [name for statement in document.statements for name in statement.principals or ()]


def trusted(_tx: Transaction, row: RoleRow) -> list[Ref]:
    """Return the principals that a role trusts: services, providers of its account, accounts.

    A user or role counts as its account, since a new user or role may get the name. A document that
    was damaged in the store names nothing; `juyong check` reports the document.
    """
    try:
        names = _principals(parse(row.trust_document, Kind.TRUST))
    except Malformed:
        return []
    return [
        Ref(row.account_id, GLOBAL, "ACS::RAM::Service", name.value)
        if name.type is PrincipalType.SERVICE
        else _trusted(row.account_id, name.value)
        for name in names
    ]


def _trusted(own_account: AccountId, arn: str) -> Ref:
    account_id, sort, label = _parts(arn) or (own_account, "", "")
    provider = _PROVIDERS.get(sort) if account_id == own_account else None
    if provider is not None:
        return provider.ref_of(account_id, GLOBAL, label)
    return Ref(account_id, GLOBAL, "ACS::RAM::Account", account_id)


def _parts(arn: str) -> tuple[AccountId, str, str] | None:
    match = _NAMED.fullmatch(arn)
    return (AccountId(match[1]), match[2], match[3]) if match else None


def _exists(ctx: Context, arn: str) -> bool:
    parts = _parts(arn)
    if parts is None:
        return False
    account_id, sort, label = parts
    if account_id != ctx.account_id:
        return ctx.tx.get(AccountRow, account_id) is not None
    if sort == "role":
        return find_role(ctx.tx, account_id, label) is not None
    named: Resource[Any] | None = USER if sort == "user" else _PROVIDERS.get(sort)
    return sort == "root" or (named is not None and named.find(ctx, label) is not None)


_PROVIDERS: dict[str, Resource[Any]] = {
    "saml-provider": SAML_PROVIDER,
    "oidc-provider": OIDC_PROVIDER,
}
