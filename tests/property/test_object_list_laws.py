"""Whatever keys a bucket has, its lists in pages are the slow model's list."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from juyong.api.registry import load_tables
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.oss.objects.walk import Page, Walk, page_of
from juyong.services.oss.tables import ObjectRow
from juyong.store.database import StoreSettings, open_database
from juyong.store.seal import AesSealer
from juyong.store.transaction import Transaction

KEYS = st.text("ab/é~", min_size=1, max_size=5).map(str.encode)
BUCKET = "bucket"
NEWEST = {"latest": True, "marker": False}


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'o.db'}"
        opened = open_database(
            StoreSettings(url=url, durable=False), AesSealer(b"k" * 32), load_tables
        )
        yield opened
        opened.close()


class Undo(Exception):
    """Ends a transaction that shall leave nothing."""


def undone(store: Any, work: Any) -> None:
    """Do work in a transaction that is undone."""

    def run(tx: Transaction) -> None:
        work(tx)
        raise Undo

    with pytest.raises(Undo):
        store.call(run)


def version(key: bytes, rank: int, *, marker: bool = False) -> ObjectRow:
    return ObjectRow(
        bucket_name=BUCKET,
        object_key=key,
        version_id=f"v{rank}",
        account_id=AccountId("1"),
        rank=rank,
        latest=rank == 0,
        marker=marker,
        modified_at=Instant(1),
    )


def model(rows: list[ObjectRow], walk: dict[str, Any]) -> list[Any]:
    """List everything behind a marker: (key, version) of rows, and groups as bytes."""
    prefix, delimiter, after = walk["prefix"], walk["delimiter"], walk["after"]

    def group_of(key: bytes) -> bytes:
        at = key.find(delimiter, len(prefix)) if delimiter and key.startswith(prefix) else -1
        return b"" if at < 0 else key[: at + len(delimiter)]

    found: list[Any] = []
    for row in sorted(rows, key=lambda row: (row.object_key, row.rank)):
        key, group = row.object_key, group_of(row.object_key)
        if not key.startswith(prefix):
            continue
        if group:
            if group > after and group != group_of(after) and group not in found:
                found.append(group)
        elif key > after:
            found.append((key, row.version_id))
    return found


def shown(page: Page[ObjectRow]) -> list[Any]:
    entries = [*page.groups, *((row.object_key, row.version_id) for row in page.rows)]
    return sorted(entries, key=lambda each: each if isinstance(each, bytes) else each[0])


def in_pages(tx: Transaction, walk: Walk[ObjectRow]) -> list[Any]:
    """Follow the pages to the end; each but the last is full."""
    found: list[Any] = []
    while True:
        page = page_of(tx, walk)
        found += shown(page)
        if page.last is None:
            return found
        assert len(page.rows) + len(page.groups) == walk.limit
        behind = page.row.rank if walk.then and page.row else None
        walk = Walk(
            **{
                **{name: getattr(walk, name) for name in walk.__struct_fields__},
                "after": page.key.encode(),
                "behind": behind,
            }
        )


ASKED = {
    "prefix": st.text("ab/é", max_size=2).map(str.encode),
    "delimiter": st.sampled_from([b"", b"/", "é".encode(), b"a", b"ab", b"//"]),
    "after": st.one_of(st.just(b""), KEYS),
}


@settings(max_examples=400)
@given(
    held=st.dictionaries(KEYS, st.tuples(st.integers(1, 4), st.booleans()), max_size=25),
    limit=st.integers(1, 6),
    asked=st.fixed_dictionaries(ASKED),
)
def test_pages_are_the_slow_list(
    store: Any, held: dict[bytes, tuple[int, bool]], limit: int, asked: dict[str, Any]
):
    rows = [
        version(key, rank, marker=gone and rank == 0)
        for key, (count, gone) in held.items()
        for rank in range(count)
    ]

    def check(tx: Transaction) -> None:
        for row in rows:
            tx.insert(row)
        newest = Walk(row=ObjectRow, where={"bucket_name": BUCKET, **NEWEST}, limit=limit, **asked)
        seen = [row for row in rows if row.latest and not row.marker]
        assert in_pages(tx, newest) == model(seen, asked)
        every = Walk(
            row=ObjectRow, where={"bucket_name": BUCKET}, then="rank", limit=limit, **asked
        )
        assert in_pages(tx, every) == model(rows, asked)

    undone(store, check)


@pytest.mark.parametrize("delimiter", [b"", b"/"])
def test_a_page_costs_the_same_wherever_it_is(
    store: Any, delimiter: bytes, monkeypatch: pytest.MonkeyPatch
):
    """Deep pages, delete markers and old versions on the way do not make a page dearer."""
    read: list[int] = []
    find = Transaction.find

    def counted(self: Transaction, *args: Any, **more: Any) -> list[Any]:
        found = find(self, *args, **more)
        read.append(len(found))
        return found

    def work(tx: Transaction) -> None:
        for number in range(400):
            for name in (b"%05d/x", b"%05d/y", b"%05d-z"):
                tx.insert(version(name % number, 0, marker=number % 2 == 1))
                tx.insert(version(name % number, 1))
        monkeypatch.setattr(Transaction, "find", counted)
        costs = set()
        for after in (b"", b"00100-z", b"00300-z", b"00350-z"):
            read.clear()
            walk = Walk(
                row=ObjectRow,
                where={"bucket_name": BUCKET, **NEWEST},
                delimiter=delimiter,
                after=after,
                limit=20,
            )
            page = page_of(tx, walk)
            assert len(page.rows) + len(page.groups) == 20
            costs.add((sum(read), len(read)))
        assert len(costs) == 1, costs
        ((rows, reads),) = costs
        assert rows <= 2 * 20 + 2
        assert reads <= 2 * 20

    undone(store, work)


def test_lists_read_no_row_that_the_index_does_not_order(store: Any):
    """The database finds each page in its index: no sort, and no look at delete markers."""

    def plan(tx: Transaction) -> None:
        for where, order in (
            ("latest = 1 AND marker = 0", "object_key"),
            ("1", "object_key, rank"),
        ):
            select = f"SELECT * FROM oss_object WHERE bucket_name = ? AND {where}"  # noqa: S608
            steps = tx._connection.execute(
                f"EXPLAIN QUERY PLAN {select} AND object_key > ? ORDER BY {order} LIMIT 11",
                ("b", b"a"),
            ).fetchall()
            told = " ".join(str(step[-1]) for step in steps)
            assert "TEMP B-TREE" not in told
            assert "object_key>?" in told

    undone(store, plan)
