"""The use of rules, the flows between interfaces, and when flows were watched at all."""

import msgspec

from juyong.base.clock import Instant
from juyong.store.table import table


@table("network_rule_use", key=("rule_id",))
class RuleUseRow(msgspec.Struct, frozen=True, kw_only=True):
    """The use of a rule, of an ACL entry, or of a group whose members reach each other.

    used_at: The end of the last window in which a flow used the rule. packets: In all.
    """

    rule_id: str
    used_at: Instant
    packets: int
    version: int = 0


@table("network_seen", key=("source", "target", "accepted"), index=(("seen_at",),))
class SeenRow(msgspec.Struct, frozen=True, kw_only=True):
    """The flows from an interface, or `internet`, to another one.

    accepted: They got through; else a rule dropped them. protocol, port: Of the newest flow.
    packets: Of the newest window. seen_at: The end of that window.
    """

    source: str
    target: str
    accepted: bool
    protocol: int
    port: int
    packets: int
    seen_at: Instant
    version: int = 0


@table("network_watch", key=("begin_at",))
class WatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A time during which all flows were told; between two rows lies a gap."""

    begin_at: Instant
    end_at: Instant
    version: int = 0


@table("network_unused", key=("rule_id",))
class UnusedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that the last review found to be of no use.

    owner_id: The group or ACL. why: As `juyong net unused` says. found_at: The first review that
    found the rule, and every one since.
    """

    rule_id: str
    owner_id: str
    why: str
    found_at: Instant
    version: int = 0


@table("network_review", key=("name",))
class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last review. found: The number of rules of no use; the newest may not be kept."""

    name: str = "unused"
    at: Instant
    since: Instant
    found: int
    version: int = 0
