"""Seal and open secret values: a data key for each version, sealed by the secret's CMK.

Layouts of format 1: format byte, nonce (12 bytes), ciphertext with tag. The data key is bound to
its account and to the version of the CMK; the value to the secret, its version and its type, so
that no row opens in the place of another row. A CMK inside a hardware module is used outside the
transaction, and then never gives anything but the data key.

INVARIANT: a data key seals one value. Formats are added and never changed.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from juyong.api.context import Context
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import SymmetricKey, Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, AesGcm
from juyong.services.kms.crypto.using import loaded_keys
from juyong.services.kms.errors import USABLE, KeyUnavailable, NoKey
from juyong.services.kms.keys.hardware import answering
from juyong.services.kms.keys.key import USE, as_of, refuse
from juyong.services.kms.keys.material import in_hardware, primary_version, version_of
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.store.errors import Tampered

_FORMAT = b"\x01"
_KEY_PURPOSE = b"juyong/kms/secret-data-key\x00"
_VALUE_PURPOSE = b"juyong/kms/secret-value\x00"
_DATA_KEY_BYTES = 32
SECRETS_KEY = (NoKey, KeyUnavailable, *USABLE)
"""The errors of sealing or opening a value: the secret's key is gone, or in another state, or the
hardware module that holds the key does not serve."""
T = TypeVar("T")


def seal(
    ctx: Context, row: SecretRow, version_id: str, data_type: str, value: Secret
) -> tuple[str, bytes, bytes]:
    """Seal a value under a new data key.

    Returns the id of the version of the CMK, the sealed data key, and the sealed value; raises as
    SECRETS_KEY.
    """
    key_row = _key_of(ctx, row)
    key_version = primary_version(ctx, key_row)
    key = cast("SymmetricKey", loaded_keys(ctx).get(ctx, key_row, key_version))
    place = _key_place(key_row, key_version.version_id)

    def wrap() -> tuple[bytes, bytes]:
        data_key, nonce = random_bytes(_DATA_KEY_BYTES), random_bytes(NONCE_BYTES)
        return data_key, _FORMAT + nonce + key.seal(nonce, data_key, place)

    data_key, wrapped = _using(ctx, key_version, ("wrap a secret's data key", version_id), wrap)
    nonce = random_bytes(NONCE_BYTES)
    sealed = AesGcm(data_key).seal(
        nonce, value.reveal().encode(), _value_place(row.secret_id, version_id, data_type)
    )
    return key_version.version_id, wrapped, _FORMAT + nonce + sealed


def open_value(ctx: Context, row: SecretRow, version: SecretVersionRow) -> Secret:
    """Return the value of a version; raises as SECRETS_KEY, and Tampered as `unwrapped`."""
    key_row = _key_of(ctx, row)
    key_version = version_of(ctx, key_row, version.key_version_id)
    key = cast("SymmetricKey", loaded_keys(ctx).get(ctx, key_row, key_version))

    def unwrap() -> bytes:
        return unwrapped(key, key_row, version)

    data_key = _using(ctx, key_version, ("open a secret's data key", version.data_key), unwrap)
    return opened(data_key, version)


def unwrapped(key: SymmetricKey, key_row: KeyRow, version: SecretVersionRow) -> bytes:
    """Return the data key of a version, given the version of the CMK that sealed it.

    Raises Tampered (the stored bytes are not the bytes that were sealed here).
    """
    try:
        nonce, wrapped = _parts(version.data_key)
        return key.open(nonce, wrapped, _key_place(key_row, version.key_version_id))
    except Undecipherable as bad:
        raise Tampered(f"the data key of {_named(version)} does not open") from bad


def opened(data_key: bytes, version: SecretVersionRow) -> Secret:
    """Return the value of a version, given its data key; raises Tampered."""
    place = _value_place(version.secret_id, version.version_id, version.data_type)
    try:
        nonce, sealed = _parts(version.value)
        return Secret(AesGcm(data_key).open(nonce, sealed, place).decode())
    except Undecipherable as bad:
        raise Tampered(f"the value of {_named(version)} does not open") from bad


def _named(version: SecretVersionRow) -> str:
    return f"secret {version.secret_id} version {version.version_id}"


def _using(ctx: Context, version: KeyVersionRow, key: Hashable, work: Callable[[], T]) -> T:
    """Do work with a key: here, or outside when it is in a hardware module."""
    if not in_hardware(version):
        return work()

    def in_module() -> T:
        with answering():
            return work()

    return ctx.outside((key, version.version_id), in_module)


def _key_of(ctx: Context, row: SecretRow) -> KeyRow:
    stored = ctx.tx.get(KeyRow, row.key_id)
    key_row = as_of(stored, ctx.now) if stored else None
    if key_row is None:
        raise NoKey
    refuse(key_row, USE)
    return key_row


def _parts(sealed: bytes) -> tuple[bytes, bytes]:
    if sealed[:1] != _FORMAT or len(sealed) <= 1 + NONCE_BYTES:
        raise Undecipherable("a sealed value has an unknown format")
    return sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]


def _key_place(key_row: KeyRow, key_version_id: str) -> bytes:
    return _KEY_PURPOSE + _framed(key_row.account_id, key_row.key_id, key_version_id)


def _value_place(secret_id: str, version_id: str, data_type: str) -> bytes:
    return _VALUE_PURPOSE + _framed(secret_id, version_id, data_type)


def _framed(*texts: str) -> bytes:
    """Join texts so that no two lists give the same bytes."""
    return b"".join(len(t.encode()).to_bytes(4, "big") + t.encode() for t in texts)
