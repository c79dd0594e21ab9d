"""The figures that a report tells at the end of an inspection."""

import re
from functools import lru_cache
from operator import attrgetter, itemgetter

from juyong.engines.inspect.stored import number
from juyong.engines.inspect.verdict import Hit, Report, Verdict

_SCORE = re.compile(rb"(?:\w+_)?score(?:_pl\d)?")
_WEIGHT = re.compile(rb"(?:critical|error|warning|notice)_anomaly_score")
"""Members that hold what one match is worth."""
_score, _is_logged = itemgetter(1), attrgetter("logged")
_MOST_KEPT = 128
"""Members of TX of a request whose names of scores are kept."""


def report_of(
    hits: tuple[Hit, ...],
    *,
    verdict: Verdict | None,
    enforced: bool,
    scores: tuple[tuple[str, int], ...],
    partial: str,
) -> Report:
    """Return the report of an inspection; see `Report`."""
    quiet = (
        verdict is None
        and not partial
        and not any(map(_score, scores))
        and not any(map(_is_logged, hits))
    )
    return Report(
        hits=hits,
        verdict=verdict,
        enforced=enforced,
        scores=scores,
        partial=partial,
        quiet=quiet,
    )


def scores_of(tx: dict[bytes, bytes]) -> tuple[tuple[str, int], ...]:
    """Return the anomaly scores by name: members of TX that are named so, without weights.

    COST: Most requests write the same members, and score nothing, so answers are kept.

    Source: Core Rule Set 3 and 4, names of its TX members (observed).
    """
    members = tuple(tx)
    names = _scores(members) if len(members) <= _MOST_KEPT else _scores.__wrapped__(members)
    return _told(names, tuple([tx[name] for name in names]))


@lru_cache(maxsize=256)
def _scores(members: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(sorted(name for name in members if b"score" in name and _is_score(name)))


@lru_cache(maxsize=256)
def _told(names: tuple[bytes, ...], values: tuple[bytes, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((name.decode(), number(value)) for name, value in zip(names, values, strict=True))


def _is_score(name: bytes) -> bool:
    return _SCORE.fullmatch(name) is not None and _WEIGHT.fullmatch(name) is None
