"""Prove the keys: every sealed value opens in its place, and every reference has its target.

Whether the hardware module still holds its objects is compared by the job (jobs.py), since
a check has no module.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from juyong.base.ids import AccountId
from juyong.engines.crypto.sealing import MaterialSealer
from juyong.engines.crypto.specs import Family, spec_of
from juyong.engines.policy import Kind, Malformed, TooLong, parse
from juyong.services.identity.facade import AccountRow
from juyong.services.kms.errors import KeyPendingImport, UnsupportedOperation
from juyong.services.kms.keys.importing import open_pair
from juyong.services.kms.keys.material import PURPOSE, open_account_key, opened
from juyong.services.kms.keys.tables import (
    AccountKeyRow,
    AliasRow,
    ImportPairRow,
    KeyRow,
    KeyVersionRow,
    State,
)
from juyong.store.errors import Tampered
from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.transaction import Transaction

AccountKeys = Mapping[str, bytes]
R = TypeVar("R")


def check(tx: Transaction, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report account keys, material, wrapping pairs, keys and aliases that are not sound.

    Cost: one opening a row, for pairs also one derivation of the public half.
    """
    account_keys: dict[str, bytes] = {}
    for account in rows(tx, AccountKeyRow):
        try:
            account_keys[account.account_id] = open_account_key(keys[PURPOSE], account)
        except Tampered:
            where = f"kms_account_key {account.account_id}"
            yield Finding("account-key-unreadable", where, "it does not open in its place")
    for version in rows(tx, KeyVersionRow):
        yield from _version(tx, account_keys, version)
    for row in rows(tx, KeyRow):
        yield from _key(tx, row)
    for alias in rows(tx, AliasRow):
        yield from _alias(tx, alias)
    for pair in rows(tx, ImportPairRow):
        yield from _pair(account_keys, pair)


def rows(tx: Transaction, row_type: type[R]) -> Iterator[R]:
    """Yield every row of a table."""
    for key in scan(tx, row_type):
        row = tx.get(row_type, *key)
        if row is not None:
            yield row


def _alias(tx: Transaction, alias: AliasRow) -> Iterator[Finding]:
    row = tx.get(KeyRow, alias.key_id)
    if row is None or (row.account_id, row.region) != (alias.account_id, alias.region):
        where = f"kms_alias {alias.account_id} {alias.region} {alias.alias_name}"
        yield Finding("alias-without-key", where, "it names no key of its account and region")


def _version(tx: Transaction, known: AccountKeys, version: KeyVersionRow) -> Iterator[Finding]:
    where = f"kms_key_version {version.version_id}"
    row = tx.get(KeyRow, version.key_id)
    if row is None or row.account_id != version.account_id:
        yield Finding("version-without-key", where, "its key does not exist in its account")
        return
    yield from _opening(known, row.account_id, where, lambda key: opened(key, row, version))


def _opening(
    known: AccountKeys, account_id: AccountId, where: str, open_it: Callable[[bytes], bytes]
) -> Iterator[Finding]:
    account_key = known.get(account_id)
    if account_key is None:
        yield Finding("material-unreadable", where, "its account has no readable key")
        return
    try:
        open_it(account_key)
    except KeyPendingImport:
        return
    except UnsupportedOperation:
        yield Finding("material-unproved", where, "its spec's library is not installed", "notice")
    except Tampered:
        yield Finding("material-unreadable", where, "it does not open in its place")


def _key(tx: Transaction, row: KeyRow) -> Iterator[Finding]:
    where = f"kms_key {row.key_id}"
    if tx.get(AccountRow, row.account_id) is None:
        yield Finding("row-without-account", where, "its account does not exist")
    versions = {v.version_id: v for v in tx.find(KeyVersionRow, key_id=row.key_id)}
    has_primary = spec_of(row.spec).family in (Family.SYMMETRIC, Family.MAC)
    waits = row.state == State.PENDING_IMPORT or (
        row.state == State.PENDING_DELETION and row.material_print
    )
    if row.primary_version is not None and row.primary_version not in versions:
        yield Finding("key-without-version", where, "its primary version does not exist")
    elif not versions and row.state not in (State.PENDING_IMPORT, State.PENDING_DELETION):
        yield Finding("key-without-version", where, "it has no version")
    elif not waits and any(version.material is None for version in versions.values()):
        yield Finding("key-without-material", where, "material of a version is absent")
    elif has_primary and versions and row.primary_version is None:
        yield Finding("key-without-version", where, "it has no primary version")
    yield from unreadable(where, row.policy)


def unreadable(where: str, policy: str | None) -> Iterator[Finding]:
    """Report a policy of a key or a secret that does not parse."""
    if policy is not None:
        try:
            parse(policy, Kind.RESOURCE, action_prefix="kms:")
        except (Malformed, TooLong) as bad:
            yield Finding("document-unreadable", where, str(bad))


def _pair(known: AccountKeys, pair: ImportPairRow) -> Iterator[Finding]:
    sealed, where = pair.private_key, f"kms_import_pair {pair.pair_id}"
    if sealed is not None:
        yield from _opening(
            known,
            pair.account_id,
            where,
            lambda key: open_pair(MaterialSealer(key), pair, sealed),
        )
