"""Feeds: where the blocks of a prefix list come from."""

import msgspec

from juyong.base.clock import Instant
from juyong.store.table import table


@table("network_feed", key=("list_id",), index=(("due_at",),))
class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """The feed of one prefix list; the operator sets feeds, since they are files of the server
    or URLs that the server asks.

    path: The file, or the URL of HTTPS. every_s: Seconds from one reading to the next. read_at:
    When the last copy was taken; 0 before the first. entries: Blocks of that copy. passed_over: Its
    lines that were not read. fault: Why a later copy was refused, in words for the operator; empty
    when none was.
    """

    list_id: str
    path: str
    every_s: int
    due_at: Instant
    read_at: Instant
    entries: int
    passed_over: int
    fault: str
    version: int = 0
