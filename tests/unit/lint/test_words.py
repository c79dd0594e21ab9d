"""The rules for words: each with good and bad samples, and held over the whole source."""

from pathlib import Path

import pytest
from tools.lint.words import WORD_RULES, WordRule, riddle_words_of_page

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src"

BAD = {
    "no_riddle_words": [
        '"""Roles and whom they trust."""',
        "# The loop is closed: nobody waits there any more.",
        '"""A file\n\nbeside the database."""',
        '"""Raises when it is in\n    vain."""',
        '"""The half that anybody may have."""',
        'x = 1\n"""Keys they do not bear are passed over."""',
        '"""Seal a session into the text its bearer keeps."""',
        '"""Calls that have yet to run."""',
        '"""Return a key.\n\n    Args:\n        job: Whose bench it is.\n    """',
        "# Whose turn it is.",
    ],
    "docstrings_name_the_thing_first": [
        '"""What a key can do."""',
        'def f():\n    """It is empty, or too long."""',
        'class C:\n    """One of our objects."""',
        'x = 1\n"""Those that are being committed."""',
    ],
}
GOOD = {
    "no_riddle_words": [
        '"""A key whose material was imported."""',
        '"""The subject confirmation is not of the bearer kind."""',
        '"""Nothing is here yet; to be done later."""',
        'message = "nobody may change what a client reads"',
        "kin = beside = 1  # Names are not judged.",
    ],
    "docstrings_name_the_thing_first": [
        '"""One key pair under a name."""',
        '"""Itemise the whole list."""',
        '"""Return what is stored."""',
        'text = "What a client reads."',
    ],
}


@pytest.mark.parametrize("rule", WORD_RULES, ids=lambda r: r.__name__)
def test_rule_knows_bad_from_good(rule: WordRule) -> None:
    for sample in BAD[rule.__name__]:
        assert list(rule(sample)), sample
    for sample in GOOD[rule.__name__]:
        assert not list(rule(sample)), sample


def test_a_finding_names_the_line_of_the_word() -> None:
    [(line, _)] = WORD_RULES[0]('"""A file.\n\nIt lies beside the database.\n"""')
    assert line == 3


def test_source_keeps_every_rule() -> None:
    broken = [
        f"{path.relative_to(ROOT)}:{line}: {message}"
        for path in sorted(SOURCE.rglob("*.py"))
        for rule in WORD_RULES
        for line, message in rule(path.read_text())
    ]
    assert broken == []


def test_words_of_a_page_are_judged_outside_of_code() -> None:
    page = "```sh\nkin\n```\n`shall` [there](beside.md)\nTo whom?\n"
    assert [line for line, _ in riddle_words_of_page(page)] == [5]


def test_pages_for_newcomers_keep_the_rule_of_words() -> None:
    folders = ("docs", "docs/how-to", "docs/tutorial")
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    pages += [page for folder in folders for page in sorted((ROOT / folder).glob("*.md"))]
    assert len(pages) > 40
    broken = [
        f"{page.relative_to(ROOT)}:{line}: {message}"
        for page in pages
        for line, message in riddle_words_of_page(page.read_text())
    ]
    assert broken == []
