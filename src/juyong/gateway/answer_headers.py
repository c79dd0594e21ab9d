"""The headers that every answer carries, whatever the answer is.

Source: recorded answers of 2023-12 (live): x-acs-request-id, x-acs-trace-id of 32 lower hex digits,
access-control-allow-origin and access-control-expose-headers `*`.
"""

from juyong.base.ids import RequestId

Header = tuple[bytes, bytes]

_OPEN: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
)


def id_headers(request_id: RequestId) -> list[Header]:
    """Name an answer: its request id, and a trace id that tells no more than the request id.

    PERF: no second draw from the system's randomness for each answer.
    """
    text = request_id.encode()
    return [(b"x-acs-request-id", text), (b"x-acs-trace-id", text.replace(b"-", b"").lower())]


def product_headers(request_id: RequestId) -> list[Header]:
    """Return the headers of a product's answer, which a page of any origin may read.

    SECURITY: a signature admits to a product, and a browser has none to add. The platform's own
    pages (health, metrics, sign-in) take no signature, and get `id_headers` alone.
    """
    return [*id_headers(request_id), *_OPEN]
