"""Links within the documentation lead somewhere, and pages keep to the form."""

import re
from pathlib import Path

from tests.docs.walkthrough import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"")
_CODE = re.compile(r"^```.*?^```$|``[^\n]*?``|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_FRAGMENTS = ("added", "changed", "fixed", "security", "removed")


def anchors_of(page: Path) -> set[str]:
    """Return the names that headings give, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links_of(page: Path) -> list[str]:
    """Return every link and image outside of code."""
    found = _LINK.finditer(_CODE.sub("", page.read_text()))
    return [match[1] or match[2] for match in found]


def test_every_relative_link_resolves() -> None:
    checked, broken = 0, []
    for page in PAGES:
        for link in links_of(page):
            if re.match(r"[a-z]+:", link):
                continue
            checked += 1
            name, _, anchor = link.partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or (
                anchor and target.suffix == ".md" and anchor not in anchors_of(target)
            ):
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert not broken
    assert checked > 100


def test_every_page_is_reached_from_the_readme() -> None:
    waiting, seen = [ROOT / "README.md"], set()
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in links_of(page):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists():
                waiting.append(target)
    assert [page.relative_to(ROOT) for page in PAGES if page not in seen] == []


def test_decisions_have_their_five_parts() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert len(decisions) >= 14
    for number, page in enumerate(decisions, start=1):
        assert page.name.startswith(f"{number:04}-")
        headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert headings == ["Context", "Options", "Choice", "Cost", "How we would notice"], page


def test_decisions_are_listed_in_order_with_their_titles() -> None:
    listed = re.findall(
        r"^- \[(\d{4})\]\(([^)]+)\): ([^;\n]+)",
        (ROOT / "docs" / "adr" / "README.md").read_text(),
        re.MULTILINE,
    )
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [name for _, name, _ in listed] == [page.name for page in pages]
    assert all(name.startswith(f"{number}-") for number, name, _ in listed)


def test_change_fragments_are_one_sentence_of_a_known_kind() -> None:
    fragments = sorted((ROOT / "changes").iterdir())
    assert len(fragments) > 5
    for fragment in fragments:
        assert re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(_FRAGMENTS)})\.md", fragment.name)
        (sentence,) = fragment.read_text().strip().splitlines()
        # The star of a change that is visible on the wire stands at the end.
        assert not sentence.startswith("*"), fragment.name
