"""Heads: the native core reads those in the usual spelling, and heads.py reads all others.

The core takes a head as heads.py takes the head, or says nothing of the head; so all that is
unusual, and every refusal, is decided in one place.
"""

from typing import TYPE_CHECKING, TypeAlias, Union

from juyong.engines.inspect.core import CORE
from juyong.waf.http1 import heads
from juyong.waf.http1.lines import FRAMING
from juyong.waf.http1.writing import NOT_TO_BACKEND, NOT_TO_CLIENT
from juyong.waf.logged import LOGGED

if TYPE_CHECKING:
    import juyong_waf_core

AnyRequest: TypeAlias = Union[heads.RequestHead, "juyong_waf_core.RequestHead"]
AnyResponse: TypeAlias = Union[heads.ResponseHead, "juyong_waf_core.ResponseHead"]


def native_heads() -> "juyong_waf_core.Heads | None":
    """Return the reader of the core; None where no core of the right version is installed."""
    core = CORE.module
    if core is None:
        return None
    logged = list(LOGGED.items())
    made: juyong_waf_core.Heads = core.Heads(
        sorted(FRAMING), sorted(NOT_TO_BACKEND), sorted(NOT_TO_CLIENT), logged, heads.MOST_HEADERS
    )
    return made


_NATIVE = native_heads()


def native_reader() -> "juyong_waf_core.Heads | None":
    """Return the reader of the core, for requests that go straight through; see straight.py."""
    return _NATIVE


def read_request(block: bytes) -> AnyRequest:
    """Read the head of a request; see `heads.request_head`.

    Raises:
        Malformed: two parsers may read the head differently.
    """
    found = None if _NATIVE is None else _NATIVE.request(block)
    return heads.request_head(block) if found is None else found


def whole_request(data: bytes, most: int) -> AnyRequest | None:
    """Read a request that the data are; None where they are anything else, or have a body.

    PERF: nearly all requests come so. most: Bytes of a head without its end.
    """
    return None if _NATIVE is None else _NATIVE.whole_request(data, most)


def whole_response(data: bytes, most: int, *, mute: bool) -> tuple[AnyResponse, bytes] | None:
    """Read a response that the data are, with its body; None where they are anything else.

    PERF: nearly all responses come so. mute: Whether the request was HEAD.
    """
    return None if _NATIVE is None else _NATIVE.whole_response(data, most, mute)


def read_response(block: bytes) -> AnyResponse:
    """Read the head of a response; see `heads.response_head`.

    Raises:
        Malformed: two parsers may read the head differently.
    """
    found = None if _NATIVE is None else _NATIVE.response(block)
    return heads.response_head(block) if found is None else found
