"""Keys whose material the caller brings: GetParametersForImport, ImportKeyMaterial, its erasure.

A wrapping pair is made for one key, is named by an import token, and is good for 24 hours. A pair
is a row: its private half lies sealed in the database and is wiped when the token expires. After
that, recorded traffic cannot be opened, even by an attacker who holds all keys.

Source: KMS API reference, each operation; KMS, "Import key material" (documented). Assumed: for 7
days a token is known as expired.
"""

import base64
import binascii
import hashlib
from functools import partial
from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.base.clock import Instant, iso
from juyong.base.ids import new_token, new_uuid, random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import CryptoError, NotOffered
from juyong.engines.crypto.sealing import MaterialPlace, MaterialSealer, MaterialTampered
from juyong.engines.crypto.symmetric import NONCE_BYTES
from juyong.engines.crypto.wrapping import IMPORTS, check_import, unwrap
from juyong.services.kms import errors
from juyong.services.kms.intervals import DAY
from juyong.services.kms.keys import key as keys
from juyong.services.kms.keys.hardware import answering, doom, label_of, module_of
from juyong.services.kms.keys.material import (
    HSM,
    MAKING,
    PURPOSE,
    Fresh,
    keep,
    made_here,
    refuse_more_versions,
    seal,
    sealer_of,
)
from juyong.services.kms.keys.tables import ImportPairRow, KeyRow, KeyVersionRow, State
from juyong.services.kms.product import KEY_READS, KEY_WRITES, KMS
from juyong.store.errors import Tampered

LIFETIME_SECONDS = DAY
REMEMBERED_SECONDS = 7 * DAY
_OAEP_SHA_1 = "RSAES_OAEP_SHA_1"
WrappingAlgorithm = Annotated[
    str,
    OneOf(tuple(dict.fromkeys(name for names in IMPORTS.values() for name in names))),
    Doc(
        "RSAES_PKCS1_V1_5, RSAES_OAEP_SHA_1 (not for keys of an instance), RSAES_OAEP_SHA_256;"
        " SM2PKE with EC_SM2."
    ),
]
WrappingSpec = Annotated[str, OneOf(tuple(IMPORTS)), Doc("RSA_2048 or EC_SM2.")]
BadImportToken = fact(
    "InvalidImportToken",
    400,
    "The specified ImportToken is invalid.",
    why="The token is not one of this key.",
)
ImportTokenExpired = fact(
    "ExpiredImportToken",
    400,
    "The specified ImportToken has expired.",
    why="The token's 24 hours are over.",
)
BadKeyMaterial = fact(
    "InvalidKeyMaterial",
    400,
    "The specified EncryptedKeyMaterial is invalid.",
    why="The material does not open, has another size, or is not what the key had before.",
)

_REFUSED = (BadImportToken, ImportTokenExpired, BadKeyMaterial)


class ImportParameters(Shape, frozen=True, kw_only=True):
    """The public key that wraps material, and the token that goes with it.

    public_key: DER SubjectPublicKeyInfo in Base64.
    """

    key_id: str
    import_token: Secret
    public_key: str
    token_expire_time: Annotated[str, Of("expires_at", iso)]


def _refuse_own(row: KeyRow) -> None:
    if row.origin != keys.EXTERNAL:
        raise errors.UnsupportedOrigin


EXTERNAL_KEY = keys.keys_fit(_refuse_own, errors.UnsupportedOrigin).by(key_id=keys.KeyName)


@operation(
    KMS,
    "GetParametersForImport",
    on=EXTERNAL_KEY,
    raises=(errors.InvalidParameter, errors.UnsupportedOperation),
    rate=KEY_READS,
)
def get_parameters_for_import(
    ctx: Context,
    key: KeyRow,
    *,
    wrapping_algorithm: WrappingAlgorithm,
    wrapping_key_spec: WrappingSpec,
) -> ImportParameters:
    """Make a wrapping pair for a key's material, and a token; both are good for 24 hours.

    Each call makes a new pair and token, which must be used together.

    Assumed: EC_SM2 also for keys that are not in hardware.
    """
    try:
        check_import(key.spec, wrapping_key_spec, wrapping_algorithm)
    except NotOffered:
        raise errors.InvalidParameter(name="WrappingAlgorithm") from None
    if key.instance_id is not None and wrapping_algorithm == _OAEP_SHA_1:
        raise errors.InvalidParameter(name="WrappingAlgorithm")
    make = partial(made_here, wrapping_key_spec)
    private, public = ctx.outside(("kms-wrapping-pair", wrapping_key_spec), make)
    token = Secret(new_token())
    pair = ImportPairRow(
        token_hash=_hash(token),
        pair_id=new_uuid(),
        key_id=key.key_id,
        account_id=key.account_id,
        wrapping_spec=wrapping_key_spec,
        algorithm=wrapping_algorithm,
        expires_at=Instant(ctx.now + LIFETIME_SECONDS),
        private_key=None,
    )
    sealed = sealer_of(ctx, key).seal(
        _place(pair), nonce=random_bytes(NONCE_BYTES), material=private
    )
    ctx.tx.insert(replace(pair, private_key=sealed))
    return ImportParameters.of(
        pair, import_token=token, public_key=base64.b64encode(public).decode()
    )


@operation(
    KMS,
    "ImportKeyMaterial",
    on=EXTERNAL_KEY,
    raises=(*MAKING, errors.StateNotModified, errors.InvalidParameter, *_REFUSED),
    rate=KEY_WRITES,
)
def import_key_material(
    ctx: Context,
    key: KeyRow,
    *,
    encrypted_key_material: Secret,
    import_token: Secret,
    key_material_expire_unix: Annotated[int, Between(0, 253_402_300_799)],
) -> None:
    """Give a key its material; a key that had some takes only the same again.

    A key that waited for its material is enabled then.

    Args:
        encrypted_key_material: Base64 of the material, wrapped as GetParametersForImport said.
        import_token: The token that came with the public key.
        key_material_expire_unix: When the material is wiped; 0 is never.
    """
    keys.refuse(key, keys.CHANGE)
    if key_material_expire_unix and key_material_expire_unix <= ctx.now:
        raise errors.InvalidParameter(name="KeyMaterialExpireUnix")
    material = _material(ctx, key, import_token, encrypted_key_material)
    sealer = sealer_of(ctx, key)
    known = key.material_print or sealer.fingerprint(key.key_id, material)
    try:
        sealer.check_fingerprint(key.key_id, material, known)
    except CryptoError:
        raise BadKeyMaterial from None
    version = _stored(ctx, key, material)
    keys.change_key(
        ctx,
        key,
        state=State.ENABLED if key.state == State.PENDING_IMPORT else key.state,
        primary_version=version.version_id,
        material_print=known,
        material_expires_at=Instant(key_material_expire_unix) or None,
    )


@operation(KMS, "DeleteKeyMaterial", on=EXTERNAL_KEY, rate=KEY_WRITES)
def delete_key_material(ctx: Context, key: KeyRow) -> None:
    """Erase a key's imported material; its ciphertexts open again after the same import."""
    wipe(ctx, key)


def wipe(ctx: Context, row: KeyRow) -> None:
    """Erase a key's imported material; objects in the hardware module go with the next job."""
    for version in ctx.tx.find(KeyVersionRow, key_id=row.key_id):
        if version.token_label is not None:
            doom(ctx.tx, version.token_label, ctx.now)
        if version.material is not None:
            ctx.tx.update(version, material=None, token_label=None)
    waits = row.state == State.PENDING_DELETION
    state = State.PENDING_DELETION if waits else State.PENDING_IMPORT
    keys.change_key(ctx, row, state=state, material_expires_at=None)


def _stored(ctx: Context, row: KeyRow, material: bytes) -> KeyVersionRow:
    """Put material into the key's one version, which the first import makes."""
    held = ctx.tx.find_one(KeyVersionRow, key_id=row.key_id)
    if held is not None and held.material is not None:
        return held
    if held is None:
        refuse_more_versions(ctx, row.account_id)
    version_id = held.version_id if held else new_uuid()
    label = _imported(ctx, row, version_id, material) if row.protection == HSM else None
    content = None if label else material
    if held is None:
        fresh = Fresh(version_id=version_id, material=content, token_label=label)
        return keep(ctx, row, 1, fresh)
    back = seal(ctx, row, replace(held, token_label=label), content)
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


# --- wrapping pairs ---


def _material(ctx: Context, row: KeyRow, token: Secret, wrapped: Secret) -> bytes:
    """Return the material that came under the pair of a key that a token names."""
    pair = ctx.tx.get(ImportPairRow, _hash(token))
    if pair is None or pair.key_id != row.key_id:
        raise BadImportToken
    if pair.expires_at <= ctx.now or pair.private_key is None:
        raise ImportTokenExpired
    private_key = open_pair(sealer_of(ctx, row), pair, pair.private_key)

    def work() -> bytes:
        try:
            return unwrap(
                material_spec=row.spec,
                wrapping_spec=pair.wrapping_spec,
                algorithm=pair.algorithm,
                wrapping_key=private_key,
                wrapped=base64.b64decode(wrapped.reveal(), validate=True),
            )
        except (CryptoError, binascii.Error, ValueError):
            raise BadKeyMaterial from None

    return ctx.outside(("kms-unwrap", pair.pair_id), work)


def open_pair(sealer: MaterialSealer, pair: ImportPairRow, sealed: bytes) -> bytes:
    """Return a pair's private half; raises Tampered where the row is not as it was written."""
    try:
        return sealer.open(_place(pair), sealed)
    except MaterialTampered as bad:
        raise Tampered(f"kms_import_pair {pair.pair_id}") from bad


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
