"""Lines of the access log for requests that simply passed, which are nearly all, written at once.

PERF: the line has the members of `Row` as `Record.row` fills them, in pieces that are kept for the
next request of the same client, server or browser. All other lines go by way of `Row`.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from juyong.base.clock import Instant, iso
from juyong.engines.inspect.verdict import Report
from juyong.waf.backends.guard import Origin
from juyong.waf.ends import Ends
from juyong.waf.http1.heads import RequestHead
from juyong.waf.http1.reading import AnyRequest
from juyong.waf.logged import LOGGED, MOST_CHARS, text_of
from juyong.waf.record import Record

if TYPE_CHECKING:
    import juyong_waf_core

_ENCODER = msgspec.json.Encoder()
_AS_IS = re.compile(rb"[\x20\x21\x23-\x5b\x5d-\x7e]*")
"""Bytes that stand in a text of JSON as they are."""
_LONGEST: Final = 256
_MOST_NAMES: Final = 1_024
_fields: dict[bytes, str] = {}


def line_of(record: Record, report: Report | None, *, ended: int) -> bytes:
    """Write the line of a request, with its line end; ended: The time in milliseconds."""
    head = record.head
    told = report is not None and not report.quiet
    odd = told or record.verdict or record.refused or record.backend_fault or record.unread
    if odd or head is None:
        return _ENCODER.encode(record.row(report, ended=ended)) + b"\n"
    took = ended - record.began
    line = None if isinstance(head, RequestHead) else _native(record, head, took)
    return _plain(record, head, took).encode() if line is None else line


def _native(record: Record, head: "juyong_waf_core.RequestHead", took: int) -> bytes | None:
    """Have the core write the line; None where the line has a text that the core leaves."""
    origin, ends = record.origin, record.ends
    ends_told, tls = _members(record)
    return head.log_line(
        record.id,
        record.began,
        took,
        record.status,
        record.sent,
        record.received,
        ends.scheme == b"https",
        ends_told,
        tls,
        "" if origin is None else upstream_member(origin),
        record.upstream_status,
        record.upstream_ms,
    )


def _members(record: Record) -> tuple[str, str]:
    """Return the members on the ends of the connection, and on TLS."""
    ends = record.ends
    if record.client == ends.peer.address:
        return members_of(ends)
    return _ends(record.client, ends.peer.address, ends.peer.port, ends.server.port), _tls(ends)


def members_of(ends: Ends) -> tuple[str, str]:
    """Return the members on the ends of a connection, whose peer is the client, and on TLS."""
    if ends.members is None:
        address = ends.peer.address
        ends.members = _ends(address, address, ends.peer.port, ends.server.port), _tls(ends)
    return ends.members


def _tls(ends: Ends) -> str:
    tls = f',"ssl_protocol":"{ends.tls}"' if ends.tls else ""
    secured = ends.secured
    return tls if secured is None else tls + _secured(secured.cipher, secured.ja4)


def _plain(record: Record, head: AnyRequest, took: int) -> str:
    seconds, ms = divmod(record.began, 1_000)
    upstream = ""
    if record.origin is not None:
        upstream = upstream_member(record.origin)
    if record.upstream_ms >= 0:
        upstream += (
            f',"upstream_status":"{record.upstream_status}"'
            f',"upstream_response_time":"{record.upstream_ms / 1_000:.3f}"'
        )
    https = ',"https":"on"' if record.ends.scheme == b"https" else ""
    ends, tls = _members(record)
    sent = f',"body_bytes_sent":{record.sent}' if record.sent else ""
    received = f',"request_length":{record.received}' if record.received else ""
    time = f',"request_time_msec":{took}' if took else ""
    return (
        f'{{"time":"{iso(Instant(seconds))[:-1]}.{ms:03}Z","request_traceid":"{record.id}"'
        f"{_hosts(head.authority)}{https}{_target(head)}"
        f',"server_protocol":"{head.version}","status":"{record.status}"{sent}{received}{time}'
        f"{ends}{_headers(head)}{tls}{upstream}}}\n"
    )


def _json(data: bytes) -> str:
    return _ENCODER.encode(text_of(data)).decode()


def _target(head: AnyRequest) -> str:
    path = head.path
    method = head.method.decode("latin-1")
    if len(path) <= MOST_CHARS and _AS_IS.fullmatch(path) is not None:
        uri = path.decode("latin-1")
        place, _, query = uri.partition("?")
        asked = f',"querystring":"{query}"' if query else ""
        return f',"request_method":"{method}","request_uri":"{uri}","request_path":"{place}"{asked}'
    encode = _ENCODER.encode
    uri = text_of(path)
    place, _, query = uri.partition("?")
    asked = f',"querystring":{encode(query).decode()}' if query else ""
    return (
        f',"request_method":{_json(head.method)},"request_uri":{encode(uri).decode()}'
        f',"request_path":{encode(place).decode()}{asked}'
    )


def _headers(head: AnyRequest) -> str:
    """Write the headers that a log has; the last one of a name counts."""
    found: dict[str, str] = {}
    for name, value in head.headers:
        field = _fields.get(name)
        if field is None:
            field = _field(name)
        if field:
            found[field] = _value(value) if len(value) <= _LONGEST else _json(value)
    return "".join([f',"{field}":{value}' for field, value in found.items() if value != '""'])


def _field(name: bytes) -> str:
    """Return the member that a header is told in; empty for none."""
    field = LOGGED.get(name.lower(), "")
    if len(name) <= _LONGEST:
        if len(_fields) >= _MOST_NAMES:
            _fields.clear()
        _fields[name] = field
    return field


_value = lru_cache(1_024)(_json)


@lru_cache(1_024)
def _hosts(authority: bytes) -> str:
    host = _json(authority[:MOST_CHARS])
    return f',"host":{host},"matched_host":{host}' if authority else ""


@lru_cache(1_024)
def _secured(cipher: str, ja4: bytes) -> str:
    """Return the members on TLS; neither text has a byte that JSON would escape."""
    told = {"ssl_cipher": cipher, "ja4": ja4.decode()}
    return "".join([f',"{each}":"{value}"' for each, value in told.items() if value])


@lru_cache(1_024)
def upstream_member(origin: Origin) -> str:
    """Return the member on the server that was asked."""
    return f',"upstream_addr":{_json(str(origin).encode())}'


@lru_cache(4_096)
def _ends(client: str, address: str, port: int, own: int) -> str:
    told = {
        "real_client_ip": client,
        "remote_addr": address,
        "remote_port": port,
        "dst_port": own,
        "server_port": own,
    }
    encode = _ENCODER.encode
    return "".join(f',"{each}":{encode(told[each]).decode()}' for each in told if told[each])
