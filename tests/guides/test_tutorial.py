"""The tutorial shows what happens to whoever follows it."""

from tests.docs.walkthrough import ROOT, reader


def test_the_first_hour_shows_what_happens() -> None:
    with reader() as somebody:
        assert somebody.follow(ROOT / "docs" / "tutorial" / "first-hour.md") == 12
