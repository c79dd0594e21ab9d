"""The README says nothing that does not happen."""

import shutil

import pytest
from tests.docs.needs import equipped
from tests.docs.walkthrough import ROOT

README = ROOT / "README.md"
TOUR = ROOT / "docs" / "tour.py"


@pytest.mark.timeout(400)
def test_the_tour_shows_what_happens() -> None:
    with equipped(README) as somebody:
        (somebody.desk / "docs").mkdir()
        shutil.copy(TOUR, somebody.desk / "docs")
        assert somebody.follow(README) == 24


def test_it_is_read_in_one_sitting() -> None:
    assert len(README.read_text().splitlines()) <= 150
