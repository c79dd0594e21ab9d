"""Configurations of buckets read by whoever has a transaction: calls, jobs, and the inventory."""

from typing import TypeVar

import msgspec

from juyong.services.oss.tables import BucketSettingRow
from juyong.store.transaction import Transaction

T = TypeVar("T", bound=msgspec.Struct)


def document_of(tx: Transaction, bucket_name: str, name: str, kind: type[T]) -> T | None:
    """Return a configuration of a bucket, or None where there is none."""
    row = tx.get(BucketSettingRow, bucket_name, name)
    return None if row is None else msgspec.json.decode(row.document, type=kind)
