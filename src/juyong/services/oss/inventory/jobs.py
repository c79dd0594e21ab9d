"""Write the lists of inventories that are due.

A list is there whole or not at all: its files go to the disk first, and one transaction makes them
and the manifest objects. What a killed server leaves is swept, and the list is written anew. The
list is of no moment: a version that comes or goes meanwhile may be in it or not (documented).

Source: OSS, bucket inventory (documented): the names of the objects; the role. Assumed: the times.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice

import msgspec

from juyong.api.bench import Bench
from juyong.api.caller import RoleSession
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_uuid
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import written
from juyong.services.identity.facade import acting_as
from juyong.services.oss.buckets.bucket import find_bucket
from juyong.services.oss.delivery import SERVICE, deliver, discard, judge_writing
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import Forbidden
from juyong.services.oss.inventory.lists import File, columns_of, line_of, manifest_of, zipped
from juyong.services.oss.inventory.rules import (
    KIND,
    WRITTEN,
    BucketDestination,
    Filter,
    InventoryConfiguration,
)
from juyong.services.oss.moments import DAY
from juyong.services.oss.objects.encryption import AES, KMS, Encryption, chosen
from juyong.services.oss.objects.object import Place
from juyong.services.oss.objects.walk import Walk, page_of
from juyong.services.oss.objects.write import NewObject, store
from juyong.services.oss.tables import BucketRow, BucketSettingRow, ObjectRow
from juyong.services.sts.facade import RoleTrustsNot, trusting_role
from juyong.store.errors import StoreError
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

MOST_LINES = 1_000_000
"""Lines of one file."""
_AT_ONCE = 500
_WEEK = 7 * DAY
_SUNDAY = 3 * DAY
"""The epoch began on a Thursday."""
_SESSION = "inventory"
_PAUSE_SECONDS = 600


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The midnight whose list was written last."""

    midnight: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One list to be written; document: The inventory as its row has it."""

    bucket_name: str
    account_id: AccountId
    document: str
    midnight: int

    @property
    def place(self) -> tuple[str, str]:
        """The bucket, and the inventory as its row has it."""
        return self.bucket_name, self.document

    @property
    def wanted(self) -> InventoryConfiguration:
        """The inventory."""
        return msgspec.json.decode(self.document, type=InventoryConfiguration)


@job("oss.inventory", every=60)
def write_lists(bench: Bench) -> None:
    """Write the lists that are due, one after the other."""
    for plan in bench.transact(lambda tx: _due(tx, bench.clock())):
        if _paused(bench).get(plan.place, 0) <= bench.clock():
            _write(bench, plan)


def _paused(bench: Bench) -> dict[tuple[str, str], int]:
    """Return until when lists are left alone that failed after their bucket was read."""
    paused: dict[tuple[str, str], int] = bench.platform.memory.setdefault("oss.inventory", {})
    return paused


def _settings() -> "sa.Select[tuple[str, str, str]]":
    row = table_of(BucketSettingRow)
    return sa.select(row.c.bucket_name, row.c.kind, row.c.document).where(
        row.c.kind.like("inventory%")
    )


def _due(tx: Transaction, now: Instant) -> list[Plan]:
    held = {(name, kind): document for name, kind, document in tx.query(_settings)}
    found = []
    for (name, kind), document in sorted(held.items()):
        bucket = tx.get(BucketRow, name) if kind.startswith(KIND) else None
        if bucket is None:
            continue
        wanted = msgspec.json.decode(document, type=InventoryConfiguration)
        midnight = _midnight(wanted, now)
        text = held.get((name, f"{WRITTEN}{wanted.id}"))
        last = msgspec.json.decode(text, type=Written).midnight if text else -1
        if wanted.is_enabled and last < midnight:
            found.append(
                Plan(
                    bucket_name=name,
                    account_id=bucket.account_id,
                    document=document,
                    midnight=midnight,
                )
            )
    return found


def _midnight(wanted: InventoryConfiguration, now: Instant) -> int:
    """Return the midnight UTC since which a list is due."""
    if wanted.schedule.frequency == "Daily":
        return now - now % DAY
    return now - (now - _SUNDAY) % _WEEK


def _write(bench: Bench, plan: Plan) -> None:
    """Write one list; a list that may not be written, or cannot be, is tried again later.

    PERF: what failed after the bucket was read is tried again after ten minutes, not after one.
    """
    begun, blobs = bench.clock(), list[Blob]()
    try:
        # Asked before the bucket is read, and again by the transaction that writes.
        deliver(bench, plan.account_id, lambda ctx: _target(ctx, plan, ("",)))
        lines = _lines(bench, plan)
        while (first := next(lines, None)) is not None:
            some = chain((first,), islice(lines, MOST_LINES - 1))
            blobs.append(written(bench.platform.disk, zipped(some)))
        deliver(bench, plan.account_id, lambda ctx: _store(ctx, plan, begun, blobs))
    except (ApiError, StoreError) as failure:
        discard(bench, blobs)
        bench.pass_over(f"the list `{plan.wanted.id}` of bucket `{plan.bucket_name}`", failure)
        if blobs:
            _paused(bench)[plan.place] = bench.clock() + _PAUSE_SECONDS
    else:
        _paused(bench).pop(plan.place, None)


def _lines(bench: Bench, plan: Plan) -> Iterator[bytes]:
    """Yield the lines of a bucket; reads some rows at a time."""
    wanted = plan.wanted
    versions = wanted.included_object_versions == "All"
    columns, passing = (
        columns_of(versions=versions, fields=wanted.fields),
        wanted.filter or Filter(),
    )
    where = {"bucket_name": plan.bucket_name}
    walk = Walk(
        row=ObjectRow,
        where=where if versions else {**where, "latest": True, "marker": False},
        then="rank" if versions else "",
        prefix=passing.prefix.encode(),
        limit=_AT_ONCE,
    )
    more = True
    while more:
        here = walk
        page = bench.transact(lambda tx, here=here: page_of(tx, here))  # type: ignore[misc]  # bound now
        yield from (line_of(row, columns) for row in page.rows if passing.passes(row))
        more = page.row is not None
        if page.row is not None:
            behind = page.row.rank if versions else None
            walk = msgspec.structs.replace(walk, after=page.row.object_key, behind=behind)


def _target(ctx: Context, plan: Plan, keys: tuple[str, ...]) -> tuple[BucketRow, RoleSession]:
    """Return the bucket of the lists and the role, where the role may write and nothing changed.

    SECURITY: judged when the list is written, by the role's policies and the bucket's: whoever made
    the inventory may have lost what they had, and names of buckets are taken anew.

    Raises:
        Forbidden: otherwise.
    """
    wanted = plan.wanted
    place = wanted.destination.bucket
    bucket, target = find_bucket(ctx, plan.bucket_name), find_bucket(ctx, place.bucket_name)
    row = ctx.tx.get(BucketSettingRow, plan.bucket_name, f"{KIND}{wanted.id}")
    if row is None or row.document != plan.document or bucket is None or target is None:
        raise Forbidden
    if not bucket.account_id == target.account_id == plan.account_id:
        raise Forbidden
    try:
        role = trusting_role(ctx.tx, SERVICE, (plan.account_id, place.role_name), ctx.now)
    except RoleTrustsNot:
        raise Forbidden from None
    paths = [key or f"{folder_of(plan)}/data/" for key in keys]
    encryption = _encryption(place, target)
    judge_writing(ctx, role, _SESSION, target, keys=paths, encryption=encryption)
    return target, acting_as(role, _SESSION, ctx.now)


def folder_of(plan: Plan) -> str:
    """Return the folder of all lists of an inventory, without a slash at its end."""
    wanted = plan.wanted
    prefix = wanted.destination.bucket.prefix.rstrip("/")
    return "/".join(filter(None, (prefix, plan.bucket_name, wanted.id)))


def _encryption(place: BucketDestination, target: BucketRow) -> Encryption:
    given = place.encryption
    if not given:
        return chosen(target, None)
    if given.sse_kms:
        return Encryption(algorithm=KMS, key_id=given.sse_kms.key_id)
    return Encryption(algorithm=AES)


def _store(ctx: Context, plan: Plan, begun: Instant, blobs: list[Blob]) -> None:
    """Make a list's files objects, with their manifest, and note that the list is written."""
    wanted, folder = plan.wanted, folder_of(plan)
    name = new_uuid()
    when = datetime.fromtimestamp(begun, UTC).strftime("%Y-%m-%dT%H-%MZ")
    keys = [f"{folder}/data/{name}{f'-{n}' if n else ''}.csv.gz" for n in range(len(blobs))]
    manifest, checksum = (f"{folder}/{when}/manifest.{each}" for each in ("json", "checksum"))
    target, role = _target(ctx, plan, (*keys, manifest, checksum))
    # The key of the KMS is used for the role: keys without a policy serve no service by itself.
    ctx = msgspec.structs.replace(ctx, caller=role)
    versions = wanted.included_object_versions == "All"
    text = manifest_of(
        source=plan.bucket_name,
        target=target.bucket_name,
        at=begun,
        columns=columns_of(versions=versions, fields=wanted.fields),
        files=[
            File(key=key, size=blob.size, md5=blob.md5.hex().upper())
            for key, blob in zip(keys, blobs, strict=True)
        ],
    )
    told = written(ctx.platform.disk, [text])
    summed = written(ctx.platform.disk, [told.md5.hex().upper().encode()])
    bodies = (*blobs, told, summed)
    for key, body in zip((*keys, manifest, checksum), bodies, strict=True):
        new = NewObject(
            headers={"content-type": _TYPES.get(key.rpartition(".")[2], "text/plain")},
            storage_class=target.storage_class,
            encryption=_encryption(wanted.destination.bucket, target),
        )
        store(ctx, Place(bucket=target, key=key.encode()), new, body)
    done = Setting(kind=f"{WRITTEN}{wanted.id}", document=Written)
    done.put(ctx.tx, plan.bucket_name, Written(midnight=plan.midnight))


_TYPES = {"gz": "application/gzip", "json": "application/json"}
