"""The review of rules: which are of no use, kept until the next review.

Rules are read in one transaction and judged outside of it; what changed since the last review is
written piece by piece. A review that is killed is made again.
"""

from functools import partial
from typing import NamedTuple

from juyong.api.bench import Bench
from juyong.base.clock import Instant, iso
from juyong.services.network.questions import unused
from juyong.services.network.usage.answers import KeptShown, Reviewed
from juyong.services.network.usage.evidence import NO_FLOW, Uses, evidence_of, idle, uses
from juyong.services.network.usage.keeping import PIECE
from juyong.services.network.usage.tables import ReviewRow, RuleUseRow, SeenRow, UnusedRow
from juyong.services.network.view import View, view
from juyong.store.transaction import Transaction

DAYS = 30
"""For so long no flow has used a rule that a review finds."""
MOST_KEPT = 1000
PAIR_SECONDS = 86_400
"""How long the flows between two interfaces are kept."""


class _Why(NamedTuple):
    owner_id: str
    why: str


def review(bench: Bench) -> None:
    """Review all rules, keep what is found, and forget the use of rules that are gone."""
    now = bench.clock()
    since = Instant(now - DAYS * 86_400)
    seen, found = bench.transact(lambda tx: (view(tx), uses(tx)))
    judged = _judged(seen, found, since, now)
    kept = dict(sorted(judged.items())[:MOST_KEPT])
    held = bench.transact(lambda tx: {row.rule_id: row for row in tx.find(UnusedRow)})
    changed = [
        name
        for name in sorted(held.keys() | kept.keys())
        if name not in kept or name not in held or held[name].why != kept[name].why
    ]
    for first in range(0, len(changed), PIECE):
        names = changed[first : first + PIECE]
        bench.transact(partial(_write, names=names, kept=kept, now=now))
    bench.transact(partial(_note, at=now, since=since, found=len(judged)))
    _forget(bench, seen, found, now)


def _judged(seen: View, found: Uses, since: Instant, now: Instant) -> dict[str, _Why]:
    """Return the rules of no use.

    If the record of the days is not whole, the review calls no rule unused by flows.
    """
    owners = {
        rule.id: group.id
        for group in seen.picture.compiled.parts.network.groups
        for rule in group.rules
    }
    owners |= {
        entry.id: acl.id
        for acl in seen.picture.compiled.parts.network.acls
        for entry in (*acl.ingress, *acl.egress)
    }
    judged = {}
    if evidence_of(found, since, now).watched_seconds:
        judged = {
            each.id: _Why(owners[each.id], NO_FLOW)
            for each in idle(seen, found, since)
            if not each.made_since
        }
    return judged | {each.id: _Why(owners[each.id], each.why) for each in unused(seen).rules}


def _write(tx: Transaction, names: list[str], kept: dict[str, _Why], now: Instant) -> None:
    for name in names:
        row = tx.get(UnusedRow, name)
        if name not in kept:
            if row is not None:
                tx.delete(row)
        elif row is None:
            tx.insert(
                UnusedRow(
                    rule_id=name, owner_id=kept[name].owner_id, why=kept[name].why, found_at=now
                )
            )
        else:
            tx.update(row, why=kept[name].why)


def _note(tx: Transaction, at: Instant, since: Instant, found: int) -> None:
    row = tx.get(ReviewRow, "unused")
    if row is None:
        tx.insert(ReviewRow(at=at, since=since, found=found))
    else:
        tx.update(row, at=at, since=since, found=found)


def _forget(bench: Bench, seen: View, found: Uses, now: Instant) -> None:
    """Forget the use of rules that are gone, and pairs that were seen long ago."""
    network = seen.picture.compiled.parts.network
    known = {rule.id for group in network.groups for rule in group.rules}
    known |= {group.id for group in network.groups}
    known |= {entry.id for acl in network.acls for entry in (*acl.ingress, *acl.egress)}
    gone = sorted(found.used_at.keys() - known)
    for first in range(0, len(gone), PIECE):
        bench.transact(partial(_forget_uses, names=gone[first : first + PIECE]))
    old = Instant(now - PAIR_SECONDS)
    while bench.transact(partial(_forget_pairs, before=old)) == PIECE:
        pass


def _forget_uses(tx: Transaction, names: list[str]) -> None:
    for name in names:
        row = tx.get(RuleUseRow, name)
        if row is not None:
            tx.delete(row)


def _forget_pairs(tx: Transaction, before: Instant) -> int:
    rows = [
        row for row in tx.find(SeenRow, order=("seen_at",), limit=PIECE) if row.seen_at < before
    ]
    for row in rows:
        tx.delete(row)
    return len(rows)


def reviewed(tx: Transaction) -> Reviewed:
    """Return the findings of the last review."""
    row = tx.get(ReviewRow, "unused")
    if row is None:
        return Reviewed(at="", since="", found=0, rules=())
    seen = view(tx)
    return Reviewed(
        at=iso(row.at),
        since=iso(row.since),
        found=row.found,
        rules=tuple(
            KeptShown(
                owner=seen.named(each.owner_id),
                id=each.rule_id,
                why=each.why,
                found_since=iso(each.found_at),
            )
            for each in tx.find(UnusedRow, order=("rule_id",))
        ),
    )
