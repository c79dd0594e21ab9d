"""Which operations are said to read only; that they keep their word, a whole run of the tests proves."""

import pytest

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.operation import operation
from juyong.api.operation_spec import Operation
from juyong.api.product import Product
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL

registry.load_all()
OPERATIONS = [
    each for product in registry.packages().values() for each in product.operations.values()
]
KEEPS = {"GetParametersForImport"}
"""Named like a read, and keeps a row."""
WITHOUT_EVENTS = (
    *(".trails.", ".data_events.", ".history.", ".global_events.", ".regions."),
    *(".insights.selectors.", ".insights.switches.", ".templates."),
)
"""The parts of ActionTrail whose operations read no events, but settings and jobs."""


def named(each: Operation) -> str:
    return f"{each.product.code} {each.name}"


@pytest.mark.parametrize("each", OPERATIONS, ids=named)
def test_an_operation_that_events_show_as_a_read_is_run_as_one(each: Operation) -> None:
    """One that is forgotten would wait for writers; one that is said wrongly is found by its use."""
    if each.effect == "Read" and each.name not in KEEPS:
        assert each.reads_only or each.writes_seldom
    assert not (each.reads_only and each.writes_seldom)


@pytest.mark.parametrize("each", OPERATIONS, ids=named)
def test_a_change_is_never_said_to_read(each: Operation) -> None:
    changes = ("Create", "Delete", "Update", "Set", "Put", "Add", "Remove", "Attach", "Detach")
    if each.name.startswith(changes):
        assert not each.reads_only
        assert not each.writes_seldom


@pytest.mark.parametrize("each", OPERATIONS, ids=named)
def test_whatever_reads_events_runs_on_a_thread(each: Operation) -> None:
    module = f"{each.function.__module__}."
    of_events = each.product is ACTIONTRAIL and not any(part in module for part in WITHOUT_EVENTS)
    if of_events:
        assert each.scans
    if each.name == "GetAccessKeyLastUsed":
        assert each.scans


def test_only_what_reads_may_scan() -> None:
    product = ACTIONTRAIL
    with pytest.raises(TypeError, match="scans, and is not said to read only"):
        operation(product, "Scan", entry=Entry.ANONYMOUS, scans=True)
    assert isinstance(product, Product)
