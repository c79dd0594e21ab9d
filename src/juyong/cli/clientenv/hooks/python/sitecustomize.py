"""Make certifi name the bundle in JUYONG_CA_BUNDLE, for clients that read no CA variable.

Python imports this file at start-up from PYTHONPATH. It runs inside other people's programs and
Python versions: it imports little, changes nothing when the variable is unset, and then lets the
sitecustomize that it stands in front of have its turn.
"""
# ruff: noqa: INP001, PTH100, PTH113, PTH120, PTH123
# The folder is a path entry, not a package; pathlib would slow every start of Python down.

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType


def _rename(module: ModuleType, bundle: str) -> None:
    def where() -> str:
        return bundle

    def contents() -> str:
        with open(bundle, encoding="ascii") as file:
            return file.read()

    for each in (module, sys.modules.get("certifi.core")):
        if each is not None:
            vars(each).update(where=where, contents=contents)


class _CertifiFinder:
    """Finds certifi the usual way, once, and changes what it names when it is imported."""

    def __init__(self, bundle: str) -> None:
        self.bundle = bundle

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "certifi":
            return None
        sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                self._wrap(spec.loader)
                return spec
        return None

    def _wrap(self, loader: object) -> None:
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return
        bundle = self.bundle

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _rename(module, bundle)

        try:
            vars(loader)["exec_module"] = exec_module
        except TypeError:
            # A loader that cannot be wrapped leaves certifi as it is.
            return


def _run_next() -> None:
    """Run the sitecustomize that Python would have found without this one."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


_bundle = os.environ.get("JUYONG_CA_BUNDLE", "")
if _bundle and os.path.isfile(_bundle):
    if "certifi" in sys.modules:
        _rename(sys.modules["certifi"], _bundle)
    else:
        sys.meta_path.insert(0, _CertifiFinder(_bundle))
_run_next()
