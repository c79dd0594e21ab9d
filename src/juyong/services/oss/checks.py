"""Prove the objects: each blob that an object or a part of an upload is made of is there."""

from collections.abc import Iterator, Mapping

import msgspec

from juyong.blobs.checks import is_kept
from juyong.services.oss.tables import ObjectRow, PartRow
from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.transaction import Transaction


def check(tx: Transaction, _keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report versions of objects, and parts of uploads, that a blob is missing of.

    Cost: one keyed read a blob.
    """
    for bucket_name, key, version_id, parts in scan(tx, ObjectRow, ("parts",)):
        named = bytes(key).decode(errors="backslashreplace")
        yield from _missing(tx, parts, f"oss_object {bucket_name} {named} {version_id}")
    for upload_id, number, parts in scan(tx, PartRow, ("parts",)):
        yield from _missing(tx, parts, f"oss_part {upload_id} {number}")


def _missing(tx: Transaction, parts: str, where: str) -> Iterator[Finding]:
    try:
        found = msgspec.json.decode(parts, type=list[tuple[str, int]])
    except msgspec.DecodeError:
        yield Finding("object-parts-unreadable", where, "the list of its blobs cannot be read")
        return
    for blob_id, _ in found:
        if not is_kept(tx, blob_id):
            yield Finding("object-blob-missing", where, f"there is no blob {blob_id}")
