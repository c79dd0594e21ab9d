"""An inventory as calls bring and take it, and which versions it lists.

Source: OSS API reference, PutBucketInventory (documented): elements, frequencies, optional fields;
several storage classes with commas between them. Assumed: bounds of the filter are inclusive; a
filter by size or class leaves delete markers out, which have neither.
"""

from typing import Annotated

import msgspec

from juyong.api.fields import Between, Items, OneOf, Pattern, Text
from juyong.api.shape import Shape
from juyong.services.oss.fields import STORAGE_CLASSES
from juyong.services.oss.tables import BucketSettingRow, ObjectRow
from juyong.store.transaction import Transaction

KIND = "inventory/"
"""Begins the kind of the row of an inventory; its id follows."""
WRITTEN = "inventory written/"
"""Begins the kind of the row that says which of its lists was written."""
FIELDS = (
    *("Size", "StorageClass", "LastModifiedDate", "ETag", "IsMultipartUploaded"),
    *("EncryptionStatus", "ObjectAcl", "TaggingCount", "ObjectType", "Crc64"),
)
"""The optional fields in the order of their columns."""
UNKNOWN_FIELD = "TransitionTime"
FREQUENCIES, OTHER_FREQUENCIES = ("Daily", "Weekly"), ("Monthly", "Once")
_CLASS = f"({'|'.join(STORAGE_CLASSES)})"
_UNSET = msgspec.UNSET
Seconds = Annotated[int, Between(1_262_275_200, 253_402_271_999)] | msgspec.UnsetType
Bytes = Annotated[int, Between(0, 2**53)] | msgspec.UnsetType


class Filter(Shape, frozen=True, kw_only=True):
    """The versions that an inventory lists: those that pass all of it; times in seconds."""

    prefix: Annotated[str, Text(0, 1023)] = ""
    last_modify_begin_time_stamp: Seconds = _UNSET
    last_modify_end_time_stamp: Seconds = _UNSET
    lower_size_bound: Bytes = _UNSET
    upper_size_bound: Bytes = _UNSET
    storage_class: Annotated[str, Pattern(rf"All|{_CLASS}(,{_CLASS})*")] | msgspec.UnsetType = (
        _UNSET
    )

    def passes(self, row: ObjectRow) -> bool:
        """Tell whether a version, whose key has the prefix, passes."""
        return (
            _within(self.last_modify_begin_time_stamp, row.modified_at, more=True)
            and _within(self.last_modify_end_time_stamp, row.modified_at, more=False)
            and (not row.marker or self._takes_markers)
            and _within(self.lower_size_bound, row.size, more=True)
            and _within(self.upper_size_bound, row.size, more=False)
            and (self._takes_all_classes or row.storage_class in str(self.storage_class).split(","))
        )

    @property
    def _takes_markers(self) -> bool:
        by_size = (self.lower_size_bound, self.upper_size_bound)
        return self._takes_all_classes and all(each is _UNSET for each in by_size)

    @property
    def _takes_all_classes(self) -> bool:
        return self.storage_class in (_UNSET, "All")


def _within(bound: int | msgspec.UnsetType, value: int, *, more: bool) -> bool:
    return not isinstance(bound, int) or (value >= bound if more else value <= bound)


class SseKms(Shape, frozen=True, kw_only=True):
    """A key of the KMS."""

    key_id: str


class Encryption(Shape, frozen=True, kw_only=True):
    """The encryption of the lists: one of the two."""

    sse_kms: SseKms | msgspec.UnsetType = msgspec.field(name="SSE-KMS", default=_UNSET)
    sse_oss: str | msgspec.UnsetType = msgspec.field(name="SSE-OSS", default=_UNSET)


class BucketDestination(Shape, frozen=True, kw_only=True):
    """The place of the lists, and the role that writes them."""

    format: Annotated[str, OneOf(("CSV", "Parquet"))]
    account_id: Annotated[str, Pattern("[0-9]{1,32}")]
    role_arn: Annotated[str, Pattern(r"acs:ram::[0-9]{1,32}:role/[A-Za-z0-9.-]{1,64}")]
    bucket: Annotated[str, Pattern("acs:oss:::[a-z0-9-]{3,63}")]
    prefix: Annotated[str, Text(0, 512)] = ""
    encryption: Encryption | msgspec.UnsetType = _UNSET

    @property
    def bucket_name(self) -> str:
        """The name of the bucket."""
        return self.bucket.removeprefix("acs:oss:::")

    @property
    def role_name(self) -> str:
        """The name of the role."""
        return self.role_arn.partition("/")[2]


class Destination(Shape, frozen=True, kw_only=True):
    """The wrapper around the place."""

    bucket: BucketDestination = msgspec.field(name="OSSBucketDestination")


class Schedule(Shape, frozen=True, kw_only=True):
    """How often a list is written."""

    frequency: Annotated[str, OneOf((*FREQUENCIES, *OTHER_FREQUENCIES))]


class OptionalFields(Shape, frozen=True, kw_only=True):
    """The further columns."""

    field: Annotated[list[Annotated[str, OneOf((*FIELDS, UNKNOWN_FIELD))]], Items(0, 16)] = (
        msgspec.field(default_factory=list)
    )


class Incremental(Shape, frozen=True, kw_only=True):
    """Lists of what changed, which are refused where they are switched on."""

    is_enabled: bool = False


class InventoryConfiguration(Shape, frozen=True, kw_only=True):
    """One inventory of a bucket."""

    id: Annotated[str, Pattern("[A-Za-z0-9._-]{1,64}")]
    is_enabled: bool
    filter: Filter | msgspec.UnsetType = _UNSET
    destination: Destination
    schedule: Schedule
    included_object_versions: Annotated[str, OneOf(("All", "Current"))]
    optional_fields: OptionalFields | msgspec.UnsetType = _UNSET
    incremental_inventory: Incremental | msgspec.UnsetType = _UNSET

    @property
    def fields(self) -> tuple[str, ...]:
        """The optional columns, in their order."""
        given = self.optional_fields.field if self.optional_fields else []
        return tuple(each for each in FIELDS if each in given)


def rows_of(tx: Transaction, bucket_name: str) -> dict[str, BucketSettingRow]:
    """Return the rows of the inventories of a bucket by id, in order; at most 1,000."""
    found = tx.find(BucketSettingRow, bucket_name=bucket_name)
    by_id = {row.kind.removeprefix(KIND): row for row in found if row.kind.startswith(KIND)}
    return dict(sorted(by_id.items()))
