"""Regular expressions over keys, tags and messages, compiled once."""

from functools import lru_cache

from juyong.engines.inspect.patterns import Pattern, PatternRefused, compile_pattern
from juyong.engines.inspect.seclang.errors import BadPart


@lru_cache(maxsize=1_024)
def compiled(text: str) -> Pattern:
    """Return the pattern.

    Raises:
        BadPart: the text is no pattern that takes linear time.
    """
    try:
        return compile_pattern(text.encode())
    except PatternRefused as bad:
        raise BadPart(f"a regular expression over names: {bad}") from None
