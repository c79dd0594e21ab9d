"""The page on scanners names exactly the checks that are tried with the scanners themselves."""

import re

from tests.clients.test_scanners import PROWLER, SCOUT
from tests.docs.walkthrough import ROOT

PAGE = ROOT / "docs" / "how-to" / "scan-an-account.md"
_ROW = re.compile(r"^\| (Prowler|ScoutSuite) \| `([\w-]+)` \|", re.MULTILINE)


def test_the_page_names_the_checks_that_are_tried() -> None:
    named = _ROW.findall(PAGE.read_text())
    tried = {("Prowler", check) for check in PROWLER} | {("ScoutSuite", rule) for rule in SCOUT}
    assert set(named) == tried
    assert len(named) == len(tried)
