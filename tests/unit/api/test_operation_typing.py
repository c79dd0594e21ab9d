"""What a type checker says of a declared operation, on both sides."""

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
"""
GOOD = {
    "one resource": '@operation(ONE, "A", on=THING.by(name=Name))\n'
    "def a(ctx: Context, thing: Row, *, most: int = 0) -> Empty: return Empty()",
    "a new one": '@operation(ONE, "A", on=THING.new)\n'
    "def a(ctx: Context, *, name: Name) -> Empty: return Empty()",
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
    "faces of no resource": '@operation({ONE: None}, "A")\n'
    "def a(ctx: Context) -> Empty: return Empty()",
    "no context": '@operation(ONE, "A", on=THING.new)\ndef a(thing: Row) -> Empty: return Empty()',
    "an unknown option": '@operation(ONE, "A", on=THING.new, colour="red")\n'
    "def a(ctx: Context) -> Empty: return Empty()",
}


def _checked(folder: Path, cases: dict[str, str]) -> dict[str, bool]:
    """Return which cases the checker accepts; one run for all of them."""
    for number, text in enumerate(cases.values()):
        (folder / f"case_{number}.py").write_text(f"{_HEAD}\n\n{text}\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "case_" in done.stdout or "Success" in done.stdout, done.stdout + done.stderr
    return {name: f"case_{n}.py" not in done.stdout for n, name in enumerate(cases)}


@pytest.mark.timeout(300)
def test_the_checker_holds_the_row_type(tmp_path: Path) -> None:
    found = _checked(tmp_path, {**GOOD, **BAD})
    assert found == {**dict.fromkeys(GOOD, True), **dict.fromkeys(BAD, False)}
