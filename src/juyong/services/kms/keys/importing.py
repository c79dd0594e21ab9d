"""Keys whose material the caller brings: GetParametersForImport, ImportKeyMaterial, its erasure.

Source: KMS, "Import key material" (documented).
"""

import base64
import binascii
from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Between, OneOf
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import Instant, iso
from juyong.base.ids import new_uuid
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import CryptoError, NotOffered
from juyong.engines.crypto.wrapping import IMPORTS, check_import, unwrap
from juyong.services.kms.errors import (
    AliasNotTaken,
    InvalidParameter,
    KeyUnavailable,
    LimitExceeded,
    NoKey,
    StateNotModified,
    UnsupportedOperation,
    UnsupportedOrigin,
    UnsupportedProtection,
)
from juyong.services.kms.keys.create import EXTERNAL
from juyong.services.kms.keys.find import (
    find_managed_key,
    key_policy,
    key_resource,
)
from juyong.services.kms.keys.hardware import answering, label_of, module_of
from juyong.services.kms.keys.import_pairs import (
    BadImportToken,
    ImportTokenExpired,
    OpenPair,
    new_pair,
    pair_of,
)
from juyong.services.kms.keys.material import (
    HSM,
    MOST_VERSIONS,
    PURPOSE,
    Fresh,
    Vault,
    keep,
    seal,
    sealer_of,
    versions_held,
)
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.noting import note_key
from juyong.services.kms.keys.states import (
    ENABLED,
    IMPORT,
    PENDING_DELETION,
    PENDING_IMPORT,
    refuse,
)
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.keys.token_objects import doom
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import KEY_READS, KEY_WRITES
from juyong.services.kms.tagging import resource_tags
from juyong.store.transaction import Transaction

_OAEP_SHA_1 = "RSAES_OAEP_SHA_1"
_ALGORITHMS = tuple(dict.fromkeys(name for names in IMPORTS.values() for name in names))


class BadKeyMaterial(ApiError):
    """The material does not open, has another size, or is not what the key had before."""

    code, status = "InvalidKeyMaterial", 400
    text = "The specified EncryptedKeyMaterial is invalid."


class ImportParameters(Shape, frozen=True, kw_only=True):
    """What material is wrapped with, and the token that goes with it.

    public_key: DER SubjectPublicKeyInfo in Base64.
    """

    key_id: str
    import_token: Secret
    public_key: str
    token_expire_time: str


@operation(
    KMS,
    "GetParametersForImport",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, UnsupportedOrigin, InvalidParameter, UnsupportedOperation),
    rate=KEY_READS,
)
def get_parameters_for_import(
    ctx: Context,
    *,
    key_id: KeyName,
    wrapping_algorithm: Annotated[str, OneOf(_ALGORITHMS)],
    wrapping_key_spec: Annotated[str, OneOf(tuple(IMPORTS))],
) -> ImportParameters:
    """Make a wrapping pair for a key's material, and a token; both are good for 24 hours.

    Args:
        wrapping_algorithm: RSAES_PKCS1_V1_5, RSAES_OAEP_SHA_1 (not for keys of an instance),
            RSAES_OAEP_SHA_256; SM2PKE with EC_SM2.
        wrapping_key_spec: RSA_2048 or EC_SM2.

    Returns:
        Public key and token. Each call makes new ones; they must be used together.

    Source: KMS API reference, GetParametersForImport (documented). Assumed: EC_SM2 also for keys
        that are not in hardware.
    """
    row = _external(ctx, key_id)
    try:
        check_import(row.spec, wrapping_key_spec, wrapping_algorithm)
    except NotOffered:
        raise InvalidParameter(name="WrappingAlgorithm") from None
    if row.instance_id is not None and wrapping_algorithm == _OAEP_SHA_1:
        raise InvalidParameter(name="WrappingAlgorithm")
    pair = new_pair(ctx, row, wrapping_key_spec, wrapping_algorithm)
    return ImportParameters(
        key_id=row.key_id,
        import_token=pair.token,
        public_key=base64.b64encode(pair.public_key).decode(),
        token_expire_time=iso(pair.expires_at),
    )


@operation(
    KMS,
    "ImportKeyMaterial",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(
        AliasNotTaken,
        NoKey,
        UnsupportedOrigin,
        StateNotModified,
        BadImportToken,
        ImportTokenExpired,
        BadKeyMaterial,
        InvalidParameter,
        LimitExceeded,
        UnsupportedProtection,
        KeyUnavailable,
    ),
    rate=KEY_WRITES,
)
def import_key_material(
    ctx: Context,
    *,
    key_id: KeyName,
    encrypted_key_material: Secret,
    import_token: Secret,
    key_material_expire_unix: Annotated[int, Between(0, 253_402_300_799)],
) -> Empty:
    """Give a key its material; a key that had some takes only the same again.

    Args:
        encrypted_key_material: Base64 of the material, wrapped as GetParametersForImport said.
        import_token: The token that came with the public key.
        key_material_expire_unix: When the material is wiped; 0 is never.

    Returns:
        No member. A key that waited for its material is enabled then.

    Source: KMS API reference, ImportKeyMaterial (documented).
    """
    row = _external(ctx, key_id)
    refuse(row, IMPORT)
    if key_material_expire_unix and key_material_expire_unix <= ctx.now:
        raise InvalidParameter(name="KeyMaterialExpireUnix")
    pair = pair_of(ctx, row, import_token)
    material = _unwrapped(ctx, row, pair, encrypted_key_material)
    sealer = sealer_of(ctx, row)
    known = row.material_print or sealer.fingerprint(row.key_id, material)
    try:
        sealer.check_fingerprint(row.key_id, material, known)
    except CryptoError:
        raise BadKeyMaterial from None
    version = _stored(ctx, row, material)
    row = ctx.tx.update(
        row,
        state=ENABLED if row.state == PENDING_IMPORT else row.state,
        primary_version=version.version_id,
        material_print=known,
        material_expires_at=Instant(key_material_expire_unix) or None,
    )
    note_key(ctx.tx, ctx.journal, "updated", row)
    return Empty()


@operation(
    KMS,
    "DeleteKeyMaterial",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    raises=(AliasNotTaken, NoKey, UnsupportedOrigin),
    rate=KEY_WRITES,
)
def delete_key_material(ctx: Context, *, key_id: KeyName) -> Empty:
    """Erase a key's imported material; what it encrypted opens again once the same is back.

    Returns:
        Nothing, also where there was none.

    Source: KMS API reference, DeleteKeyMaterial (documented).
    """
    row = wipe(ctx.tx, _external(ctx, key_id), ctx.now)
    note_key(ctx.tx, ctx.journal, "updated", row)
    return Empty()


def has_expired(row: KeyRow, now: Instant) -> bool:
    """Say whether imported material is to be wiped now."""
    return row.material_expires_at is not None and row.material_expires_at <= now


def wipe(tx: Transaction, row: KeyRow, now: Instant) -> KeyRow:
    """Erase a key's imported material; objects in the hardware module go with the next job."""
    for version in tx.find(KeyVersionRow, key_id=row.key_id):
        if version.token_label is not None:
            doom(tx, version.token_label, now)
        if version.material is not None:
            tx.update(version, material=None, token_label=None)
    state = PENDING_DELETION if row.state == PENDING_DELETION else PENDING_IMPORT
    return tx.update(row, state=state, material_expires_at=None)


def _external(ctx: Context, key_id: str) -> KeyRow:
    row = find_managed_key(ctx, key_id)
    if row.origin != EXTERNAL:
        raise UnsupportedOrigin
    return row


def _unwrapped(ctx: Context, row: KeyRow, pair: OpenPair, wrapped: Secret) -> bytes:
    def work() -> bytes:
        try:
            return unwrap(
                material_spec=row.spec,
                wrapping_spec=pair.wrapping_spec,
                algorithm=pair.algorithm,
                wrapping_key=pair.private_key,
                wrapped=base64.b64decode(wrapped.reveal(), validate=True),
            )
        except (CryptoError, binascii.Error, ValueError):
            raise BadKeyMaterial from None

    return ctx.outside(("kms-unwrap", pair.pair_id), work)


def _stored(ctx: Context, row: KeyRow, material: bytes) -> KeyVersionRow:
    """Put material into the key's one version, which the first import makes."""
    vault = Vault.of(ctx)
    held = ctx.tx.find_one(KeyVersionRow, key_id=row.key_id)
    if held is not None and held.material is not None:
        return held
    if held is None and versions_held(ctx.tx, row.account_id) >= ctx.quota(
        "kms.versions", MOST_VERSIONS
    ):
        raise LimitExceeded
    version_id = held.version_id if held else new_uuid()
    label = _imported(ctx, row, version_id, material) if row.protection == HSM else None
    content = None if label else material
    if held is None:
        fresh = Fresh(version_id=version_id, material=content, token_label=label)
        return keep(vault, row, 1, fresh)
    back = seal(vault, row, replace(held, token_label=label), content)
    return ctx.tx.update(held, material=back.material, token_label=label)


def _imported(ctx: Context, row: KeyRow, version_id: str, material: bytes) -> str:
    """Put material into the hardware module; returns its label."""

    def work() -> str:
        with answering():
            module = module_of(ctx.platform)
            label = label_of(ctx.key(PURPOSE), version_id, ctx.now, module)
            module.import_material(row.spec, label, material)
        return label

    return ctx.outside(("kms-import", row.key_id, row.version), work)
