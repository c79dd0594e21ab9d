"""The page that follows a denied call through the source names what really runs, in its order."""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from tests.local import Caller, refused

import juyong

ROOT = Path(__file__).parents[2]
SRC = Path(juyong.__file__).parent
PAGE = ROOT / "docs/explanation/policy-evaluation.md"
MOST_FILES = 8
"""More files than this are too many to open for one question."""
DECLARED = {"create_user", "USER", "Resource.new"}
"""The names on the page that no denied call runs: they are read when the operation is declared."""
BELOW = ("app/", "base/", "store/")
"""The folders of what every call uses, whatever it asks for: names, clocks, keys, the store."""

ON_SQLITE = pytest.mark.parametrize("local", ["sqlite"], indirect=True)
"""There a call runs in the thread of the test, so that its functions can be noted."""

Place = tuple[str, str]
"""A file below src/juyong, and a function in it."""


def _section() -> str:
    text = PAGE.read_text()
    return text[text.index("### In the source") :].split("\n## ")[0]


def _steps() -> list[tuple[str, list[str]]]:
    """Return each file of the list, with the names that the list gives before the colon."""
    numbered = re.findall(r"^\d+\. `([^`]+\.py)`, (.*?): ", _section(), re.MULTILINE)
    return [(path, re.findall(r"`([^`]+)`", names)) for path, names in numbered]


def _helpers() -> set[str]:
    (line,) = (each for each in _section().splitlines() if each.startswith("What else runs"))
    return set(re.findall(r"`([^`]+\.py)`", line))


def _defined(path: Path) -> set[str]:
    """Return the names that a module defines, those of methods as `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.ClassDef():
                names |= {f"{node.name}.{getattr(each, 'name', '')}" for each in node.body}
            case ast.FunctionDef():
                names.add(node.name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


@contextmanager
def _traced(places: list[Place]) -> Iterator[None]:
    """Note each function of the product that begins to run in this thread."""

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(f"{SRC}/"):
            places.append((code.co_filename.removeprefix(f"{SRC}/"), code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.fixture
def places(call: Caller) -> list[Place]:
    """Return what ran, in order, while a user without a policy was denied CreateUser."""
    user = call.new_user("without-a-policy")
    ran: list[Place] = []
    with refused("NoPermission", 403), _traced(ran):
        user("Ram", "CreateUser", UserName="another")
    return ran


def test_the_list_is_short_and_names_what_there_is() -> None:
    steps = _steps()
    assert len(steps) == len(re.findall(r"^\d+\. ", _section(), re.MULTILINE))
    assert 0 < len(steps) <= MOST_FILES
    for path, names in steps:
        assert names
        assert set(names) <= _defined(SRC / path), path


@ON_SQLITE
def test_a_denied_call_runs_through_the_files_in_the_order_of_the_list(
    places: list[Place],
) -> None:
    listed = [(path, name) for path, names in _steps() for name in names]
    assert {name for path, name in listed if (path, name) not in places} == DECLARED
    reached = [
        min(places.index((path, name)) for name in names if name not in DECLARED)
        for path, names in _steps()
        if not DECLARED.issuperset(names)
    ]
    assert reached == sorted(reached)


@ON_SQLITE
def test_no_other_file_takes_part_in_the_decision(places: list[Place]) -> None:
    permit = places.index(("gateway/authorise.py", "permit"))
    caught = places.index(("gateway/attempt.py", "_stop"))
    ran = {path for path, _ in places[permit:caught] if not path.startswith(BELOW)}
    assert ran - {path for path, _ in _steps()} == _helpers()
