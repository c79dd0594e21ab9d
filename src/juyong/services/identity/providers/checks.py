"""Prove IMS's tables: every document can be read, no row is both live and recycled."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from juyong.engines.federation.saml import BadMetadata, parse_metadata
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.credentials.key_network import BadKeyPolicy, parse_key_policy
from juyong.services.identity.credentials.tables import (
    AccessKeyPolicyRow,
    AccessKeyRow,
    RecycledAccessKeyRow,
)
from juyong.services.identity.providers.tables import (
    OidcProviderRow,
    SamlProviderRow,
    SsoSettingsRow,
)
from juyong.services.identity.users.tables import RecycledUserRow, UserRow
from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

_account = spec_of(AccountRow).table
_OF_ACCOUNTS = (
    SamlProviderRow,
    OidcProviderRow,
    SsoSettingsRow,
    AccessKeyPolicyRow,
    RecycledUserRow,
    RecycledAccessKeyRow,
)


def _without_account(row_type: type[Any]) -> sa.Select[Any]:
    table = spec_of(row_type).table
    known = sa.exists().where(_account.c.account_id == table.c.account_id)
    return sa.select(*table.primary_key.columns).where(~known)


def _in_both(row_type: type[Any], live_type: type[Any], column: str) -> sa.Select[Any]:
    binned, live = spec_of(row_type).table, spec_of(live_type).table
    return sa.select(binned.c[column]).where(live.c[column] == binned.c[column])


_STRAYS = tuple((spec_of(t).table.name, _without_account(t)) for t in _OF_ACCOUNTS)
_DOUBLES = (
    ("ims_recycled_user", _in_both(RecycledUserRow, UserRow, "user_id")),
    ("ims_recycled_access_key", _in_both(RecycledAccessKeyRow, AccessKeyRow, "access_key_id")),
)


def check(tx: Transaction, keys: Mapping[str, bytes]) -> Iterator[Finding]:  # noqa: ARG001
    """Report rows of no account, things both live and recycled, documents that cannot be read.

    Cost: one look-up a row, and one parse a document.
    """
    for table, statement in _STRAYS:
        for key in tx.query(statement):
            yield Finding("row-without-account", _place(table, key), "its account does not exist")
    for table, statement in _DOUBLES:
        for key in tx.query(statement):
            yield Finding("recycled-but-live", _place(table, key), "it was restored, or never left")
    for row_type in (SamlProviderRow, SsoSettingsRow):
        for *place, document in scan(tx, row_type, ("metadata_document",)):
            yield from _metadata(document, _place(spec_of(row_type).table.name, place))
    for *place, document in scan(tx, AccessKeyPolicyRow, ("document",)):
        try:
            parse_key_policy(document)
        except BadKeyPolicy as bad:
            where = _place("ims_access_key_policy", place)
            yield Finding("document-unreadable", where, bad.reason)


def _metadata(document: str, where: str) -> Iterator[Finding]:
    if not document:
        return
    try:
        parse_metadata(base64.b64decode(document))
    except (binascii.Error, BadMetadata) as bad:
        yield Finding("document-unreadable", where, str(bad))


def _place(table: str, key: Any) -> str:
    return " ".join(map(str, (table, *key)))
