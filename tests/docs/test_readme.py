"""The README says nothing that does not happen."""

from tests.docs.walkthrough import ROOT, reader

README = ROOT / "README.md"


def test_the_tour_shows_what_happens() -> None:
    with reader() as somebody:
        assert somebody.follow(README) == 10
