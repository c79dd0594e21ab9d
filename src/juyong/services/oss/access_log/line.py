r"""A line of an access log: fields, quotes, and what stands in the place of a secret.

Source: OSS, access logs (documented): the fields and their order, `-` for what is unknown, the key
URL-encoded. Assumed: which fields are quoted; UTC; a quote, a backslash and each byte that is no
printable ASCII are written `\xHH`, as nginx writes them, so that no request forges a field or a
line.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote_plus

import msgspec

from juyong.base.clock import Instant

_LONGEST_URI, _LONGEST_HEADER, _LONGEST_HOST = 4096, 1024, 255
_PLAIN = re.compile(r"[0-9A-Za-z.:_-]{1,64}")
_SECRET = ("signature", "token", "secret", "password", "callback")
_USER = re.compile(r"//[^/?#]*@")
MASK = "*"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one request; empty or None where one is not known.

    path, query: As on the wire. taken: Milliseconds until the answer was ready.
    """

    remote_ip: str
    at: Instant
    method: str
    path: str
    query: str
    status: int
    sent: int
    taken: int
    referer: str
    user_agent: str
    host: str
    request_id: str
    requester: str
    operation: str
    bucket: str
    key: str
    object_size: int | None
    error: str
    length: int
    owner: str
    storage_class: str
    access_key_id: str


def line_of(entry: Entry) -> str:
    """Write a line, without its end; at most some 30 KB of ASCII."""
    uri = masked(f"{entry.path}?{entry.query}" if entry.query else entry.path)
    when = datetime.fromtimestamp(entry.at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return " ".join(
        (
            _bare(entry.remote_ip),
            "-",
            "-",
            f"[{when}]",
            _quoted(f"{entry.method[:16]} {uri[:_LONGEST_URI]} HTTP/1.1"),
            str(entry.status),
            str(entry.sent),
            str(entry.taken),
            _quoted(masked(_USER.sub(f"//{MASK}@", entry.referer))[:_LONGEST_HEADER]),
            _quoted(entry.user_agent[:_LONGEST_HEADER]),
            _quoted(entry.host[:_LONGEST_HOST]),
            _quoted(entry.request_id),
            _quoted("true"),
            _quoted(entry.requester),
            _quoted(entry.operation),
            _quoted(entry.bucket),
            _quoted(quote(entry.key[:_LONGEST_HEADER], safe="/~")),
            "-" if entry.object_size is None else str(entry.object_size),
            str(entry.taken),
            _quoted(entry.error),
            str(entry.length),
            _quoted(entry.owner),
            "-",
            _quoted(""),
            _quoted(entry.storage_class),
            _quoted(""),
            _quoted(""),
            _quoted(entry.access_key_id[:128]),
        )
    )


def masked(address: str) -> str:
    """Return an address with a mask in the place of each value that signs or proves something."""
    path, mark, query = address.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    shown = "&".join(
        f"{name}={MASK}" if is_given and _is_secret(name) else f"{name}{is_given}{value}"
        for name, is_given, value in pairs
    )
    return f"{path}{mark}{shown}"


def _is_secret(name: str) -> bool:
    plain = unquote_plus(name).lower()
    return any(word in plain for word in _SECRET)


def _bare(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "-"


def _quoted(text: str) -> str:
    written = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}"  # noqa: PLR2004  # ASCII
        for byte in text.encode("utf-8", "surrogatepass")
    )
    return f'"{written or "-"}"'
