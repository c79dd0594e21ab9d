"""Logs as answers show them, and the meta by which a caller asks for the neighbours of one.

Source: SLS API reference, GetLogsV2 and GetContextLogs (documented): names of the reserved fields,
and that a pack meta is text between `|` with a Base64 part. Its numbers mean nothing to callers
(assumed): here they are the shard, and the number of the log in the shard.
"""

import base64
import binascii
import re

from juyong.engines.logsearch import Log
from juyong.engines.logsearch.log import TAG
from juyong.logs.loggroup import arrival_of
from juyong.logs.neighbours import PACK

_META = re.compile(r"([0-9]{1,9})\|([A-Za-z0-9+/=]{1,32})\|0\|0")
_NUMBER = re.compile(rb"[0-9]{1,18}")


def shown_log(log: Log) -> dict[str, str]:
    """Return a log as it is answered; a key of the sender does not replace a reserved one."""
    shown = shown_fields(log)
    if any(key == PACK for key, _ in log.tags):
        shown["__pack_meta__"] = pack_meta(*arrival_of(log.sequence))
    return shown


def shown_fields(log: Log) -> dict[str, str]:
    """Return what its sender said of a log, and when."""
    shown = dict(log.contents)
    shown |= {f"{TAG}{key}": value for key, value in log.tags}
    shown |= {"__topic__": log.topic, "__source__": log.source, "__time__": str(log.time)}
    if log.time_ns is not None:
        shown["__time_ns_part__"] = str(log.time_ns)
    return shown


def pack_meta(shard: int, number: int) -> str:
    """Write where a log is."""
    return f"{shard}|{base64.b64encode(str(number).encode()).decode()}|0|0"


def read_meta(text: str) -> tuple[int, int] | None:
    """Read where a log is, as shard and number; None where the text is no pack meta."""
    found = _META.fullmatch(text)
    if found is None:
        return None
    try:
        number = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return None
    return (int(found[1]), int(number)) if _NUMBER.fullmatch(number) else None
