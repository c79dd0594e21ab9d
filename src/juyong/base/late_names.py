"""A module that offers names of others, and imports each of the others at first need.

    if TYPE_CHECKING:
        from juyong.services.sts.tokens import Session
        from juyong.services.sts.tokens import open_token
    else:
        __getattr__ = late_names(__name__)

The imports alone say what a module offers; pyproject.toml tells the linters that none is unused.

PERF: a request for one name imports only the module that has the name.
A server names a few things of RAM at its start; importing all of RAM would take 50 ms.
"""

import ast
import importlib
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from juyong.base.syntax import parsed


def late_names(module: str) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module, which imports what its TYPE_CHECKING block names.

    Args:
        module: The module's own name; its source is read when the first name is asked for.

    Cost: parses the module once, under 1 ms for 170 names; a name costs a look-up once.
    """
    where = lru_cache(maxsize=1)(lambda: names_of(module))

    def named(name: str) -> Any:
        if name == "__all__":
            return sorted(where())
        found = where().get(name)
        if found is None:
            raise AttributeError(f"module `{module}` has no attribute `{name}`")
        value = getattr(importlib.import_module(found[0]), found[1])
        setattr(sys.modules[module], name, value)
        return value

    return named


def names_of(module: str) -> dict[str, tuple[str, str]]:
    """Return for each name that a module imports for type checking: module and name there."""
    source = Path(str(sys.modules[module].__file__)).read_bytes()
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for block in parsed(source).body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
