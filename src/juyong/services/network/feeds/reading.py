"""Read a feed: CIDR blocks as one a line, as CSV or as JSON lines, in any mixture of these.

Comments begin with `#` or `;`. A CSV line gives the first of its fields that is a block, a JSON
line the first of the members below; a JSON line without one, such as metadata, means nothing.
Blocks of another IP version are passed over.

SECURITY: the bytes are from outside. A copy is refused as a whole when it is likely no feed, or
when it could cut off half the world: so the last good copy stays.

Source: the forms of public block lists (observed). The bounds are chosen here.
"""

import csv
from collections.abc import Iterator
from typing import Any

import msgspec

from juyong.engines.packet import BadCidr, Cidr

LONGEST_BYTES = 16 * 1024 * 1024
_MEMBERS = ("cidr", "prefix", "network", "ip_range", "range", "ip", "address")
_BITS = {4: 32, 6: 128}
_WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a block that a feed may hold."""
_READABLE = 10
"""Of so many lines, at most one may be unreadable."""
_MARKUP = "<"
"""The first letter of a page of HTML or XML, which may name an address in its text."""
_SHRINKS_FROM, _SHRINKS_TO = 100, 10
"""A copy of so many blocks may shrink to one block of so many, and no further."""


class FeedRefused(ValueError):
    """The copy is not taken; the text says why, in words for the operator."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """The blocks of a copy, and how much of it was passed over.

    blocks: Disjoint blocks in their canonical form, in order. unread: Lines that are no blocks.
    others: Blocks of the other IP version.
    """

    blocks: tuple[str, ...]
    unread: int
    others: int


def read_feed(data: bytes, version: int) -> Feed:
    """Read a copy of a feed for a prefix list of an IP version.

    Blocks that touch or overlap are merged, so that the list needs as few entries as can be.

    Raises:
        FeedRefused: the copy is too long, is no text, has no blocks of the version, has too many
            unreadable lines, or a block that is too wide.

    Cost: about 10 us a line.
    """
    if len(data) > LONGEST_BYTES:
        raise FeedRefused(f"it is longer than {LONGEST_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FeedRefused("it is no text in UTF-8") from None
    if text.lstrip()[:1] == _MARKUP:
        raise FeedRefused("it is a page of HTML or XML, and no feed")
    found: list[Cidr] = []
    lines = unread = others = 0
    for line in _lines(text):
        block = _block(line)
        lines += block is not _NOTHING
        if block is None:
            unread += 1
        elif isinstance(block, Cidr):
            if block.version == version:
                found.append(block)
            else:
                others += 1
    _check(found, lines, unread, version)
    return Feed(blocks=tuple(_merged(found, version)), unread=unread, others=others)


def check_size(feed: Feed, before: int) -> None:
    """Refuse a copy that lost nearly all of its blocks since the last good one.

    before: The blocks of the last good copy; 0 where there was none.

    Raises:
        FeedRefused: the copy has less than a tenth of the blocks.
    """
    now = len(feed.blocks)
    if before >= _SHRINKS_FROM and now * _SHRINKS_TO < before:
        raise FeedRefused(f"it shrank from {before} blocks to {now}; add the feed again to take it")


class _Nothing:
    """Stands for a line that is readable and names no block."""


_NOTHING = _Nothing()


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            yield stripped


def _block(line: str) -> Cidr | _Nothing | None:
    """Return the block of a line; None where the line cannot be read."""
    if line[0] == "{":
        return _of_json(line)
    words = line.split("#", 1)[0].split(";", 1)[0]
    for field in _fields(words):
        for word in field.split():
            try:
                return Cidr.parse(word)
            except BadCidr:
                continue
    return None


def _fields(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=False), [])
    except csv.Error:
        return []


def _of_json(line: str) -> Cidr | _Nothing | None:
    try:
        members = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None
    named = next((members[name] for name in _MEMBERS if name in members), None)
    if named is None:
        return _NOTHING
    try:
        return Cidr.parse(str(named))
    except BadCidr:
        return None


def _check(found: list[Cidr], lines: int, unread: int, version: int) -> None:
    if unread * _READABLE > lines and unread > 1:
        raise FeedRefused(f"{unread} of its {lines} lines are no blocks")
    if not found:
        raise FeedRefused(f"it has no block of IPv{version}")
    wide = next((block for block in found if block.length < _WIDEST[version]), None)
    if wide is not None:
        raise FeedRefused(f"it has {wide}, which is wider than a /{_WIDEST[version]}")


def _merged(found: list[Cidr], version: int) -> Iterator[str]:
    """Yield the fewest blocks that hold the same addresses, in order.

    PERF: several times quicker than ipaddress.collapse_addresses, which the tests compare with.
    """
    runs: list[tuple[int, int]] = []
    for first, last in sorted((each.first, each.last) for each in found):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        else:
            runs.append((first, last))
    bits = _BITS[version]
    for run_first, last in runs:
        first = run_first
        while first <= last:
            fitting = 1 << ((last - first + 1).bit_length() - 1)
            size = min(first & -first or fitting, fitting)
            yield str(Cidr(version, first, bits - size.bit_length() + 1))
            first += size
