"""The figures that a report tells at the end of an inspection."""

import re
from functools import lru_cache

from juyong.engines.inspect.model.stored import number

_SCORE = re.compile(rb"(?:\w+_)?score(?:_pl\d)?")
_WEIGHT = re.compile(rb"(?:critical|error|warning|notice)_anomaly_score")
"""Members that hold what one match is worth."""


def scores_of(tx: dict[bytes, bytes]) -> tuple[tuple[str, int], ...]:
    """Return the anomaly scores by name: members of TX that are named so, without weights.

    Source: Core Rule Set 3 and 4, names of its TX members (observed).
    """
    return tuple(
        (name.decode(), number(tx[name]))
        for name in sorted([name for name in tx if b"score" in name])
        if _is_score(name)
    )


@lru_cache(maxsize=1_024)
def _is_score(name: bytes) -> bool:
    return _SCORE.fullmatch(name) is not None and _WEIGHT.fullmatch(name) is None
