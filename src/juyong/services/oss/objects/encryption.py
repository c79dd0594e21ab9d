"""Server-side encryption: what an object is asked to be sealed under, and its keys.

Every body is sealed with AES-256-GCM as it arrives, under a key of its own; with SM4-GCM where
`SM4` is asked for, or `KMS` with `SM4` for the data. `AES256` and no encryption at all differ by
what they are called: the platform's key seals that key. With `KMS` a key of the customer in the KMS
seals it, so that whoever may not use the customer's key cannot read, and the object is lost with
the key.

Source: OSS, "Server-side encryption" (documented): header, then the bucket's default. Assumed: the
encryption context names the bucket; the service key needs permissions like a key that is named.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Protocol

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, HeadersOf, Raises
from juyong.base.secret import Secret
from juyong.blobs.arrived import Cipher
from juyong.blobs.blocks import is_offered
from juyong.services.kms.facade import (
    REFUSALS,
    KeyUse,
    ServiceKey,
    sealing_needs,
)
from juyong.services.oss.buckets.bucket import the_bucket
from juyong.services.oss.buckets.errors import BadEncryption, KeyRefused, NoSm4
from juyong.services.oss.errors import BadArgument
from juyong.services.oss.tables import BucketRow

AES, KMS, SM4 = "AES256", "KMS", "SM4"
_KEY_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADERS = frozenset({"encryption", "encryption-key-id", "data-encryption"})
_HEADER = "x-oss-server-side-"
SERVICE_KEY = ServiceKey(
    alias="alias/acs/oss", service="Oss", purpose="Seals the objects that name no key of their own."
)
BucketSse = Annotated[
    dict[str, str],
    HeadersOf(_HEADER),
    Raises((BadArgument, BadEncryption, NoSm4)),
    Doc("The default of new objects; `encryption` and `encryption-key-id` as for an object."),
]
Sse = Annotated[
    dict[str, str],
    HeadersOf(_HEADER),
    Raises((BadArgument, BadEncryption, NoSm4, KeyRefused)),
    Doc(
        "`encryption`: `AES256`, `SM4` or `KMS`; with `KMS`, `encryption-key-id`: a key of the KMS,"
        " and `data-encryption`: `SM4`."
    ),
]


class Encrypted(Protocol):
    """A row of something that is encrypted."""

    @property
    def algorithm(self) -> str:
        """The algorithm, empty for none."""
        ...

    @property
    def key_id(self) -> str:
        """The key of the KMS, empty where none is named."""
        ...

    @property
    def data_algorithm(self) -> str:
        """`SM4` where that seals the data under a key of the KMS, else empty."""
        ...


class Keyed(Protocol):
    """A row that has blobs."""

    @property
    def parts(self) -> str:
        """JSON array of [blob id, size]."""
        ...

    @property
    def keys(self) -> Secret | None:
        """The keys of the blobs, None where they have their own."""
        ...


class Encryption(msgspec.Struct, frozen=True, kw_only=True):
    """An encryption.

    key_id: Empty for the service key. data_algorithm: `SM4` where that seals the data under a key
    of the KMS, else empty.
    """

    algorithm: str = ""
    key_id: str = ""
    data_algorithm: str = ""

    @property
    def cipher(self) -> Cipher:
        """The algorithm that seals the blocks of a body."""
        is_sm4 = SM4 in (self.algorithm, self.data_algorithm)
        return Cipher.SM4_GCM if is_sm4 else Cipher.AES_256_GCM


def checked(algorithm: str, key_id: str = "", data_algorithm: str = "") -> Encryption:
    """Return an encryption that is served.

    Raises:
        BadEncryption: the algorithm is none.
        NoSm4: it is SM4, and OpenSSL has none.
        BadArgument: a key without KMS, or an id that no key has.
    """
    if algorithm not in (AES, KMS, SM4) or data_algorithm not in ("", AES, SM4):
        raise BadEncryption
    if (key_id or data_algorithm) and algorithm != KMS:
        raise BadArgument(ArgumentName=f"{_HEADER}encryption-key-id", ArgumentValue=key_id)
    if key_id and not _KEY_ID.fullmatch(key_id):
        raise BadArgument(ArgumentName=f"{_HEADER}encryption-key-id", ArgumentValue=key_id)
    kept = data_algorithm if data_algorithm == SM4 else ""
    found = Encryption(algorithm=algorithm, key_id=key_id, data_algorithm=kept)
    if not is_offered(found.cipher):
        raise NoSm4
    return found


def chosen(bucket: BucketRow, sse: Mapping[str, str] | None) -> Encryption:
    """Return the encryption of a new object: that of the headers, else the bucket's default.

    Raises:
        BadEncryption, NoSm4, BadArgument: as `asked`.
    """
    return asked(sse) if sse else encryption_of(bucket)


def cipher_of_new(ctx: Context, arguments: Arguments) -> Cipher:
    """Return the algorithm that seals the body of a new object; for `sealed_with=`."""
    return chosen(the_bucket(ctx, arguments["bucket"]), arguments.get("sse")).cipher


def asked(sse: Mapping[str, str]) -> Encryption:
    """Return the encryption that headers ask for.

    Raises:
        BadEncryption, NoSm4, BadArgument: as `checked`; a header that is not known.
    """
    if unknown := sse.keys() - _HEADERS:
        raise BadArgument(ArgumentName=f"{_HEADER}{min(unknown)}")
    return checked(
        sse.get("encryption", ""), sse.get("encryption-key-id", ""), sse.get("data-encryption", "")
    )


def encryption_of(row: Encrypted) -> Encryption:
    """Return the encryption of an object or upload, or the default of a bucket."""
    return Encryption(algorithm=row.algorithm, key_id=row.key_id, data_algorithm=row.data_algorithm)


def shown(row: Encrypted) -> dict[str, str]:
    """Return the headers that tell the encryption of an object or upload."""
    told = {
        "encryption": row.algorithm,
        "encryption-key-id": row.key_id,
        "data-encryption": row.data_algorithm,
    }
    return {f"{_HEADER}{name}": value for name, value in told.items() if value}


def named(ctx: Context, bucket: BucketRow, encryption: Encryption) -> Encryption:
    """Return an encryption with the id of its key, also where that is the service key.

    Raises:
        KeyRefused: the service key can not be made.
    """
    if encryption.algorithm != KMS or encryption.key_id:
        return encryption
    try:
        key_id = SERVICE_KEY.key_id(in_region(ctx, bucket), bucket.account_id)
    except REFUSALS as refusal:
        raise KeyRefused from refusal
    return msgspec.structs.replace(encryption, key_id=key_id)


# --- the key of the KMS ---


def needs_to_seal(ctx: Context, bucket: BucketRow, encryption: Encryption) -> tuple[Also, ...]:
    """Return the permissions of a caller whose object is encrypted."""
    if encryption.algorithm != KMS:
        return ()
    name = key_name(bucket, encryption.key_id or SERVICE_KEY.alias)
    return sealing_needs(in_region(ctx, bucket), name, use_in(bucket))


def sealing(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Return what a call that makes an object needs; for `also=`."""
    bucket = the_bucket(ctx, arguments["bucket"])
    return needs_to_seal(ctx, bucket, chosen(bucket, arguments.get("sse")))


def use_in(bucket: BucketRow) -> KeyUse:
    """Return for what OSS uses a key: the objects of a bucket."""
    arn = f"acs:oss:{bucket.region}:{bucket.account_id}:{bucket.bucket_name}"
    return KeyUse(service="oss.aliyuncs.com", context={"acs:oss:arn": arn})


def key_name(bucket: BucketRow, label: str) -> str:
    """Return the ARN of a key of the bucket's owner: of an id, or of an alias."""
    path = label if label.startswith("alias/") else f"key/{label}"
    return f"acs:kms:{bucket.region}:{bucket.account_id}:{path}"


def in_region(ctx: Context, bucket: BucketRow) -> Context:
    """Return the call as one to the bucket's region, whose keys seal its objects."""
    if ctx.region == bucket.region:
        return ctx
    return msgspec.structs.replace(ctx, region=bucket.region)
