"""Write events into the bucket of a trail: files of events, and a digest that says what they hold.

A name follows from what a file holds, so what is written twice is there once.

Source: ActionTrail, delivery to OSS (documented): the names of files, gzip of a JSON array.
Assumed: the time in a name is that of the first event; size and MD5 are those of the file. The
digests are our own; they lie outside of the folder of the files.
"""

import gzip
import hashlib
import time
from typing import NamedTuple

import msgspec

from juyong.api.context import Context, Platform
from juyong.audit.ledger.delivered import DIGESTS, FILES
from juyong.audit.ledger.digests import DeliveredFile, Digest, Pointer, in_base64
from juyong.audit.ledger.signing import PURPOSE, LogSigner
from juyong.audit.ledger.stored import tiles_of
from juyong.base.clock import Instant, iso
from juyong.blobs.blob import written
from juyong.engines.ledger import Frontier, leaf_hash, prove_consistency
from juyong.services.actiontrail.delivery.reading import Batch, Wanted
from juyong.services.actiontrail.delivery.targets import BUCKET
from juyong.services.actiontrail.trails.roles import SESSION, assumed_role
from juyong.services.oss.facade import ToPut, put_as_role
from juyong.store.transaction import Transaction

_KIND, _INSIGHTS = "Actiontrail", "Actiontrail-Insight"


class File(NamedTuple):
    """A file of events of one region: its key, its bytes, and the leaves of its events."""

    key: str
    data: bytes
    leaves: tuple[int, ...]


class Proof(NamedTuple):
    """The part of a digest that is read from the ledger: the edge before, and a proof."""

    edge: tuple[bytes, ...]
    proof: list[bytes]


def place_of(batch: Batch) -> tuple[str, str]:
    """Return the bucket of a target, and how the keys of its objects begin."""
    bucket, _, folder = batch.row.target.removeprefix(BUCKET).partition("/")
    return bucket, folder


def files_of(batch: Batch) -> list[File]:
    """Return the files of a batch: one for each region, and one for each region's insights."""
    found: dict[tuple[str, bool], list[Wanted]] = {}
    for each in batch.wanted:
        found.setdefault((each.region, each.is_insight), []).append(each)
    return [_file(batch, region, events) for (region, _), events in sorted(found.items())]


def _file(batch: Batch, region: str, events: list[Wanted]) -> File:
    data = gzip.compress(b"[" + b",".join(each.body for each in events) + b"]", mtime=0)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    when = _time(events[0].at, "%Y%m%d%H%M%S")
    name = f"{_KIND}_{region}_{when}_1002_{len(events)}_{len(data)}_{md5}.gz"
    top = f"{FILES}/{_INSIGHTS if events[0].is_insight else _KIND}"
    folder = _folder(batch, top, region, events[0].at)
    return File(f"{folder}/{name}", data, tuple(each.place for each in events))


def _folder(batch: Batch, top: str, region: str, at: Instant) -> str:
    return f"{place_of(batch)[1]}{top}/{region}/{_time(at, '%Y/%m/%d')}"


def _time(at: Instant, form: str) -> str:
    return time.strftime(form, time.gmtime(at))


def proof_of(tx: Transaction, batch: Batch) -> Proof:
    """Read what proves that the leaves of a batch are those of the log.

    Raises:
        LedgerError: the ledger is damaged.
    """
    tiles = tiles_of(tx)
    return Proof(
        Frontier.from_tiles(batch.row.position, tiles).edge,
        prove_consistency(tiles, batch.end, batch.head.size),
    )


def digest_of(
    platform: Platform, batch: Batch, files: list[File], proof: Proof, now: Instant
) -> File:
    """Return the digest object of a batch."""
    row, head = batch.row, batch.head
    digest = Digest(
        trail=f"acs:actiontrail:{row.region}:{row.account_id}:trail/{row.trail_name}",
        origin=head.origin,
        at=iso(now),
        first=row.position,
        end=batch.end,
        files=tuple(
            DeliveredFile(
                key=each.key, sha256=hashlib.sha256(each.data).hexdigest(), leaves=each.leaves
            )
            for each in files
        ),
        damaged=tuple(each.place for each in batch.leaves if each.is_damaged),
        previous=msgspec.json.decode(row.previous, type=Pointer) if row.previous else None,
        checkpoint=head.checkpoint,
        edge=in_base64(proof.edge),
        proof=in_base64(proof.proof),
        hashes=in_base64([leaf_hash(each.entry) for each in batch.leaves]),
    )
    at = batch.wanted[0].at if batch.wanted else now
    log = head.origin.rpartition("/")[2]
    name = f"{_KIND}_{row.trail_name}_{log}_{row.position:012}_{batch.end:012}.digest"
    folder = _folder(batch, f"{DIGESTS}/{_KIND}", row.region, at)
    return File(f"{folder}/{name}", digest.signed(LogSigner(platform.keys[PURPOSE])), ())


def made_durable(platform: Platform, files: list[File], digest: File) -> list[ToPut]:
    """Write files to the disk; no bucket has them yet.

    Raises:
        Unavailable: the disk is full.
    """
    made = []
    for each in (*files, digest):
        kind = "text/plain" if each is digest else "application/gzip"
        blob = written(platform.disk, [each.data])
        made.append(ToPut(key=each.key, content_type=kind, blob=blob))
    return made


def write(ctx: Context, batch: Batch, objects: list[ToPut]) -> None:
    """Put the objects of a batch into the bucket, all or none.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
        ApiError: the bucket is gone, or the role may not write into it.
    """
    row = batch.row
    role = assumed_role(ctx.tx, row.account_id, row.role, ctx.now)
    put_as_role(ctx, role, SESSION, place_of(batch)[0], objects)


def pointer_to(digest: File) -> str:
    """Return what the next digest says of this one, as it is stored."""
    pointer = Pointer(key=digest.key, sha256=hashlib.sha256(digest.data).hexdigest())
    return msgspec.json.encode(pointer).decode()
