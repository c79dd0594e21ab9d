"""Configurations of buckets for whoever has a transaction: calls, jobs, and the inventory."""

from typing import TypeVar

import msgspec

from juyong.services.oss.tables import BucketSettingRow
from juyong.store.transaction import Transaction

T = TypeVar("T", bound=msgspec.Struct)


def document_of(tx: Transaction, bucket_name: str, name: str, kind: type[T]) -> T | None:
    """Return a configuration of a bucket, or None where there is none."""
    row = tx.get(BucketSettingRow, bucket_name, name)
    return None if row is None else msgspec.json.decode(row.document, type=kind)


def put_document(tx: Transaction, bucket_name: str, name: str, document: msgspec.Struct) -> None:
    """Store a configuration of a bucket in the place of the one before."""
    text = msgspec.json.encode(document).decode()
    row = tx.get(BucketSettingRow, bucket_name, name)
    if row is None:
        tx.insert(BucketSettingRow(bucket_name=bucket_name, kind=name, document=text))
    else:
        tx.update(row, document=text)
