"""Wrapping pairs: made for one key, named by an import token, good for 24 hours.

A pair is a row, and the token names it: the private half lies sealed in the database and is wiped
when the token expires, so that recorded traffic opens no more, even to who holds all keys then.

Source: KMS, "Import key material" (documented). Assumed: for 7 days a token is known as expired.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import Instant
from juyong.base.ids import new_token, new_uuid, random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto import software
from juyong.engines.crypto.keys import LibraryMissing
from juyong.engines.crypto.sealing import MaterialPlace, MaterialSealer, MaterialTampered
from juyong.engines.crypto.symmetric import NONCE_BYTES
from juyong.services.kms.errors import UnsupportedOperation
from juyong.services.kms.intervals import DAY
from juyong.services.kms.keys.material import sealer_of
from juyong.services.kms.keys.tables import ImportPairRow, KeyRow
from juyong.store.errors import Tampered

LIFETIME_SECONDS = DAY
REMEMBERED_SECONDS = 7 * DAY


class BadImportToken(ApiError):
    """The token is not one of this key."""

    code, status, text = "InvalidImportToken", 400, "The specified ImportToken is invalid."


class ImportTokenExpired(ApiError):
    """The token's 24 hours are over."""

    code, status, text = "ExpiredImportToken", 400, "The specified ImportToken has expired."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPair:
    """A pair just stored. public_key: DER SubjectPublicKeyInfo."""

    token: Secret
    public_key: bytes
    expires_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPair:
    """A pair to unwrap with. private_key: As engines.crypto.software made it."""

    pair_id: str
    wrapping_spec: str
    algorithm: str
    private_key: bytes = field(repr=False)


def new_pair(ctx: Context, row: KeyRow, spec: str, algorithm: str) -> NewPair:
    """Make and store a pair for a key.

    Raises:
        UnsupportedOperation: the spec's library is not installed.
    """
    private, public = ctx.outside(("kms-wrapping-pair", spec), _maker(spec))
    token = Secret(new_token())
    pair = ImportPairRow(
        token_hash=_hash(token),
        pair_id=new_uuid(),
        key_id=row.key_id,
        account_id=row.account_id,
        wrapping_spec=spec,
        algorithm=algorithm,
        expires_at=Instant(ctx.now + LIFETIME_SECONDS),
        private_key=None,
    )
    sealer = sealer_of(ctx, row)
    sealed = sealer.seal(_place(pair), nonce=random_bytes(NONCE_BYTES), material=private)
    ctx.tx.insert(replace(pair, private_key=sealed))
    return NewPair(token=token, public_key=public, expires_at=pair.expires_at)


def pair_of(ctx: Context, row: KeyRow, token: Secret) -> OpenPair:
    """Return the pair of a key that a token names.

    Raises:
        BadImportToken: there is none.
        ImportTokenExpired: its time is over.
        Tampered: its row is not as it was written.
    """
    pair = ctx.tx.get(ImportPairRow, _hash(token))
    if pair is None or pair.key_id != row.key_id:
        raise BadImportToken
    if pair.expires_at <= ctx.now or pair.private_key is None:
        raise ImportTokenExpired
    return OpenPair(
        pair_id=pair.pair_id,
        wrapping_spec=pair.wrapping_spec,
        algorithm=pair.algorithm,
        private_key=open_pair(sealer_of(ctx, row), pair, pair.private_key),
    )


def open_pair(sealer: MaterialSealer, pair: ImportPairRow, sealed: bytes) -> bytes:
    """Return a pair's private half; raises Tampered where the row is not as it was written."""
    try:
        return sealer.open(_place(pair), sealed)
    except MaterialTampered as bad:
        raise Tampered(f"kms_import_pair {pair.pair_id}") from bad


def _maker(spec: str) -> Callable[[], tuple[bytes, bytes]]:
    def make() -> tuple[bytes, bytes]:
        try:
            private = software.generate(spec)
            return private, software.public_of(spec, private)
        except LibraryMissing as missing:
            raise UnsupportedOperation from missing

    return make


def _place(pair: ImportPairRow) -> MaterialPlace:
    return MaterialPlace(
        account_id=pair.account_id,
        key_id=pair.key_id,
        version_id=pair.pair_id,
        spec=pair.wrapping_spec,
        usage=pair.algorithm,
        origin="import-pair",
        protection=str(pair.expires_at),
    )


def _hash(token: Secret) -> bytes:
    return hashlib.sha256(token.reveal().encode()).digest()
