"""The headers that every answer carries, whatever the answer is.

Source: recorded answers of 2023-12 (live): x-acs-request-id, x-acs-trace-id of 32 lower hex digits,
access-control-allow-origin and access-control-expose-headers `*`.
"""

from juyong.api.answers import Answer

Header = tuple[bytes, bytes]

_IDS = b"x-acs-request-id: %b\r\nx-acs-trace-id: %b\r\n"
_ANY_ORIGIN = b"access-control-allow-origin: *\r\naccess-control-expose-headers: *\r\n"
_CONTENT = b"content-type: %b\r\ncontent-length: %d\r\n"
_WITHOUT_CONTENT = (204, 304)


def header_lines(answer: Answer, *, any_origin: bool = True) -> bytes:
    r"""Write the headers of an answer, each line with its end `\r\n`.

    The trace id tells no more than the request id.

    PERF: the lines are written at once, since a list of headers costs more to make, to look through
    and to write; and the trace id costs no draw from the system's randomness.

    Args:
        answer: The answer.
        any_origin: Whether a page of any origin may read it. SECURITY: a signature admits to a
            product, and a browser has none to add. The platform's own pages (health, metrics,
            sign-in) take no signature: no other origin may read them.

    Raises:
        ValueError: a header holds a line break, which would let a value begin headers, or an
            answer.
    """
    request_id = answer.request_id.encode()
    lines = b""
    if not answer.alone:
        lines = _IDS % (request_id, request_id.replace(b"-", b"").lower())
        if any_origin:
            lines += _ANY_ORIGIN
    for name, value in answer.headers:
        lines += b"%b: %b\r\n" % (_unbroken(name), _unbroken(value))
    if answer.status in _WITHOUT_CONTENT:
        return lines
    return lines + _CONTENT % (_unbroken(answer.content_type.encode("latin-1")), answer.length)


def _unbroken(text: bytes) -> bytes:
    if b"\n" in text or b"\r" in text:
        raise ValueError("a header of the answer holds a line break")
    return text


def headers_in(lines: bytes) -> list[Header]:
    """Take lines apart that `header_lines` wrote."""
    pairs = [line.partition(b": ") for line in lines.split(b"\r\n")[:-1]]
    return [(name, value) for name, _, value in pairs]
