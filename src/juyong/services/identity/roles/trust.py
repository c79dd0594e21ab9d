"""Trust policies: whom they name must exist when they are written.

Source: RAM documentation, trusted entities (documented). Of another account only the account is
looked up, since its users and roles are its own business (assumed).
"""

import re
from collections.abc import Callable

from juyong.api.context import Arguments, Context
from juyong.base.ids import AccountId
from juyong.engines.policy import Document, Kind, Malformed, PrincipalName, PrincipalType, parse
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.policies.documents import MalformedPolicyDocument, checked
from juyong.services.identity.providers.tables import OidcProviderRow, SamlProviderRow
from juyong.services.identity.roles.lookup import find_role
from juyong.services.identity.users.tables import UserRow
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


def _exists(ctx: Context, arn: str) -> bool:
    match = _NAMED.fullmatch(arn)
    if match is None:
        return False
    account_id, sort, label = AccountId(match[1]), match[2], match[3]
    if account_id != ctx.account_id:
        return ctx.tx.get(AccountRow, account_id) is not None
    if sort == "root":
        return True
    find = _FINDERS.get(sort)
    return find is not None and find(ctx.tx, account_id, label) is not None


_FINDERS: dict[str, Callable[[Transaction, AccountId, str], object]] = {
    "user": lambda tx, account_id, label: tx.find_one(
        UserRow, account_id=account_id, user_name=label
    ),
    "role": find_role,
    "saml-provider": lambda tx, account_id, label: tx.get(SamlProviderRow, account_id, label),
    "oidc-provider": lambda tx, account_id, label: tx.get(OidcProviderRow, account_id, label),
}
