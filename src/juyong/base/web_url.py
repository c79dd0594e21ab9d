"""Take URLs of HTTP apart."""

from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}


def split_url(url: str) -> tuple[SplitResult, int]:
    """Return the parts of a URL and its port; the port is 0 if it names none and is not of HTTP.

    Raises:
        ValueError: the text is no URL.
    """
    parts = urlsplit(url)
    return parts, parts.port or _PORTS.get(parts.scheme, 0)


def target_of(parts: SplitResult) -> str:
    """Return the path and the query of a URL, as a request names them."""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
