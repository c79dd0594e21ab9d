"""Exports as calls send them, and what an export does.

Source: SLS API reference, OSSExport, OSSExportConfiguration (documented); the bounds of interval
and size (observed in Terraform's provider). Assumed: the tokens of a path format that are served.
"""

import re
import time
from typing import Any, NamedTuple

import msgspec

from juyong.api.errors import NotSupported
from juyong.base.ids import AccountId
from juyong.services.sls.acting import is_role_of
from juyong.services.sls.errors import BadArgument

_PATH = re.compile(r"(?:%[YmdHMS]|[A-Za-z0-9_./=-]){0,128}")
_PART = re.compile(r"[A-Za-z0-9_./=-]{0,128}")
_ZONE = re.compile(r"([+-])([01][0-9])([0-5][0-9])")
_ENDPOINT = re.compile(r"(?:https?://)?oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com/?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_LEAST_SECONDS, _MOST_SECONDS = 300, 900
_LEAST_MIB, _MOST_MIB = 5, 256
_MOST_DELAY = 86_400
COMPRESSIONS = {"none": "", "gzip": ".gz", "zstd": ".zst"}
"""The name of a compression, and what the key of an object ends with."""


class SentDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Members of the format `json`."""

    enable_tag: bool = False


class SentSink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The place of the objects, and their form."""

    bucket: str
    role_arn: str
    endpoint: str = ""
    prefix: str = ""
    suffix: str = ""
    path_format: str = "%Y/%m/%d/%H/%M"
    path_format_type: str = "time"
    time_zone: str = "+0800"
    buffer_interval: int = 300
    buffer_size: int = 256
    compression_type: str = "none"
    content_type: str = "json"
    content_detail: SentDetail | None = None
    delay_sec: int | None = None
    delay_seconds: int | None = None


class SentConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The source of an export: a logstore, the role that reads it, and the times of arrival."""

    logstore: str
    role_arn: str
    sink: SentSink
    from_time: int = 1
    to_time: int = 0


class SentExport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One export."""

    name: str
    display_name: str
    configuration: SentConfiguration


class Plan(NamedTuple):
    """An export that was checked; from_s, to_s: Seconds of arrival; to_s 0: Without an end."""

    logstore: str
    reader: str
    writer: str
    from_s: int
    to_s: int
    sink: SentSink

    @property
    def delay_s(self) -> int:
        """How long logs wait before they are exported."""
        return self.sink.delay_seconds or self.sink.delay_sec or 0

    def key(self, at: int, name: str) -> str:
        """Return the key of an object; at: the second of arrival of its first logs."""
        found = _ZONE.fullmatch(self.sink.time_zone)
        assert found is not None  # noqa: S101  # see _check_sink
        seconds = int(found[2]) * 3600 + int(found[3]) * 60
        local = time.gmtime(at + (seconds if found[1] == "+" else -seconds))
        path = time.strftime(self.sink.path_format, local)
        suffix = self.sink.suffix or f".json{COMPRESSIONS[self.sink.compression_type]}"
        return f"{self.sink.prefix}{path}_{name}{suffix}"


def read_plan(document: dict[str, Any], account_id: AccountId, region: str) -> Plan:
    """Read an export.

    Args:
        document: As it was sent.
        account_id: The owner of the project; both roles are the owner's.
        region: Of the project; the bucket is there, too.

    Raises:
        BadArgument: no export can be so. NotSupported: it is not served.
    """
    try:
        sent = msgspec.convert(document, SentExport)
    except msgspec.ValidationError as wrong:
        raise BadArgument(why=str(wrong)) from None
    conf = sent.configuration
    if conf.from_time < 1 or not (conf.to_time == 0 or conf.to_time > conf.from_time):
        raise BadArgument(why="fromTime is from 1 on, and toTime is 0 or behind fromTime")
    for role in (conf.role_arn, conf.sink.role_arn):
        if not is_role_of(account_id, role):
            raise BadArgument(why="roleArn names a role of the account")
    _check_form(conf.sink)
    _check_sink(conf.sink, region)
    return Plan(
        conf.logstore, conf.role_arn, conf.sink.role_arn, conf.from_time, conf.to_time, conf.sink
    )


def _check_form(sink: SentSink) -> None:
    if sink.content_type in ("csv", "parquet", "orc"):
        raise NotSupported(name="contentType", reason="logs are exported as lines of JSON")
    if sink.compression_type == "snappy":
        raise NotSupported(name="compressionType", reason="objects are packed by gzip or zstd")
    if sink.content_type != "json" or sink.compression_type not in COMPRESSIONS:
        raise BadArgument(why="contentType or compressionType is unknown")


def _check_sink(sink: SentSink, region: str) -> None:
    if not _LEAST_SECONDS <= sink.buffer_interval <= _MOST_SECONDS:
        raise BadArgument(why=f"bufferInterval is {_LEAST_SECONDS} to {_MOST_SECONDS}")
    if not _LEAST_MIB <= sink.buffer_size <= _MOST_MIB:
        raise BadArgument(why=f"bufferSize is {_LEAST_MIB} to {_MOST_MIB}")
    delays = (sink.delay_sec or 0, sink.delay_seconds or 0)
    if not all(0 <= each <= _MOST_DELAY for each in delays):
        raise BadArgument(why=f"delaySeconds is 0 to {_MOST_DELAY}")
    if sink.path_format_type != "time" or _PATH.fullmatch(sink.path_format) is None:
        raise BadArgument(why="pathFormat has letters, digits, ./=-_ and %Y %m %d %H %M %S")
    if _ZONE.fullmatch(sink.time_zone) is None:
        raise BadArgument(why="timeZone is like +0800")
    if _PART.fullmatch(sink.prefix) is None or _PART.fullmatch(sink.suffix) is None:
        raise BadArgument(why="prefix and suffix have letters, digits and ./=-_")
    if f"{sink.prefix}{sink.path_format}".startswith("/"):
        raise BadArgument(why="the key of an object begins with no slash")
    if _BUCKET.fullmatch(sink.bucket) is None:
        raise BadArgument(why="bucket is no name of a bucket")
    found = _ENDPOINT.fullmatch(sink.endpoint)
    if sink.endpoint and (found is None or found[1] != region):
        raise BadArgument(why="endpoint is none of OSS in the region of the logstore")
