"""Keep exports, have them carried on by the clock, and forget them."""

from typing import Any, Final

import msgspec

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.services.sls.exports.sent import Plan, read_plan
from juyong.services.sls.exports.tables import ExportRow, ExportShardRow
from juyong.store.queue import put, withdraw
from juyong.store.transaction import Transaction

EXPORT: Final = "sls.export"
GOES_ON: Final = ("RUNNING", "FAILED")
"""The states in which an export is carried on."""


def item_key(row: ExportRow) -> str:
    """Return the key of the work on an export; names of projects and exports have no slash."""
    return f"{row.project_name}/{row.export_name}"


def document_of(row: ExportRow) -> dict[str, Any]:
    """Return an export as it was sent."""
    return msgspec.json.decode(row.document, type=dict[str, Any])


def plan_of(row: ExportRow) -> Plan:
    """Return what an export does."""
    return read_plan(document_of(row), row.account_id, row.region)


def carry_on(tx: Transaction, row: ExportRow, now: Instant) -> None:
    """Have an export carried on now, or no more where it is stopped."""
    withdraw(tx, EXPORT, item_key(row))
    if row.status in GOES_ON:
        put(tx, EXPORT, item_key(row), now=now)


def forget_places(tx: Transaction, row: ExportRow) -> None:
    """Forget how far an export has read."""
    for shard in tx.find(ExportShardRow, schedule_id=row.schedule_id):
        tx.delete(shard)


def remove_export(tx: Transaction, row: ExportRow) -> None:
    """Delete an export; what was exported stays."""
    withdraw(tx, EXPORT, item_key(row))
    forget_places(tx, row)
    tx.delete(row)


def remove_exports(ctx: Context, project: str) -> None:
    """Delete all exports of a project."""
    for row in ctx.tx.find(ExportRow, project_name=project):
        remove_export(ctx.tx, row)
