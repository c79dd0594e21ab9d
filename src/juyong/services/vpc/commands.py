"""Feeds of bad addresses: files of this server, or URLs, that fill prefix lists."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from juyong.api.command import Answer, BadInput, CommandContext, OperatorError, Option, command
from juyong.api.doc import Doc

if TYPE_CHECKING:
    from juyong.services.network.feeds.tables import FeedRow

_LEAST_S, _DAY_S = 60, 86_400
ListId = Annotated[str, Doc("The prefix list, `pl-…`.")]


class Feed(Answer, frozen=True, kw_only=True):
    """One feed; `read_at` is empty before the first copy was taken."""

    prefix_list_id: str
    path: str
    every_seconds: int
    read_at: str
    entries: int
    passed_over: int
    fault: str

    def lines(self) -> list[str]:
        """Return one line."""
        taken = f"{self.entries} blocks at {self.read_at}" if self.read_at else "not read so far"
        if self.passed_over:
            taken += f", {self.passed_over} lines passed over"
        fault = f"; refused since: {self.fault}" if self.fault else ""
        return [f"{self.prefix_list_id}  {self.path}: {taken}{fault}"]


class Feeds(Answer, frozen=True, kw_only=True):
    """The feeds of all accounts."""

    feeds: tuple[Feed, ...]

    @property
    def status(self) -> int:
        """1 when the last copy of some feed was refused."""
        return int(any(each.fault for each in self.feeds))

    def lines(self) -> Iterator[str]:
        """Yield a line for each feed."""
        for each in self.feeds:
            yield from each.lines()


class Forgotten(Answer, frozen=True, kw_only=True):
    """The list that has no feed any more."""

    prefix_list_id: str

    def lines(self) -> list[str]:
        """Return one line."""
        return [f"{self.prefix_list_id} has no feed now; its blocks stay"]


@command(
    "net feed add",
    examples=("juyong net feed add pl-bp1bt2mzq8rtsfzgtkhwp /srv/blocks.txt --every 600",),
)
def add_feed(
    ctx: CommandContext,
    prefix_list_id: ListId,
    source: Annotated[str, Doc("File or https URL of blocks: one a line, CSV, or JSON lines.")],
    *,
    every: Annotated[
        int, Option(takes="SECONDS"), Doc("Seconds from one reading to the next: 60 to 86400.")
    ] = 3600,
) -> Feed:
    """Fill a prefix list from a file or a URL, now and again.

    The worker of the server reads the copy within a minute, and takes the whole list over: blocks
    that the copy does not have are removed. A copy that cannot be right is refused, and the last
    good one stays. A list takes as many blocks as its MaxEntries, once those that touch are merged.
    """
    from juyong.base.clock import Instant, system_clock  # noqa: PLC0415
    from juyong.services.network.feeds.filling import forget  # noqa: PLC0415
    from juyong.services.network.feeds.tables import FeedRow  # noqa: PLC0415
    from juyong.services.network.rules.tables import PrefixListRow  # noqa: PLC0415

    _check_source(source)
    if not _LEAST_S <= every <= _DAY_S:
        raise BadInput(f"--every is {_LEAST_S} to {_DAY_S} seconds")
    row = FeedRow(
        list_id=prefix_list_id,
        path=source,
        every_s=every,
        due_at=system_clock(),
        read_at=Instant(0),
        entries=0,
        passed_over=0,
        fault="",
    )
    with ctx.open() as at:
        if at.call(lambda tx: tx.get(PrefixListRow, prefix_list_id)) is None:
            raise OperatorError(f"there is no prefix list `{prefix_list_id}`")
        at.call(lambda tx: forget(tx, prefix_list_id))
        at.call(lambda tx: tx.insert(row))
    return _shown(row)


@command("net feed list", answers=("all are taken", "a copy was refused"))
def list_feeds(ctx: CommandContext) -> Feeds:
    """List the feeds, and why the last copy of one was refused."""
    from juyong.services.network.feeds.tables import FeedRow  # noqa: PLC0415

    with ctx.open() as at:
        rows = at.call(lambda tx: tx.find(FeedRow, order=("list_id",)))
    return Feeds(feeds=tuple(map(_shown, rows)))


@command("net feed remove")
def remove_feed(ctx: CommandContext, prefix_list_id: ListId) -> Forgotten:
    """Fill a prefix list no longer; its blocks stay as they are."""
    from juyong.services.network.feeds.filling import forget  # noqa: PLC0415
    from juyong.services.network.feeds.tables import FeedRow  # noqa: PLC0415

    with ctx.open() as at:
        if at.call(lambda tx: tx.get(FeedRow, prefix_list_id)) is None:
            raise OperatorError(f"`{prefix_list_id}` has no feed: juyong net feed list")
        at.call(lambda tx: forget(tx, prefix_list_id))
    return Forgotten(prefix_list_id=prefix_list_id)


def _check_source(source: str) -> None:
    """Refuse a source that a server could not read, or that holds a password.

    Raises:
        BadInput: it is no https URL and no whole path.
    """
    from juyong.base.web_url import split_url  # noqa: PLC0415
    from juyong.services.network.feeds.filling import is_url  # noqa: PLC0415

    if "://" not in source:
        if not Path(source).is_absolute():
            raise BadInput("a server runs in another folder: give the whole path")
        return
    try:
        parts, port = split_url(source)
    except ValueError:
        raise BadInput("the URL is none") from None
    if not is_url(source) or not port or not parts.hostname or not source.isprintable():
        raise BadInput("a feed is fetched over https alone")
    # SECURITY: the URL is listed, and told when it fails.
    if parts.username is not None or parts.password is not None:
        raise BadInput("a URL with a password would be shown in lists: feeds have none")


def _shown(row: "FeedRow") -> Feed:
    from juyong.base.clock import iso  # noqa: PLC0415

    return Feed(
        prefix_list_id=row.list_id,
        path=row.path,
        every_seconds=row.every_s,
        read_at=iso(row.read_at) if row.read_at else "",
        entries=row.entries,
        passed_over=row.passed_over,
        fault=row.fault,
    )
