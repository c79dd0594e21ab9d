"""The README says nothing that does not happen."""

from tests.docs.needs import equipped
from tests.docs.walkthrough import ROOT

README = ROOT / "README.md"


def test_the_tour_shows_what_happens() -> None:
    with equipped(README) as somebody:
        assert somebody.follow(README) == 13
