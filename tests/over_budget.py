"""A test fails when a job in its process writes more rows in a transaction than it may."""

from collections.abc import Iterator

import pytest

from juyong.api import bench
from juyong.api.bench import Bench

_NOTED: list[str] = []
_told = bench.note_over_budget


def _note(of: Bench, rows: int) -> None:
    _NOTED.append(f"{of.job or 'a job'}: {rows} rows in one transaction, {of.rows} allowed")
    _told(of, rows)


bench.note_over_budget = _note


def take_noted() -> list[str]:
    """Return what was over budget so far, for a test that means it to be."""
    noted = _NOTED.copy()
    _NOTED.clear()
    return noted


@pytest.fixture(autouse=True)
def within_budget() -> Iterator[None]:
    """Fail the test during which a transaction went over its budget."""
    yield
    noted = take_noted()
    if noted:
        pytest.fail(f"over budget: {noted}")
