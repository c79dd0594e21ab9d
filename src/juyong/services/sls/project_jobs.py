"""The jobs of a project, and what their kinds have in common: alerts, scheduled SQL and exports.

Source: SLS API reference (documented): a job is shown as it was sent, with what the service adds.
Assumed: a name is of one job of a project, whatever its kind.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.services.sls.alerts.tables import AlertRow
from juyong.services.sls.errors import JobExists, NoJob
from juyong.services.sls.exports.tables import ExportRow
from juyong.services.sls.fields import shown_of
from juyong.services.sls.scheduled.tables import ScheduledRow
from juyong.services.sls.tables import ProjectRow

Row = TypeVar("Row", AlertRow, ScheduledRow, ExportRow)
_KINDS: tuple[type[AlertRow] | type[ScheduledRow] | type[ExportRow], ...] = (
    *(AlertRow, ScheduledRow),
    ExportRow,
)


class JobRow(Protocol):
    """A row of a job; schedule_id: Of this job and of no later one of the same name."""

    @property
    def schedule_id(self) -> str: ...
    @property
    def created_at(self) -> Instant: ...
    @property
    def modified_at(self) -> Instant: ...


def the_job(ctx: Context, kind: type[Row], project: ProjectRow, name: str) -> Row:
    """Return a job of one kind.

    Raises:
        NoJob: the project has none of that name.
    """
    row = ctx.tx.get(kind, project.project_name, name)
    if row is None:
        raise NoJob(name=name)
    return row


def refuse_taken(ctx: Context, project: ProjectRow, name: str) -> None:
    """Refuse a name that some job of a project has.

    Raises:
        JobExists: see there.
    """
    if any(ctx.tx.get(kind, project.project_name, name) is not None for kind in _KINDS):
        raise JobExists(name=name)


def shown_job(row: JobRow, document: dict[str, Any], **further: Any) -> dict[str, Any]:
    """Return a job as it was sent, with what the service adds."""
    return {
        "description": "",
        **document,
        **further,
        "scheduleId": row.schedule_id,
        "createTime": row.created_at,
        "lastModifiedTime": row.modified_at,
    }


def answer(document: object) -> RawAnswer:
    """Answer with what callers sent; SECURITY: events do not have it, since it may have secrets."""
    return RawAnswer(
        body=msgspec.json.encode(document), content_type="application/json", record=msgspec.UNSET
    )


def page(
    rows: Sequence[Row], offset: int, size: int, shown: Callable[[Row], dict[str, Any]]
) -> RawAnswer:
    """Answer with a page of jobs."""
    results = [shown(row) for row in shown_of(rows, offset, size)]
    return answer({"count": len(results), "total": len(rows), "results": results})
