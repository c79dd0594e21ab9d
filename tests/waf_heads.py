"""Heads read by both readers: the core says what Python says, or nothing."""

from typing import Any

from juyong.waf.http1 import heads, reading
from juyong.waf.http1.heads import Malformed, RequestHead, ResponseHead

_REQUEST = (
    *("method", "target", "path", "version", "headers", "authority", "length", "keeps", "upgrade"),
    "expects_continue",
)
_RESPONSE = ("status", "reason", "version", "headers", "length", "keeps", "upgrade")
_ABOUT, _FRAMING = b"X-Forwarded-For: ::1\r\n", b"Content-Length: 3\r\n"


def facts(head: Any, names: tuple[str, ...]) -> dict[str, object]:
    """Return what a head tells."""
    return {name: getattr(head, name) for name in names}


def native_request(block: bytes) -> Any:
    """Return the head of a request that the core reads; None where the core reads none."""
    return reading._NATIVE and reading._NATIVE.request(block)


def native_response(block: bytes) -> Any:
    """Return the head of a response that the core reads; None where the core reads none."""
    return reading._NATIVE and reading._NATIVE.response(block)


def request_head(block: bytes) -> RequestHead:
    """Read the head of a request by Python, and hold the core to that.

    Raises:
        Malformed: as Python says; the core then says nothing.
    """
    native = native_request(block)
    try:
        head = heads.request_head(block)
    except Malformed:
        assert native is None, block
        raise
    if native is not None:
        assert facts(native, _REQUEST) == facts(head, _REQUEST)
        assert native.to_backend(_ABOUT, _FRAMING, b"h") == head.to_backend(_ABOUT, _FRAMING, b"h")
    return head


def response_head(block: bytes) -> ResponseHead:
    """Read the head of a response by Python, and hold the core to that.

    Raises:
        Malformed: as Python says; the core then says nothing.
    """
    native = native_response(block)
    try:
        head = heads.response_head(block)
    except Malformed:
        assert native is None, block
        raise
    if native is not None:
        assert facts(native, _RESPONSE) == facts(head, _RESPONSE)
        assert native.to_client(_FRAMING) == head.to_client(_FRAMING)
        assert native.to_client(b"", b"abc") == head.to_client(b"", b"abc")
    return head
