"""Whether an archived object may be read: its restored copy comes, and goes again.

Only the state is kept, since the bytes of every class are on the same disk.

Source: OSS API reference, RestoreObject (documented); how long each tier takes (documented as
upper bounds, taken as the times).
"""

from typing import Annotated

import msgspec

from juyong.api.access import ActionWith, Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, OneOf, XmlBody
from juyong.api.operation import Route, operation
from juyong.base.clock import Instant
from juyong.services.oss.errors import NotArchived, NotRestored, RestoringAlready
from juyong.services.oss.moments import DAY, http_time
from juyong.services.oss.objects.object import ONE_VERSION, Held
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import ObjectRow

_HOUR = 3600
_WAITS = {
    ("Archive", "Standard"): 60,
    ("Archive", "Expedited"): 60,
    ("Archive", "Bulk"): 60,
    ("ColdArchive", "Expedited"): _HOUR,
    ("ColdArchive", "Standard"): 5 * _HOUR,
    ("ColdArchive", "Bulk"): 12 * _HOUR,
    ("DeepColdArchive", "Expedited"): 12 * _HOUR,
    ("DeepColdArchive", "Standard"): 48 * _HOUR,
    ("DeepColdArchive", "Bulk"): 48 * _HOUR,
}
"""Seconds until an object can be read, by its class and the tier asked for."""
ARCHIVES = frozenset(name for name, _ in _WAITS)


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """How fast."""

    tier: Annotated[str, OneOf(("Expedited", "Standard", "Bulk"))] = "Standard"


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """How long the object can be read, in days, and how fast that begins."""

    days: Annotated[int, Between(1, 365)] = 1
    job_parameters: Job = Job()


def refuse_archived(row: ObjectRow, now: Instant) -> None:
    """Refuse to read an object that is archived.

    Raises:
        NotRestored: as said.
    """
    restored = row.readable_from <= now < row.readable_until
    if row.storage_class in ARCHIVES and not row.marker and not restored:
        raise NotRestored(Key=row.object_key.decode())


def restore_header(row: ObjectRow, now: Instant) -> dict[str, str]:
    """Return the header that tells how far restoring is, where the object was asked for."""
    if row.storage_class not in ARCHIVES or now >= row.readable_until:
        return {}
    if now < row.readable_from:
        return {"x-oss-restore": 'ongoing-request="true"'}
    until = http_time(row.readable_until)
    return {"x-oss-restore": f'ongoing-request="false", expiry-date="{until}"'}


@operation(
    OSS,
    "RestoreObject",
    on=ONE_VERSION,
    action_with=ActionWith("version_id", "oss:RestoreObjectVersion"),
    entry=Entry.OPEN,
    audit="data",
    route=Route(method="POST", path="/{bucket}/{key+}", marks="restore"),
    raises=(NotArchived, RestoringAlready),
)
def restore_object(
    ctx: Context,
    held: Held,
    *,
    restore_request: Annotated[
        RestoreRequest | None, XmlBody("RestoreRequest"), Doc("How long and how fast.")
    ] = None,
) -> RawAnswer:
    """Begin to restore an archived object, or keep a restored one for longer."""
    row, wanted = held.row, restore_request or RestoreRequest()
    if row.storage_class not in ARCHIVES:
        raise NotArchived(Key=held.place.text)
    if ctx.now < row.readable_from:
        raise RestoringAlready(Key=held.place.text)
    restored = ctx.now < row.readable_until
    wait = _WAITS[row.storage_class, wanted.job_parameters.tier]
    begins = row.readable_from if restored else Instant(ctx.now + wait)
    ends = Instant(max(begins, ctx.now) + wanted.days * DAY)
    ctx.tx.update(row, readable_from=begins, readable_until=ends)
    priority = {"x-oss-object-restore-priority": wanted.job_parameters.tier}
    told = {} if restored or row.storage_class == "Archive" else priority
    return RawAnswer(
        status=200 if restored else 202,
        headers={**held.version_headers, **told},
        content_type="application/xml",
    )
