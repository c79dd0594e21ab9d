"""How a test names the recorded answer that it holds the platform to.

Grades: LIVE is an answer of the cloud, as its reporter pasted it or a tool captured it. TRIMMED is
one that the publisher cut or masked: names, types and constants that recur can be trusted, and not
that it is complete. SAMPLE is a sample of the documentation. Where two recordings disagree, the
newer one is followed. docs/reference/recorded-answers.md lists what is not followed, and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


class Grade(Enum):
    """How far a recording can be trusted."""

    LIVE = "live"
    TRIMMED = "live, trimmed"
    SAMPLE = "sample"


LIVE, TRIMMED, SAMPLE = Grade


@dataclass(frozen=True)
class Recording:
    """When an answer was recorded, and its grade."""

    date: str
    grade: Grade


RECORDINGS: dict[str, Recording] = {}
"""Every test of the folder by its name."""


def recorded(date: str, grade: Grade) -> Callable[[Test], Test]:
    """Say which recording a test follows."""

    def note(test: Test) -> Test:
        RECORDINGS[test.__qualname__] = Recording(date, grade)
        return test

    return note
