"""Rules that no flow used since a time, and how much is known of that time."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from juyong.api.command import BadInput
from juyong.base.clock import Instant, iso, system_clock
from juyong.engines.packet import Compiled
from juyong.services.network.questions import unused
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.showing import Words
from juyong.services.network.usage.answers import Evidence, IdleShown, Unused
from juyong.services.network.usage.tables import RuleUseRow, WatchRow
from juyong.services.network.view import View, view
from juyong.store.transaction import Transaction

NO_FLOW = "no flow used it"
_V4 = 4


class Uses(NamedTuple):
    """The use of all rules, as far as it is kept.

    used_at: The last use of each rule that was used. made_at: When each rule was made, where that
    is known. watched: Times in which all flows were told, the oldest first.
    """

    used_at: Mapping[str, Instant]
    made_at: Mapping[str, Instant]
    watched: tuple[tuple[Instant, Instant], ...]


def uses(tx: Transaction) -> Uses:
    """Read the use of all rules.

    Cost: one read a table.
    """
    return Uses(
        {row.rule_id: row.used_at for row in tx.find(RuleUseRow)},
        {row.rule_id: row.created_at for row in tx.find(RuleRow)},
        tuple((row.begin_at, row.end_at) for row in tx.find(WatchRow, order=("begin_at",))),
    )


def evidence_of(found: Uses, since: Instant, now: Instant) -> Evidence:
    """Return how much of the time since then was watched."""
    spans = [(max(begin, since), end) for begin, end in found.watched if end > since]
    starts = [since, *(end for _, end in spans)]
    ends = [*(begin for begin, _ in spans), now]
    gaps = [(one, other) for one, other in zip(starts, ends, strict=True) if other > one]
    return Evidence(
        since=iso(since),
        recorded_since=iso(found.watched[0][0]) if found.watched else "",
        watched_seconds=sum(end - begin for begin, end in spans),
        gaps=tuple((iso(one), iso(other)) for one, other in gaps),
        gap_seconds=sum(other - one for one, other in gaps),
    )


def idle(view: View, found: Uses, since: Instant) -> tuple[IdleShown, ...]:
    """Return the rules and ACL entries that no watched flow used since then.

    Rules of IPv6 are left out, since flows of IPv6 are not counted.
    """
    compiled = view.picture.compiled
    words = Words(compiled)
    shown = []
    for owner, rule_id in _rules(compiled):
        used = found.used_at.get(rule_id)
        if used is not None and used >= since:
            continue
        made = found.made_at.get(rule_id)
        shown.append(
            IdleShown(
                owner=view.named(owner),
                id=rule_id,
                rule=words.rules[rule_id],
                last_used=iso(used) if used is not None else "",
                made_since=iso(made) if made is not None and made > since else "",
            )
        )
    return tuple(shown)


def with_idle(tx: Transaction, since: Instant) -> Unused:
    """Return the rules of no use, those that no flow used since then, and the evidence.

    Raises:
        BadInput: the time has not come yet.
    """
    now = system_clock()
    if since >= now:
        raise BadInput(f"{iso(since)} has not come yet")
    seen, found = view(tx), uses(tx)
    told = unused(seen)
    known = {each.id for each in told.rules}
    others = tuple(each for each in idle(seen, found, since) if each.id not in known)
    return replace(told, idle=others, evidence=evidence_of(found, since, now))


def _rules(compiled: Compiled) -> list[tuple[str, str]]:
    """Return the rules and entries that a packet of IPv4 can use, each with its group or ACL."""
    network = compiled.parts.network
    found = [(group.id, rule.id, rule.peer) for group in network.groups for rule in group.rules]
    found += [
        (acl.id, entry.id, entry.peer)
        for acl in network.acls
        for entry in (*acl.ingress, *acl.egress)
    ]
    sixes = {each.id for each in network.prefix_lists if each.version != _V4}
    return [
        (owner, rule_id)
        for owner, rule_id, peer in found
        if getattr(peer, "version", _V4) == _V4 and getattr(peer, "prefix_list_id", "") not in sixes
    ]
