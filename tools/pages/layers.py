"""The picture of the layers: packages of juyong as the import contracts order them."""

import ast
import tomllib
from pathlib import Path

from pages.pictures import Box, Picture

_NAME = "layers point downward"


def layers_of(root: Path) -> list[list[str]]:
    """Return the names of packages, a row a layer, from the contract in `pyproject.toml`."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    (rows,) = (each["layers"] for each in contracts["contracts"] if each["name"] == _NAME)
    return [[name.strip().removeprefix("juyong.") for name in row.split("|")] for row in rows]


def layers_picture(root: Path) -> Picture:
    """Return the layers, each package with the first sentence of its docstring."""
    rows = [
        [Box(id=name, name=name, text=_about(root / "src" / "juyong", name)) for name in row]
        for row in layers_of(root)
    ]
    told = "; ".join(", ".join(box.name for box in row) for row in rows)
    return Picture(
        title="The packages of juyong, by layer",
        text=f"A package imports packages of lower layers alone. From the top: {told}.",
        rows=rows,
    )


def _about(source: Path, name: str) -> str:
    module = source / name / "__init__.py"
    text = (module if module.exists() else source / f"{name}.py").read_text()
    first = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0]
    return " ".join(first.replace("`", "").split()).removesuffix(".")
