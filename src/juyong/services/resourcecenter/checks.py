"""Compare the inventory with the rows of the services, its history and its links.

INVARIANT: for each resource, the current state is what its rows give, and what the newest event of
its history says; and the links are those of the current states.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from juyong.api.registry import resources
from juyong.api.resource import Resource
from juyong.store.errors import Tampered
from juyong.store.finding import Finding
from juyong.store.inventory import (
    LinkRow,
    Ref,
    ResourceEventRow,
    ResourceRow,
    link_row,
    links_of,
    tags_text,
)
from juyong.store.inventory_reads import NOT_YET, extent, replayed, resource_at
from juyong.store.scan import scan
from juyong.store.transaction import Transaction


def check(tx: Transaction, _keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report resources whose inventory does not fit their rows, history or links.

    Cost: reads every resource, and the index of the whole history.
    """
    if extent(tx).known_from == NOT_YET:
        yield Finding(
            "inventory-incomplete", "store_inventory", "the baseline is being written", "notice"
        )
        return
    for resource in resources().values():
        yield from _rows(tx, resource)
    yield from _orphans(tx)
    yield from _replay(tx)
    yield from _links(tx)


def _rows(tx: Transaction, resource: Resource[Any]) -> Iterator[Finding]:
    """Every row has its current state."""
    for row in _readable(tx, resource):
        ref = resource.ref(row)
        held = resource_at(tx, ref)
        if held is None:
            yield _finding(ref, "inventory-lacks", "the inventory does not know the resource")
            continue
        picture = resource.picture(tx, row)
        if held.state != picture.state:
            yield _finding(ref, "inventory-differs", "the state differs from the rows")
        if held.tags != tags_text(picture.tags):
            yield _finding(ref, "inventory-differs", "the tags differ from the rows")
        if set(links_of(held.links)) != set(picture.links):
            yield _finding(ref, "inventory-differs", "the links differ from the rows")


def _readable(tx: Transaction, resource: Resource[Any]) -> Iterator[Any]:
    """Yield the rows of a type; a sealed value that does not open is reported by another check."""
    for key in scan(tx, resource.row):
        with suppress(Tampered):
            yield tx.get(resource.row, *key)


def _orphans(tx: Transaction) -> Iterator[Finding]:
    """Every current state has its row."""
    for kind, resource in resources().items():
        known = {resource.ref(row) for row in _readable(tx, resource)}
        for row in tx.find(ResourceRow, resource_type=kind):
            if row.ref not in known:
                yield _finding(row.ref, "inventory-orphan", "the resource does not exist")


def _replay(tx: Transaction) -> Iterator[Finding]:
    """The newest event of each resource is its current state."""
    for event in replayed(tx):
        held = resource_at(tx, event.ref)
        expected = None if event.change == "deleted" else _what(event)
        if expected != (_what(held) if held else None):
            yield _finding(event.ref, "inventory-history", "the history ends in another state")


def _what(row: ResourceRow | ResourceEventRow) -> tuple[str, ...]:
    state = row.state if isinstance(row, ResourceRow) else row.snapshot
    return (row.name, row.arn, state, row.tags, row.links)


def _links(tx: Transaction) -> Iterator[Finding]:
    """The links are those of the current states."""
    for kind in resources():
        wanted = {
            link_row(row.ref, link)
            for row in tx.find(ResourceRow, resource_type=kind)
            for link in links_of(row.links)
        }
        for row in wanted ^ set(tx.find(LinkRow, resource_type=kind)):
            yield _finding(row.source, "inventory-links", f"`{row.kind}` is in one place only")


def _finding(ref: Ref, code: str, what: str) -> Finding:
    return Finding(code, " ".join(filter(None, ref)), what)
