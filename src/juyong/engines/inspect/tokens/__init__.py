"""Tokenisers of SQL and HTML, for detectSQLi and detectXSS; see docs/explanation/waf-engine.md."""

from juyong.engines.inspect.tokens.html import xss
from juyong.engines.inspect.tokens.sql import sqli

__all__ = ["sqli", "xss"]
