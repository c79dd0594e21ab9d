"""Put a copy of a feed into its prefix list, piece by piece: first what is new, then what is gone.

A server that is killed between two pieces leaves a list that holds all blocks of the last copy or
all blocks of this one, and the next reading ends the work.
"""

import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.services.network.feeds.reading import (
    LONGEST_BYTES,
    Feed,
    FeedRefused,
    check_size,
    read_feed,
)
from juyong.services.network.feeds.tables import FeedRow
from juyong.services.network.lists.prefix_lists import PREFIX_LIST
from juyong.services.network.rules.tables import PrefixListRow, PrefixRow
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

PIECE = 2000
"""Blocks that one transaction adds or removes."""


def refresh(bench: Bench, row: FeedRow) -> None:
    """Take the present copy of a feed, or keep the last one and note why.

    A list that is gone takes its feed along.
    """
    found = bench.transact(lambda tx: tx.get(PrefixListRow, row.list_id))
    if found is None:
        bench.transact(partial(forget, list_id=row.list_id))
        return
    feed, fault = None, ""
    try:
        feed = _read(bench, row, found)
    except FeedRefused as refusal:
        fault = str(refusal)
    else:
        _fill(bench, found.list_id, feed.blocks)
    now = bench.clock()
    bench.transact(lambda tx: _note(tx, row.list_id, now, feed, fault))


def forget(tx: Transaction, list_id: str) -> None:
    """Forget the feed of a list, if it has one; the blocks stay."""
    row = tx.get(FeedRow, list_id)
    if row is not None:
        tx.delete(row)


def _read(bench: Bench, row: FeedRow, found: PrefixListRow) -> Feed:
    """Read the file or the URL of a feed.

    Raises:
        FeedRefused: there is no copy, or the list cannot hold the blocks of the copy.
    """
    data = _fetched(bench, row.path) if is_url(row.path) else _of_file(row.path)
    feed = read_feed(data, found.ip_version)
    check_size(feed, row.entries)
    if len(feed.blocks) > found.max_entries:
        raise FeedRefused(
            f"it has {len(feed.blocks)} blocks, and the list takes {found.max_entries}"
        )
    return feed


def is_url(source: str) -> bool:
    """Tell whether a feed is fetched, and no file."""
    return source.startswith("https://")


def _of_file(path: str) -> bytes:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise FeedRefused("it is no regular file")
        with Path(path).open("rb") as file:
            return file.read(LONGEST_BYTES + 1)
    except OSError as failure:
        raise FeedRefused(f"it cannot be read: {failure.strerror}") from failure


def _fetched(bench: Bench, url: str) -> bytes:
    """Fetch a copy; no transaction is open meanwhile.

    Raises:
        FeedRefused: there is none; the text is for the operator, who chose the URL.
    """
    try:
        return bench.platform.download(url, LONGEST_BYTES)
    except OSError as failure:
        why = failure.strerror or str(failure)
        raise FeedRefused(f"it cannot be fetched: {why}") from failure


def _fill(bench: Bench, list_id: str, blocks: Sequence[str]) -> None:
    held = bench.transact(lambda tx: [row.cidr for row in tx.find(PrefixRow, list_id=list_id)])
    new, gone = sorted(set(blocks) - set(held)), sorted(set(held) - set(blocks))
    for piece in _pieces(new):
        bench.transact(partial(_add, list_id=list_id, blocks=piece, now=bench.clock()))
    for piece in _pieces(gone):
        bench.transact(partial(_remove, list_id=list_id, blocks=piece, now=bench.clock()))


def _pieces(blocks: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(blocks), PIECE):
        yield blocks[first : first + PIECE]


def _add(tx: Transaction, list_id: str, blocks: Sequence[str], now: Instant) -> None:
    """Add blocks; none of a list that is gone by now, or that others added meanwhile."""
    found = tx.get(PrefixListRow, list_id)
    if found is None:
        return
    for block in blocks:
        if tx.get(PrefixRow, list_id, block) is None:
            tx.insert(PrefixRow(list_id=list_id, cidr=block, description=""))
    _tell(tx, found, now)


def _remove(tx: Transaction, list_id: str, blocks: Sequence[str], now: Instant) -> None:
    for block in blocks:
        row = tx.get(PrefixRow, list_id, block)
        if row is not None:
            tx.delete(row)
    found = tx.get(PrefixListRow, list_id)
    if found is not None:
        _tell(tx, found, now)


def _tell(tx: Transaction, row: PrefixListRow, now: Instant) -> None:
    """Note that blocks of a list changed; this wakes the network plane."""
    write(tx, [PREFIX_LIST.noted("updated", row)], Cause(new_request_id(), now))


def _note(tx: Transaction, list_id: str, now: Instant, feed: Feed | None, fault: str) -> None:
    row = tx.get(FeedRow, list_id)
    if row is None:
        return
    due = Instant(now + row.every_s)
    if feed is None:
        tx.update(row, due_at=due, fault=fault)
    else:
        passed = feed.unread + feed.others
        tx.update(
            row,
            due_at=due,
            read_at=now,
            entries=len(feed.blocks),
            passed_over=passed,
            fault="",
        )
