"""What services offer to scheduled work and to checks, found by scanning their packages.

A package takes part by a module `sweeps.py` with `sweep(tx, now) -> int` (rows purged), `jobs.py`
with `work(bench)` (anything that takes time or reaches outside), or `checks.py` with
`check(tx, keys)` yielding findings.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from juyong.api.bench import Bench
from juyong.api.operation_index import modules_of
from juyong.api.registry import packages
from juyong.base.clock import Instant
from juyong.store.finding import Finding
from juyong.store.transaction import Transaction

Sweep = Callable[[Transaction, Instant], int]
Work = Callable[[Bench], None]
Check = Callable[[Transaction, Mapping[str, bytes]], Iterator[Finding]]


@lru_cache(maxsize=1)
def sweeps() -> Mapping[str, Sweep]:
    """Return package name to sweep."""
    return _offered("sweeps", "sweep")


@lru_cache(maxsize=1)
def jobs() -> Mapping[str, Work]:
    """Return package name to the work it has for each round."""
    return _offered("jobs", "work")


@lru_cache(maxsize=1)
def checks() -> tuple[Check, ...]:
    """Return every service's check."""
    return tuple(_offered("checks", "check").values())


def _offered(module: str, function: str) -> dict[str, Any]:
    return {
        name.removesuffix(f".{module}"): getattr(importlib.import_module(name), function)
        for package in packages()
        for name in modules_of(package)
        if name.endswith(f".{module}")
    }
