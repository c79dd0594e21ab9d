"""What type checkers say of a declared operation, on both sides.

Pyright is a Node program, which no Python package holds; where it is not installed, mypy alone is
asked: `npm install --global pyright`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT

_HEAD = """
from dataclasses import dataclass
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.product import Product
from juyong.api.resource import Quota, Resource
from juyong.api.shape import Empty

ONE = Product(code="One", ram_code="one", version="1", hosts=(), title="One")
TWO = Product(code="Two", ram_code="two", version="1", hosts=(), title="Two")


@dataclass(frozen=True)
class Row:
    account_id: str
    name: str


@dataclass(frozen=True)
class Other:
    account_id: str
    name: str


def find(ctx: Context, label: str) -> Row | None:
    return None


class Missing(ApiError):
    code, status, text = "Missing", 404, "Missing."


THING = Resource(
    kind="ACS::One::Thing", row=Row, id="name", name="name", arn="one:thing/", find=find,
    missing=Missing, taken=Missing, quota=Quota("things", Missing), state=lambda tx, row: row,
)
Name = Annotated[str, Text(1, 2)]


def find_other(ctx: Context, label: str) -> Other | None:
    return None


OTHER = Resource(
    kind="ACS::One::Other", row=Other, id="name", name="name", arn="one:other/", find=find_other,
    missing=Missing, state=lambda tx, row: row,
)
"""
GOOD = {
    "one resource": '@operation(ONE, "A", on=THING.by(name=Name))\n'
    "def a(ctx: Context, thing: Row, *, most: int = 0) -> Empty: return Empty()",
    "a new one": '@operation(ONE, "A", on=THING.new)\n'
    "def a(ctx: Context, *, name: Name) -> Empty: return Empty()",
    "all of them": '@operation(ONE, "A", on=THING.all)\n'
    "def a(ctx: Context, *, most: int = 0) -> list[Empty]: return []",
    "two faces": '@operation({ONE: THING.by(name=Name), TWO: THING.by(label=Name)}, "A")\n'
    "def a(ctx: Context, thing: Row, *, most: int = 0) -> Empty: return Empty()",
    "two products": '@operation((ONE, TWO), "A", on=THING.new)\n'
    "def a(ctx: Context, *, name: Name) -> Empty: return Empty()",
    "no resource": '@operation(ONE, "A", resource=lambda ctx, arguments: ())\n'
    "def a(ctx: Context, *, name: Name) -> Empty: return Empty()",
}
BAD = {
    "another row": '@operation(ONE, "A", on=THING.by(name=Name))\n'
    "def a(ctx: Context, thing: Other) -> Empty: return Empty()",
    "another row of a face": '@operation({ONE: THING.by(name=Name)}, "A")\n'
    "def a(ctx: Context, thing: Other) -> Empty: return Empty()",
    "no row": '@operation(ONE, "A", on=THING.by(name=Name))\n'
    "def a(ctx: Context) -> Empty: return Empty()",
    "a row by keyword": '@operation(ONE, "A", on=THING.by(name=Name))\n'
    "def a(ctx: Context, *, thing: Row) -> Empty: return Empty()",
    "faces of two rows": '@operation({ONE: THING.by(name=Name), TWO: OTHER.by(name=Name)}, "A")\n'
    "def a(ctx: Context, thing: Row) -> Empty: return Empty()",
    "faces without a row": '@operation({ONE: THING.by(name=Name)}, "A")\n'
    "def a(ctx: Context) -> Empty: return Empty()",
    "a new one without a context": '@operation(ONE, "A", on=THING.new)\n'
    "def a(*, name: Name) -> Empty: return Empty()",
    "all of them without a context": '@operation(ONE, "A", on=THING.all)\n'
    "def a(most: Row) -> list[Empty]: return []",
    "all of them as a row": '@operation(ONE, "A", on=THING.all)\n'
    "def a(thing: Row, ctx: Context) -> list[Empty]: return []",
    "faces of no resource": '@operation({ONE: None}, "A")\n'
    "def a(ctx: Context) -> Empty: return Empty()",
    "no context": '@operation(ONE, "A", on=THING.new)\ndef a(thing: Row) -> Empty: return Empty()',
    "an unknown option": '@operation(ONE, "A", on=THING.new, colour="red")\n'
    "def a(ctx: Context) -> Empty: return Empty()",
}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A folder with each case in a file of its own."""
    for number, text in enumerate({**GOOD, **BAD}.values()):
        (tmp_path / f"case_{number}.py").write_text(f"{_HEAD}\n\n{text}\n")
    return tmp_path


def _output(*command: str | Path) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "case_" in done.stdout, done.stdout + done.stderr
    return done.stdout


def _accepted(refused: set[str]) -> dict[str, bool]:
    """Say of each case whether a checker accepts it, by the names of the files that it refuses."""
    return {name: f"case_{n}.py" not in refused for n, name in enumerate({**GOOD, **BAD})}


EXPECTED = {**dict.fromkeys(GOOD, True), **dict.fromkeys(BAD, False)}


@pytest.mark.timeout(300)
def test_mypy_holds_the_row_type(cases: Path) -> None:
    config = ("--config-file", ROOT / "pyproject.toml")
    told = _output(sys.executable, "-m", "mypy", *config, cases)
    refused = {
        Path(line.partition(":")[0]).name for line in told.splitlines() if ": error:" in line
    }
    assert _accepted(refused) == EXPECTED


@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("pyright") is None, reason="pyright is not installed")
def test_pyright_holds_the_row_type(cases: Path) -> None:
    settings = {
        "include": ["."],
        "extraPaths": [str(ROOT / "src")],
        "typeCheckingMode": "strict",
        # A parameter that a case never reads is not what the case is about.
        "reportUnusedParameter": "none",
    }
    (cases / "pyrightconfig.json").write_text(json.dumps(settings))
    told = json.loads(
        _output("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", cases)
    )
    wrong = [each for each in told["generalDiagnostics"] if each["severity"] == "error"]
    assert told["summary"]["filesAnalyzed"] == len(EXPECTED)
    refused = {Path(each["file"]).name for each in wrong}
    assert _accepted(refused) == EXPECTED, "\n".join(each["message"] for each in wrong)
