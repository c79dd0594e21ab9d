"""Configurations of a bucket that are one document each, and how they are kept."""

from typing import Generic, TypeVar

import msgspec

from juyong.services.oss.errors import OssError
from juyong.services.oss.tables import BucketRow, BucketSettingRow
from juyong.store.transaction import Transaction

T = TypeVar("T", bound=msgspec.Struct)


class Setting(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One configuration that a bucket may have.

    kind: The name of its row. document: Its type. default: What counts where a bucket has none.
    missing: What is answered instead, where nothing counts. most: Bytes that it may have; every
    call of a page compares with all of it.
    """

    kind: str
    document: type[T]
    default: T | None = None
    missing: type[OssError] | None = None
    most: int = 64 * 1024

    def held(self, tx: Transaction, bucket_name: str) -> T | None:
        """Return what counts for a bucket, or None where nothing does."""
        row = tx.get(BucketSettingRow, bucket_name, self.kind)
        return self.default if row is None else self.read(row)

    def needed(self, tx: Transaction, bucket: BucketRow) -> T:
        """Return what counts for a bucket.

        Raises:
            OssError: `missing`.
        """
        found = self.held(tx, bucket.bucket_name)
        if found is None:
            assert self.missing is not None  # noqa: S101  # declared where there is no default
            raise self.missing(BucketName=bucket.bucket_name)
        return found

    def read(self, row: BucketSettingRow) -> T:
        """Return the document of a row."""
        return msgspec.json.decode(row.document, type=self.document)

    def put(self, tx: Transaction, bucket_name: str, document: T) -> None:
        """Store a document in the place of the one before."""
        text = msgspec.json.encode(document).decode()
        row = tx.get(BucketSettingRow, bucket_name, self.kind)
        if row is None:
            tx.insert(BucketSettingRow(bucket_name=bucket_name, kind=self.kind, document=text))
        else:
            tx.update(row, document=text)
