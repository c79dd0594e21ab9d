"""Prove the audit record: events as they were written, once each, and uses counted."""

from collections.abc import Iterator, Mapping

import msgspec
import sqlalchemy as sa
from msgspec.structs import fields

from juyong.audit.macs import event_mac, macs_match, prepared
from juyong.audit.recorder import AuditEvent, row_of
from juyong.audit.tables import EventRow
from juyong.audit.use_check import check_uses
from juyong.base.clock import parse_iso
from juyong.base.mac_key import MacKey
from juyong.store.finding import Finding
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

_PAGE = 500
_event = spec_of(EventRow).table
_TWICE = (
    sa.select(_event.c.account_id, _event.c.event_id)
    .group_by(_event.c.account_id, _event.c.event_id)
    .having(sa.func.count() > 1)
)
_DERIVED = tuple(
    # Which events count as sensitive is a matter of the version that wrote them.
    field.name
    for field in fields(EventRow)
    if field.name not in ("seq", "body", "mac", "evidence", "sensitive")
)
_decoder = msgspec.json.Decoder(AuditEvent)


def check(tx: Transaction, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report changed and copied events, and uses that are not counted; see also the ledger.

    Cost: reads every event twice.
    """
    key = keys["audit"]
    of_events = prepared(key)
    after: tuple[str, object] | None = None
    while rows := tx.find(EventRow, order=("seq",), after=after, limit=_PAGE):
        for row in rows:
            yield from _check_event(row, of_events)
        after = ("seq", rows[-1].seq)
    for account_id, event_id in tx.query(_TWICE):
        where = f"actiontrail_event {account_id} {event_id}"
        yield Finding("audit-event-copied", where, "the event exists more than once")
    yield from check_uses(tx)


def _check_event(row: EventRow, key: MacKey) -> Iterator[Finding]:
    where = f"actiontrail_event {row.seq}"
    mac = event_mac(key, row.account_id, row.event_id, row.body, row.evidence)
    if not macs_match(row.mac, mac):
        yield Finding("audit-event-changed", where, "its content was changed after it was written")
        return
    event = _decoder.decode(row.body)
    true = row_of(event, row.body, row.evidence, at=parse_iso(event.event_time), mac=row.mac)
    for name in _DERIVED:
        if getattr(row, name) != getattr(true, name):
            yield Finding("audit-column-changed", where, f"column `{name}` differs from the event")
