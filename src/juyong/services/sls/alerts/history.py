"""The logstore `internal-alert-history` of a project: each evaluation, and each alarm told.

Source: SLS user guide, alert history (documented); the names of keys where no text has them
(assumed).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from juyong.api.context import Context, Platform
from juyong.api.errors import ServiceUnavailable
from juyong.base.clock import Instant
from juyong.engines.logsearch.log import Log
from juyong.logs.batches import Arrived, NoSuchStore, TooFarBehind, keep
from juyong.services.sls.data.taking import Taking, taking
from juyong.services.sls.for_services import kept_logs
from juyong.services.sls.logstores.data_keys import KeyRefused, refuse_open_logs
from juyong.services.sls.logstores.indexes import give_index
from juyong.services.sls.logstores.making import make_logstore
from juyong.services.sls.tables import LogstoreRow, ProjectRow
from juyong.store.transaction import Transaction

STORE: Final = "internal-alert-history"
_DAYS: Final = 30
_TOPIC: Final = "alert_history"
_TEXTS: Final = (
    *("record", "alert_name", "alert_display_name", "alert_id", "alert_instance_id", "status"),
    *("error", "labels", "fingerprint", "told", "not_told", "results"),
)
_NUMBERS: Final = ("severity", "tick", "missed_runs", "fired", "count", "milliseconds")


def ensure_store(ctx: Context, project: ProjectRow) -> None:
    """Make the logstore of the history unless the project has one.

    Raises:
        TooManyLogstores, TooManyShards: the project has no room for the store.
    """
    if ctx.tx.get(LogstoreRow, project.project_name, STORE) is not None:
        return
    columns = {"ttl_days": _DAYS, "writer": "alert"}
    row = make_logstore(ctx, project, STORE, count=1, columns=columns)
    give_index(ctx, row, _index())


def _index() -> bytes:
    text: dict[str, Any] = {
        "type": "text",
        "token": list(", '\";=()[]{}?@&<>/:\n\t\r"),
        "doc_value": True,
    }
    keys: dict[str, Any] = dict.fromkeys(_TEXTS, text)
    keys |= {key: {"type": "long", "doc_value": True} for key in _NUMBERS}
    return msgspec.json.encode({"line": {"token": text["token"]}, "keys": keys})


def sealing_of(ctx: Context, project: str) -> Taking | None:
    """Return what seals the records of a project; None where no history takes them.

    A history that was deleted takes none, and one whose key of the KMS refuses.
    """
    row = ctx.tx.get(LogstoreRow, project, STORE)
    try:
        return None if row is None else taking(ctx, row)
    except KeyRefused:
        return None


def prepared(
    platform: Platform, at: Instant, records: Sequence[Mapping[str, Any]], by: Taking
) -> Arrived:
    """Make records durable, as kept_logs does."""
    logs = [
        Log(
            time=at,
            topic=_TOPIC,
            source="",
            tags=(),
            contents=tuple((key, _text(value)) for key, value in record.items()),
        )
        for record in records
    ]
    return kept_logs(platform, logs, msgspec.structs.replace(by, meta=None))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def write(tx: Transaction, project: str, arrived: Arrived, now: Instant) -> None:
    """Give records their place; a history that was deleted or is full takes none."""
    row = tx.get(LogstoreRow, project, STORE)
    if row is None:
        return
    try:
        refuse_open_logs(tx, row, arrived)
        keep(tx, row.store_id, 0, arrived, now)
    except (NoSuchStore, ServiceUnavailable, TooFarBehind):
        return
