"""The versions of TLS by which a bucket is reached.

Source: OSS API reference, PutBucketHttpsConfig, GetBucketHttpsConfig (documented): versions, that
they count where `Enable` is true; that clients use no other version then (documented). Assumed:
a call in clear has none of the versions, and is refused; code and EC of the refusal, since the
cloud ends the connection before a call is made.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, XmlBody
from juyong.api.request import TLS_NUMBERS
from juyong.api.shape import Shape
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadArgument, oss_fact
from juyong.services.oss.tables import BucketRow

NoHttps = oss_fact(
    "NoSuchHttpsConfig",
    404,
    "0015-00000801",
    "The bucket has no https configuration.",
    why="No versions of TLS were ever set for the bucket (EC assumed).",
)
NoCiphers = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "Cipher suites are not chosen for each bucket: all buckets share the server's.",
    why="CipherSuite is switched on, and connections are encrypted before they name a bucket.",
)
TlsRefused = oss_fact(
    "AccessDenied",
    403,
    "0003-00000705",
    "The bucket is not reached by this version of TLS.",
    why="The connection speaks none of the versions of TLS that the bucket names (EC assumed).",
)


class TlsVersions(Shape, frozen=True, kw_only=True):
    """Versions of TLS, and whether they count."""

    enable: bool
    tls_version: list[Annotated[str, OneOf(tuple(TLS_NUMBERS))]] = msgspec.field(
        name="TLSVersion", default_factory=list
    )


class CipherSuite(Shape, frozen=True, kw_only=True):
    """Whether cipher suites are chosen: never here."""

    enable: bool = False


class HttpsConfiguration(Shape, frozen=True, kw_only=True):
    """The versions of TLS of a bucket; cipher_suite: Shown where it was sent."""

    tls: TlsVersions = msgspec.field(name="TLS")
    cipher_suite: CipherSuite | msgspec.UnsetType = msgspec.UNSET


HTTPS = Setting(kind="https", document=HttpsConfiguration, missing=NoHttps)


@on_bucket("PutBucketHttpsConfig", "PUT", "httpsConfig", raises=(BadArgument, NoCiphers))
def put_bucket_https_config(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        HttpsConfiguration, XmlBody("HttpsConfiguration"), Doc("The versions that are served.")
    ],
) -> None:
    """Say by which versions of TLS the bucket is reached; calls in clear are refused then too.

    The server itself speaks TLSv1.2 and TLSv1.3. Calls for this configuration are served by every
    connection, so that the owner can always correct a mistake.
    """
    ciphers = configuration.cipher_suite
    if isinstance(ciphers, CipherSuite) and ciphers.enable:
        raise NoCiphers
    if configuration.tls.enable and not configuration.tls.tls_version:
        raise BadArgument(ArgumentName="TLSVersion")
    keep(ctx, bucket, HTTPS, configuration)


@on_bucket(
    "GetBucketHttpsConfig", "GET", "httpsConfig", root="HttpsConfiguration", raises=(NoHttps,)
)
def get_bucket_https_config(ctx: Context, bucket: BucketRow) -> HttpsConfiguration:
    """Show by which versions of TLS the bucket is reached."""
    return HTTPS.needed(ctx.tx, bucket)


def check_tls(ctx: Context, bucket_name: str, tls: str) -> None:
    """Refuse a call whose connection speaks another version of TLS than the bucket names.

    Raises:
        TlsRefused: as said, or the call came in clear.
    """
    found = HTTPS.held(ctx.tx, bucket_name) if bucket_name else None
    if found is not None and found.tls.enable and tls not in found.tls.tls_version:
        raise TlsRefused(BucketName=bucket_name)
