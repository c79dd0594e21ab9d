"""When an AccessKey was last used, for those who keep the keys."""

from typing import Any

from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId
from juyong.services.actiontrail.usage import UNPROVEN
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


def _newest() -> "sa.Select[Any]":
    event = table_of(EventRow)
    return (
        sa.select(event.c.at, event.c.service_name, event.c.seq)
        .where(
            event.c.access_key_id == sa.bindparam("access_key_id"),
            *(event.c.error_code != code for code in UNPROVEN),
        )
        .order_by(event.c.at.desc(), event.c.seq.desc())
        .limit(1)
    )


def last_used(tx: Transaction, access_key_id: AccessKeyId) -> tuple[Instant, str] | None:
    """Return the instant of a key's newest use and the product it called, None for never.

    Only calls that proved possession of the secret count; the call in progress does not.

    Cost: one indexed read, and one more row for each newer refusal that proved nothing.
    """
    rows = tx.query(_newest, access_key_id=access_key_id)
    return (Instant(rows[0][0]), str(rows[0][1])) if rows else None
