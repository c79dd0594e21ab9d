"""Key material: where it is made, how it is kept, and how a version of a key is used.

Material in memory's reach is sealed under its account's key, which is sealed under the platform's.
Material in a hardware module never leaves it; the row then holds a sealed proof of the object's
label and public half, so that neither kind of row can be moved or changed unseen.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from juyong.api.context import Context, Platform
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_uuid, random_bytes
from juyong.engines.crypto import software
from juyong.engines.crypto.keys import (
    BadInput,
    CryptoError,
    LibraryMissing,
    MacKey,
    PrivateKey,
    SymmetricKey,
)
from juyong.engines.crypto.sealing import (
    ACCOUNT_KEY_BYTES,
    MaterialPlace,
    MaterialSealer,
    MaterialTampered,
)
from juyong.engines.crypto.specs import Family, spec_of
from juyong.engines.crypto.symmetric import NONCE_BYTES
from juyong.services.kms import errors
from juyong.services.kms.keys.hardware import answering, label_of, module_of
from juyong.services.kms.keys.key import mark_use
from juyong.services.kms.keys.tables import AccountKeyRow, KeyRow, KeyVersionRow
from juyong.store.errors import Conflict, Duplicate, Tampered
from juyong.store.seal import AesSealer
from juyong.store.tally import count_more, tally
from juyong.store.transaction import Transaction

PURPOSE = "kms"
"""The platform key that account keys are sealed under."""
HSM = "HSM"
SOFTWARE = "SOFTWARE"
MAKING = (errors.LimitExceeded, errors.UnsupportedProtection, errors.KeyUnavailable)
"""The errors of making material."""
_VERSIONS = "kms.versions"

Key = SymmetricKey | PrivateKey | MacKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """Material just made, which no row holds yet.

    material: Absent where it is in the hardware module, under token_label.
    """

    version_id: str
    material: bytes | None = field(default=None, repr=False)
    token_label: str | None = None
    public_key: bytes | None = None


# --- account keys ---


def account_key_of(ctx: Context, account_id: AccountId) -> bytes:
    """Return an account's 32-byte key; made at first use.

    Two first uses at once make one: the primary key lets one insert through, and the other
    transaction runs again.

    Raises Tampered (the row does not open).
    """
    known = ctx.tx.get(AccountKeyRow, account_id)
    if known is not None:
        return open_account_key(ctx.key(PURPOSE), known)
    key = random_bytes(ACCOUNT_KEY_BYTES)
    wrapped = AesSealer(ctx.key(PURPOSE)).seal(key, _account_place(account_id))
    made = AccountKeyRow(account_id=account_id, wrapped=wrapped, created_at=ctx.now)
    try:
        ctx.tx.insert(made)
    except Duplicate as clash:
        raise Conflict("kms_account_key") from clash
    return key


def open_account_key(root: bytes, row: AccountKeyRow) -> bytes:
    """Return the key a row holds; raises Tampered when it does not open in its place."""
    return AesSealer(root).open(row.wrapped, _account_place(row.account_id))


def _account_place(account_id: AccountId) -> bytes:
    return f"kms_account_key\x1f{account_id}".encode()


# --- making ---


def new_version(ctx: Context, row: KeyRow, number: int) -> KeyVersionRow:
    """Make material for a key and insert it as a version; the key's row stays as it is.

    Args:
        ctx: The call; pairs and objects of the hardware module are made outside its transaction.
        number: 1, 2, 3 …; of two calls that add the same one, one succeeds.

    Raises UnsupportedProtection (there is no hardware module, or it offers no such keys);
    KeyUnavailable (the module does not answer); UnsupportedOperation (the spec's library is not
    installed); LimitExceeded (the account would hold more versions than its quota `kms.versions`
    (10000)).
    """
    work = partial(make, ctx.platform, row.spec, row.protection, ctx.now)
    slow = row.protection == HSM or spec_of(row.spec).family not in (Family.SYMMETRIC, Family.MAC)
    if slow:
        key_id = row.key_id if number > 1 else ""
        fresh = ctx.outside(("kms-material", row.spec, row.protection, key_id, number), work)
    else:
        fresh = work()
    refuse_more_versions(ctx, row.account_id)
    return keep(ctx, row, number, fresh)


def make(platform: Platform, spec: str, protection: str, now: Instant) -> Fresh:
    """Make material, in memory or in the hardware module; raises as new_version.

    COST: up to seconds; never inside a transaction, except for symmetric keys in memory.
    """
    version_id = new_uuid()
    if protection == HSM:
        with answering():
            module = module_of(platform)
            label = label_of(platform.keys[PURPOSE], version_id, now, module)
            module.generate(spec, label)
            public_key = module.public_key(label) if _is_pair(spec) else None
        return Fresh(version_id=version_id, token_label=label, public_key=public_key)
    material, public_key = made_here(spec)
    return Fresh(version_id=version_id, material=material, public_key=public_key or None)


def made_here(spec: str) -> tuple[bytes, bytes]:
    """Make material in memory, and the public half of a pair, else empty; raises as new_version."""
    try:
        material = software.generate(spec)
        return material, software.public_of(spec, material) if _is_pair(spec) else b""
    except LibraryMissing as missing:
        raise errors.UnsupportedOperation from missing


def keep(ctx: Context, row: KeyRow, number: int, fresh: Fresh) -> KeyVersionRow:
    """Insert fresh material as a version of a key; raises Conflict."""
    version = KeyVersionRow(
        version_id=fresh.version_id,
        key_id=row.key_id,
        account_id=row.account_id,
        number=number,
        created_at=ctx.now,
        token_label=fresh.token_label,
        public_key=fresh.public_key,
    )
    sealed = seal(ctx, row, version, fresh.material)
    count_versions(ctx.tx, row.account_id, 1)
    try:
        ctx.tx.insert(sealed)
    except Duplicate as clash:
        raise Conflict("kms_key_version") from clash
    return sealed


def seal(
    ctx: Context, row: KeyRow, version: KeyVersionRow, material: bytes | None
) -> KeyVersionRow:
    """Return a version with its material, or the proof of its object, sealed into its place."""
    content = material if version.token_label is None else _proof(version)
    if content is None:
        raise ValueError("a version in memory needs its material")
    sealer, nonce = sealer_of(ctx, row), random_bytes(NONCE_BYTES)
    sealed = sealer.seal(_place(row, version), nonce=nonce, material=content)
    return replace(version, material=sealed)


# --- using ---


def primary_version(ctx: Context, row: KeyRow) -> KeyVersionRow:
    """Return the version that new ciphertexts and codes of a key are made with.

    Raises KeyPendingImport (it has no material yet); NoKeyVersion (the key is a pair, whose callers
    name the version).
    """
    if row.primary_version is None:
        raise errors.NoKeyVersion if _is_pair(row.spec) else errors.KeyPendingImport
    return version_of(ctx, row, row.primary_version)


def version_of(ctx: Context, row: KeyRow, version_id: str) -> KeyVersionRow:
    """Return a version of a key by its id; raises NoKeyVersion."""
    version = ctx.tx.get(KeyVersionRow, version_id)
    if version is None or version.key_id != row.key_id:
        raise errors.NoKeyVersion
    return version


def in_hardware(version: KeyVersionRow) -> bool:
    """Say whether a version is used in the hardware module, so outside the transaction."""
    return version.token_label is not None


def load(ctx: Context, row: KeyRow, version: KeyVersionRow) -> Key:
    """Return a version as a key to use; the caller must check the key's state before.

    Each use of a key in the hardware module goes through `ctx.outside`, inside
    `hardware.answering`.

    Raises KeyPendingImport (its material is absent, or imported and expired); KeyUnavailable (the
    hardware module does not serve); UnsupportedOperation (the spec's library is not installed);
    Tampered (the row is not as it was written).
    """
    if row.material_expires_at is not None and row.material_expires_at <= ctx.now:
        raise errors.KeyPendingImport
    content = open_version(ctx, row, version)
    mark_use(ctx.journal, version)
    if version.token_label is not None:
        with answering():
            return module_of(ctx.platform).key(row.spec, version.token_label)
    try:
        return software.load(row.spec, content)
    except LibraryMissing as missing:
        raise errors.UnsupportedOperation from missing


def public_key_of(ctx: Context, row: KeyRow, version: KeyVersionRow) -> bytes:
    """Return the public half of a pair as DER SubjectPublicKeyInfo, known to be the pair's own.

    Raises UnsupportedOperation (the key is no pair, or its spec's library is not installed);
    Tampered (the row is not as it was written).
    """
    if version.public_key is None:
        raise errors.UnsupportedOperation
    open_version(ctx, row, version)
    return version.public_key


def open_version(ctx: Context, row: KeyRow, version: KeyVersionRow) -> bytes:
    """Return a version's material, or of one in the hardware module the proof of its object.

    Raises KeyPendingImport (its material is absent); Tampered (the seal does not open here, or the
    row differs from the sealed facts).
    """
    account = ctx.tx.get(AccountKeyRow, row.account_id)
    if account is None:
        raise Tampered(f"kms_account_key {row.account_id}")
    return opened(open_account_key(ctx.key(PURPOSE), account), row, version)


def opened(account_key: bytes, row: KeyRow, version: KeyVersionRow) -> bytes:
    """Return the material as open_version does, under the account's key; raises the same."""
    if version.material is None:
        raise errors.KeyPendingImport
    try:
        content = MaterialSealer(account_key).open(_place(row, version), version.material)
    except MaterialTampered as bad:
        raise Tampered(f"kms_key_version {version.version_id}") from bad
    if not _fits(row.spec, version, content):
        raise Tampered(f"kms_key_version {version.version_id}")
    return content


def sealer_of(ctx: Context, row: KeyRow) -> MaterialSealer:
    """Return the sealer under the key of a key's account."""
    return MaterialSealer(account_key_of(ctx, row.account_id))


def versions_held(tx: Transaction, account_id: AccountId) -> int:
    """Return how many versions an account holds."""
    return tally(tx, KeyVersionRow, account_id, _VERSIONS)


def refuse_more_versions(ctx: Context, account_id: AccountId) -> None:
    """Refuse another version to an account that holds its quota; raises LimitExceeded."""
    if versions_held(ctx.tx, account_id) >= ctx.quota("kms.versions"):
        raise errors.LimitExceeded


def count_versions(tx: Transaction, account_id: AccountId, more: int) -> None:
    """Note, before they are added or removed, that an account holds more or fewer versions."""
    count_more(tx, KeyVersionRow, account_id, _VERSIONS, more)


def _fits(spec: str, version: KeyVersionRow, content: bytes) -> bool:
    """Say whether what was sealed is of the object, or of the public half, that a row names."""
    if version.token_label is not None:
        return hmac.compare_digest(content, _proof(version))
    if version.public_key is None and not _is_pair(spec):
        return True
    try:
        return software.public_of(spec, content) == version.public_key
    except BadInput:
        return False
    except CryptoError as lack:
        raise errors.UnsupportedOperation from lack


def _is_pair(spec: str) -> bool:
    return spec_of(spec).family not in (Family.SYMMETRIC, Family.MAC)


def _proof(version: KeyVersionRow) -> bytes:
    label = (version.token_label or "").encode()
    return hashlib.sha256(label + b"\0" + (version.public_key or b"")).digest()


def _place(row: KeyRow, version: KeyVersionRow) -> MaterialPlace:
    return MaterialPlace(
        account_id=row.account_id,
        key_id=row.key_id,
        version_id=version.version_id,
        spec=row.spec,
        usage=row.usage,
        origin=row.origin,
        protection=row.protection,
    )
