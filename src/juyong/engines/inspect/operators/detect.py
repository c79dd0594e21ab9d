"""Operators that look for SQL and for HTML that runs code."""

from juyong.engines.inspect.operators.base import Test
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.tokens import sqli, xss


def detect_sqli(_argument: bytes = b"", _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a value that changes a query; captures its fingerprint (tokens/sql.py)."""
    return _sqli


def detect_xss(_argument: bytes = b"", _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a value that runs code in a page; captures the part that does (tokens/html.py)."""
    return _xss


def _sqli(value: bytes) -> Captures | None:
    found = sqli(value)
    return None if found is None else (found,)


def _xss(value: bytes) -> Captures | None:
    found = xss(value)
    return None if found is None else (found,)
