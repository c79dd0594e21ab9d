"""Where the blobs of a home are: in its folder, or in the bucket that the settings name."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from juyong.app.home import Home
from juyong.app.settings import BadSetting, Settings
from juyong.base.log import log
from juyong.base.private_file import TooOpen, read_private
from juyong.base.secret import Secret
from juyong.blobs.disk import Disk, LocalDisk
from juyong.store.errors import Unavailable

if TYPE_CHECKING:
    from juyong.blobs.bucket.port import Bucket, Place


class _Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A protocol of stores. variables: The variables of the environment that hold the AccessKey."""

    extra: str
    region: str
    variables: tuple[str, str]


_KINDS = {
    "s3": _Kind(
        extra="s3",
        region="us-east-1",
        variables=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ),
    "oss": _Kind(
        extra="oss",
        region="cn-hangzhou",
        variables=("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"),
    ),
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"([A-Za-z0-9_.\-]+/)*[A-Za-z0-9_.\-]*")


def disk_of(home: Home, settings: Settings, environment: Mapping[str, str] | None = None) -> Disk:
    """Return where the blobs of a home are; nothing is asked yet.

    SECURITY: the operator who names a store permits the way there; `outbound_allow` is for URLs
    that callers bring.

    Raises:
        BadSetting: the settings name no store, no AccessKey for it, or a client that is not
            installed.
    """
    local = LocalDisk(home.blobs)
    if not settings.blob_store:
        return local
    bucket = _bucket_of(settings, os.environ if environment is None else environment)
    from juyong.blobs.bucket.disk import BucketDisk  # noqa: PLC0415  # few homes have one

    return BucketDisk(bucket, local)


def bucket_named(url: str, endpoint: str, environment: Mapping[str, str]) -> "Bucket":
    """Return a bucket that a person names, such as `oss://BUCKET/PREFIX`; nothing is asked yet.

    Args:
        url: As the setting `blob_store` has it.
        endpoint: As the setting `blob_endpoint` has it.
        environment: Says the AccessKey.

    Raises:
        BadSetting: the URL names no bucket, there is no AccessKey, or no client is installed.
    """
    return _bucket_of(Settings(blob_store=url, blob_endpoint=endpoint), environment)


def _bucket_of(settings: Settings, environment: Mapping[str, str]) -> "Bucket":
    kind = settings.blob_store.partition("://")[0]
    if kind not in _KINDS:
        raise BadSetting("`blob_store` must begin with `s3://` or `oss://`")
    place = _place(settings, _KINDS[kind], environment)
    try:
        return _opened(kind, place)
    except ImportError as missing:
        raise BadSetting(
            f"`blob_store` needs a client: pip install 'juyong[{_KINDS[kind].extra}]'"
        ) from missing


def warn_of_store(disk: Disk) -> None:
    """Write to the log, at the start, that the store of the blobs does not answer or refuses."""
    try:
        disk.free()
    except Unavailable as failure:
        log().warning("the store of the blobs cannot be used", cause=str(failure))


def _opened(kind: str, place: "Place") -> "Bucket":
    if kind == "s3":
        from juyong.blobs.bucket.s3 import S3Bucket  # noqa: PLC0415  # an optional client

        return S3Bucket(place)
    from juyong.blobs.bucket.oss import OssBucket  # noqa: PLC0415  # an optional client

    return OssBucket(place)


def _place(settings: Settings, kind: _Kind, environment: Mapping[str, str]) -> "Place":
    from juyong.blobs.bucket.port import Place  # noqa: PLC0415  # few homes have one

    bucket, _, prefix = settings.blob_store.partition("://")[2].partition("/")
    if not _BUCKET.fullmatch(bucket) or not _PREFIX.fullmatch(prefix):
        raise BadSetting("`blob_store` must name a bucket and a prefix, as `s3://bucket/prefix`")
    _check_endpoint(settings.blob_endpoint)
    if settings.blob_ca_file and not Path(settings.blob_ca_file).is_file():
        raise BadSetting("`blob_ca_file` names no file")
    key_id, secret = _access_key(settings, kind, environment)
    return Place(
        bucket=bucket,
        prefix=f"{prefix}/" if prefix and not prefix.endswith("/") else prefix,
        endpoint=settings.blob_endpoint,
        region=settings.blob_region or kind.region,
        access_key_id=key_id,
        secret=secret,
        ca_file=settings.blob_ca_file,
    )


def _check_endpoint(url: str) -> None:
    """Refuse a URL at which no store can be, or to which requests would go unencrypted.

    Bodies are sealed, but who sees a request can send it once more.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise BadSetting("`blob_endpoint` must be a URL of scheme, host and port alone")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(parts.hostname or "")):
        raise BadSetting("`blob_endpoint` must begin with `https://`; `http://` is for loopback")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _access_key(
    settings: Settings, kind: _Kind, environment: Mapping[str, str]
) -> tuple[str, Secret]:
    if not settings.blob_key_file:
        key_id, secret = (environment.get(name, "") for name in kind.variables)
        if not (key_id and secret):
            raise BadSetting(
                f"`blob_store` needs `blob_key_file`, or {' and '.join(kind.variables)}"
            )
        return key_id, Secret(secret)
    try:
        lines = read_private(Path(settings.blob_key_file).expanduser()).split()
    except TooOpen as bad:
        raise BadSetting(f"`blob_key_file`: {bad}") from bad
    except (OSError, UnicodeDecodeError) as bad:
        raise BadSetting("`blob_key_file` names no file that can be read") from bad
    if len(lines) != 2:  # noqa: PLR2004
        raise BadSetting("`blob_key_file` must have two lines: the AccessKey's id and its secret")
    return lines[0], Secret(lines[1])
