"""The folders that pages name are those that there are."""

import re
import sys

from tests.docs.walkthrough import ROOT

SOURCE = ROOT / "src" / "juyong"
sys.path.insert(0, str(ROOT / "tools"))
try:
    from pages.layers import layers_of
finally:
    sys.path.remove(str(ROOT / "tools"))


def parts_of_the_package() -> set[str]:
    packages = {each.parent.name for each in SOURCE.glob("*/__init__.py")}
    modules = {each.stem for each in SOURCE.glob("*.py")}
    return (packages | modules) - {"__init__"}


def test_each_package_stands_in_one_layer() -> None:
    layers = [name for row in layers_of(ROOT) for name in row]
    assert sorted(layers) == sorted(parts_of_the_package())


def test_the_table_of_folders_is_whole() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^\| (`.+?) \| (.+) \|$", table, re.MULTILINE)
    named = {name for names, _ in rows for name in re.findall(r"`([^`]+)`", names)}
    packages = {f"src/juyong/{name}" for name in parts_of_the_package()} - {"src/juyong/testing"}
    folders = {each.name for each in ROOT.iterdir() if each.is_dir() and each.name[0] not in "._"}
    top = {name.partition("/")[0] for name in named}
    assert {name for name in named if name.startswith("src/")} == {
        *packages,
        "src/juyong/testing.py",
    }
    assert top >= {"core", "docs", "changes", "requirements", "src", "tests", "tools"}
    assert top <= folders


def test_the_row_of_tests_names_each_kind() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text()
    (row,) = re.findall(r"^\| `tests` \| (.+) \|$", table, re.MULTILINE)
    there = {each.name for each in (ROOT / "tests").iterdir() if each.is_dir()}
    assert set(re.findall(r"`(\w+)`", row)) == there - {"__pycache__"}


def test_the_files_that_the_architecture_page_names_are_there() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text()
    for name in ("engines/policy", "engines/packet", "engines/inspect", "app/settings.py"):
        assert f"`{name}`" in page
    for name in re.findall(r"`((?:engines|app|api|cli|gateway|store)/[\w/.]*)`", page):
        assert (SOURCE / name).exists(), name
    for name in re.findall(r"`(\w+\.py)`", page):
        assert list(SOURCE.rglob(name)), name
