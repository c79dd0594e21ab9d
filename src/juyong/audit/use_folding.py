"""Sum up events as uses, which are kept when the events are gone.

A use is one principal, by one key, asking for one action on one resource, allowed or refused. Each
authorisation question about the caller is one; a call that asked none, or came before events
carried their questions, is a use of the operation's name.

No call waits for this: a job folds events that have settled, in their order, and the transaction
that writes the sums moves the position. So each event is counted once, whatever is killed when, and
of several jobs that fold the same events the database lets one commit.

These events are not counted: events that prove no possession of a key, acts that are no API call
and asked no question (such as sign-ins), and the copies that owners of resources get.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import msgspec

from juyong.audit.evidence import read_evidence
from juyong.audit.tables import EventRow, UsePositionRow, UseRow
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

ALLOWED, REFUSED = "allowed", "refused"
OTHERS = "(others)"
"""The name that stands for all resources beyond MOST_RESOURCES."""
MOST_RESOURCES = {ALLOWED: 200, REFUSED: 20}
"""How many resources are counted by name for one action of one key; of refused calls fewer, since
callers without any permission choose those names."""
UNPROVEN = (
    "InvalidAccessKeyId.Inactive",
    "InvalidSecurityToken.Expired",
    "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format",
    "SignatureDoesNotMatch",
    "SignatureNonceUsed",
)
"""Refusals that prove no possession of the secret: knowing an id is enough to cause them.

SECURITY: they are events, but no use of the key.
"""
_SLOT = 1
_PAGE = 1024
_MOST_USES = 250
"""How many sums one transaction changes, unless a single event has more questions."""
_LONGEST = 512


class UseKey(NamedTuple):
    """Which use; see UseRow."""

    account_id: AccountId
    principal_id: str
    access_key_id: str
    service_name: str
    action: str
    outcome: str
    resource: str


@dataclass(frozen=True, slots=True)
class Sum:
    """When a use was first and last seen, and how often."""

    first_at: Instant
    last_at: Instant
    count: int

    def plus(self, other: "Sum") -> "Sum":
        """Return both together."""
        return Sum(
            min(self.first_at, other.first_at),
            max(self.last_at, other.last_at),
            self.count + other.count,
        )

    def covers(self, other: "Sum") -> bool:
        """Tell whether this sum has as many uses as another, and includes its period."""
        return (
            self.first_at <= other.first_at
            and self.last_at >= other.last_at
            and self.count >= other.count
        )


def fold(tx: Transaction, up_to: int) -> bool:
    """Sum up the next events, at most `_PAGE`.

    Args:
        tx: Commits the sums and the position.
        up_to: The number of the newest event behind which none can appear any more.

    Returns:
        Whether there are more.

    Raises:
        Stale, Duplicate: another job folded the same events; nothing may be committed.
    """
    position = tx.get(UsePositionRow, _SLOT)
    after = position.seq if position else 0
    last = _page_end(tx, after, up_to)
    if last is None:
        return False
    last, uses = _as_many_as_fit(tx, after, last)
    named: dict[tuple[str, ...], int] = {}
    for key, total in uses.items():
        _add(tx, key, total, named)
    if position is None:
        tx.insert(UsePositionRow(slot=_SLOT, seq=last))
    else:
        tx.update(position, seq=last)
    return last < up_to


def folded_up_to(tx: Transaction) -> int:
    """Return the number of the newest event that is summed up, 0 before the first."""
    position = tx.get(UsePositionRow, _SLOT)
    return position.seq if position else 0


def _as_many_as_fit(tx: Transaction, after: int, last: int) -> tuple[int, dict[UseKey, Sum]]:
    """Return how far events can be summed up in one transaction, and their sums.

    Cost: one pass over the events by the database, two where not all fit; those that are alike are
    decoded once.
    """
    groups = tx.query(_between, after=after, last=last)
    found: dict[UseKey, Sum] = {}
    for group in map(_Group._make, groups):
        if len(found) >= _MOST_USES:
            last = group.seq - 1
            return last, sums_of(tx, tx.query(_between, after=after, last=last))
        _take(tx, group, found)
    return last, found


def sums_of(tx: Transaction, groups: "list[tuple[Any, ...]]") -> dict[UseKey, Sum]:
    """Sum up groups of events that are alike; each is a row of `grouped`."""
    found: dict[UseKey, Sum] = {}
    for group in map(_Group._make, groups):
        _take(tx, group, found)
    return found


def _take(tx: Transaction, group: "_Group", found: dict[UseKey, Sum]) -> None:
    total = Sum(Instant(group.first_at), Instant(group.last_at), group.events)
    for key in _keys(tx, group):
        found[key] = found[key].plus(total) if key in found else total


class _Group(NamedTuple):
    account_id: AccountId
    principal_id: str
    role_name: str
    access_key_id: str
    service_name: str
    event_name: str
    error_code: str
    evidence: str
    seq: int
    first_at: int
    last_at: int
    events: int


def grouped() -> "sa.Select[Any]":
    """Return the statement that groups events which are alike, oldest first."""
    event = table_of(EventRow)
    columns = [event.c[name] for name in _Group._fields[:-4]]
    first = sa.func.min(event.c.seq)
    return (
        sa.select(
            *columns, first, sa.func.min(event.c.at), sa.func.max(event.c.at), sa.func.count()
        )
        .where(
            sa.or_(event.c.event_type == "ApiCall", event.c.evidence != ""),
            event.c.principal_id != "",
            *(event.c.error_code != code for code in UNPROVEN),
        )
        .group_by(*columns)
        .order_by(first)
    )


def _between() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return grouped().where(event.c.seq > sa.bindparam("after"), event.c.seq <= sa.bindparam("last"))


def _page_of() -> "sa.Select[Any]":
    event = table_of(EventRow)
    page = (
        sa.select(event.c.seq)
        .where(event.c.seq > sa.bindparam("after"), event.c.seq <= sa.bindparam("last"))
        .order_by(event.c.seq)
        .limit(sa.bindparam("most", type_=sa.Integer()))
        .subquery("page")
    )
    return sa.select(sa.func.max(page.c.seq))


def _page_end(tx: Transaction, after: int, up_to: int) -> int | None:
    ((last,),) = tx.query(_page_of, after=after, last=up_to, most=_PAGE)
    return None if last is None else int(last)


def _keys(tx: Transaction, group: _Group) -> Iterator[UseKey]:
    """Yield the uses that each event of a group is."""
    if not group.evidence and not _is_callers_own(tx, group):
        return
    temporary = group.role_name or group.access_key_id.startswith("STS.")
    principal = group.principal_id.partition(":")[0] if group.role_name else group.principal_id
    key = UseKey(
        account_id=group.account_id,
        principal_id=principal,
        access_key_id="" if temporary else group.access_key_id,
        service_name=group.service_name,
        action=f"{group.service_name.lower()}:{group.event_name}",
        outcome=REFUSED if group.error_code else ALLOWED,
        resource="*",
    )
    questions = [q for q in read_evidence(group.evidence).questions if not q.principal]
    if not questions:
        yield key
    for each in questions:
        yield key._replace(
            action=each.action,
            outcome=ALLOWED if each.is_allowed else REFUSED,
            resource=each.resource[:_LONGEST],
        )


class _Who(msgspec.Struct, rename="camel"):
    account_id: str = ""


class _Body(msgspec.Struct, rename="camel"):
    user_identity: _Who


_decoder = msgspec.json.Decoder(_Body)


def _is_callers_own(tx: Transaction, group: _Group) -> bool:
    """Tell an event of a version before evidence from the copy that an owner got."""
    row = tx.get(EventRow, group.seq)
    return row is not None and _decoder.decode(row.body).user_identity.account_id == row.account_id


def _add(tx: Transaction, key: UseKey, total: Sum, named: dict[tuple[str, ...], int]) -> None:
    """Add to a sum; `named` holds how many resources there are of what was looked at before."""
    row = tx.get(UseRow, *key)
    if row is None and _resources(tx, key, named) >= MOST_RESOURCES[key.outcome]:
        key = key._replace(resource=OTHERS)
        row = tx.get(UseRow, *key)
    if row is None:
        tx.insert(UseRow(**key._asdict(), **asdict(total)))
        named[key[:-1]] = named.get(key[:-1], 0) + 1
    else:
        both = Sum(row.first_at, row.last_at, row.count).plus(total)
        tx.update(row, **asdict(both))


def _resources(tx: Transaction, key: UseKey, named: dict[tuple[str, ...], int]) -> int:
    found = named.get(key[:-1])
    if found is None:
        group = dict(zip(UseKey._fields[:-1], key, strict=False))
        found = named[key[:-1]] = tx.count(UseRow, **group)
    return found
