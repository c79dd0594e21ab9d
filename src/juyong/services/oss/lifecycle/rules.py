"""Lifecycle rules: as calls bring and take them, what they cover, and when they are due.

Source: OSS API reference, PutBucketLifecycle (documented).
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

import msgspec

from juyong.api.fields import Between, Items, OneOf, Pattern, Text
from juyong.api.shape import Shape
from juyong.base.clock import Instant, parse_iso
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import oss_fact
from juyong.services.oss.fields import STORAGE_CLASSES
from juyong.services.oss.moments import DAY

_MOST_DAYS = 36_500
_MOST_RULES = 1000
Days = Annotated[int, Between(1, _MOST_DAYS)] | msgspec.UnsetType
Midnight = Annotated[str, Pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00(\.000)?Z")]
Date = Midnight | msgspec.UnsetType
Colder = Annotated[str, OneOf(STORAGE_CLASSES[1:])]
Flag = bool | msgspec.UnsetType
Size = Annotated[int, Between(0, 2**53)] | msgspec.UnsetType


class RuleTag(Shape, frozen=True, kw_only=True):
    """A tag that objects must have."""

    key: str
    value: str = ""


class Not(Shape, frozen=True, kw_only=True):
    """Objects that a rule leaves alone."""

    prefix: str
    tag: RuleTag | msgspec.UnsetType = msgspec.UNSET


class Filter(Shape, frozen=True, kw_only=True):
    """Further conditions of a rule's objects."""

    object_size_greater_than: Size = msgspec.UNSET
    object_size_less_than: Size = msgspec.UNSET
    not_: list[Not] = msgspec.field(name="Not", default_factory=list)

    @property
    def goes_by_size(self) -> bool:
        """Whether a size is asked for."""
        sizes = (self.object_size_greater_than, self.object_size_less_than)
        return any(each is not msgspec.UNSET for each in sizes)


class Age(Shape, frozen=True, kw_only=True):
    """An age, or all that is older than a date."""

    days: Days = msgspec.UNSET
    created_before_date: Date = msgspec.UNSET

    def due(self, since: Instant, midnight: Instant) -> bool:
        """Tell whether the time has come for what was made at an instant."""
        if isinstance(self.days, int):
            return since + self.days * DAY <= midnight
        before = self.created_before_date
        return isinstance(before, str) and since < parse_iso(before)


class Expiration(Age, frozen=True, kw_only=True):
    """When objects go; ExpiredObjectDeleteMarker: delete markers go that hide nothing any more."""

    date: Date = msgspec.UNSET
    expired_object_delete_marker: bool | msgspec.UnsetType = msgspec.UNSET

    def due(self, since: Instant, midnight: Instant) -> bool:
        """Tell whether the time has come; from a date on it has for whatever age."""
        if isinstance(self.date, str):
            return parse_iso(self.date) <= midnight
        return super().due(since, midnight)


class Transition(Age, frozen=True, kw_only=True):
    """When objects get another class of storage.

    is_access_time: Days count from the last access. return_to_std_when_visit: A read makes the
    object Standard again. allow_small_file: Objects below 64 KiB are moved too, as without it.
    """

    storage_class: Colder
    is_access_time: Flag = msgspec.UNSET
    return_to_std_when_visit: Flag = msgspec.UNSET
    allow_small_file: Flag = msgspec.UNSET


class Noncurrent(Shape, frozen=True, kw_only=True):
    """How long after a newer version came."""

    noncurrent_days: Annotated[int, Between(1, _MOST_DAYS)]

    def due(self, since: Instant, midnight: Instant) -> bool:
        """Tell whether the time has come for a version that stopped to be the newest then."""
        return since + self.noncurrent_days * DAY <= midnight


class NoncurrentTransition(Noncurrent, frozen=True, kw_only=True):
    """When versions that are not the newest get another class of storage, see Transition."""

    storage_class: Colder
    is_access_time: Flag = msgspec.UNSET
    return_to_std_when_visit: Flag = msgspec.UNSET
    allow_small_file: Flag = msgspec.UNSET


Move = Transition | NoncurrentTransition


class Rule(Shape, frozen=True, kw_only=True):
    """One rule; atime_base: When monitoring of access began, in seconds, where it counts."""

    id: Annotated[str, Text(0, 255)] = msgspec.field(name="ID", default="")
    prefix: str = ""
    status: Annotated[str, OneOf(("Enabled", "Disabled"))]
    tag: list[RuleTag] = msgspec.field(default_factory=list)
    filter: Filter | msgspec.UnsetType = msgspec.UNSET
    expiration: Expiration | msgspec.UnsetType = msgspec.UNSET
    transition: list[Transition] = msgspec.field(default_factory=list)
    abort_multipart_upload: Age | msgspec.UnsetType = msgspec.UNSET
    noncurrent_version_expiration: Noncurrent | msgspec.UnsetType = msgspec.UNSET
    noncurrent_version_transition: list[NoncurrentTransition] = msgspec.field(default_factory=list)
    atime_base: int | msgspec.UnsetType = msgspec.UNSET

    def covers(self, key: str, size: int, tags: Mapping[str, str]) -> bool:
        """Tell whether the rule, which may be switched off, is about an object."""
        return (
            self.status == "Enabled"
            and key.startswith(self.prefix)
            and all(tags.get(each.key) == each.value for each in self.tag)
            and (not isinstance(self.filter, Filter) or _passes(self.filter, key, size, tags))
        )

    @property
    def goes_by_access(self) -> bool:
        """Whether a transition counts from the last access of an object."""
        return any(each.is_access_time is True for each in self.moves())

    def moves(self) -> Iterator[Move]:
        """Yield what gives versions another class of storage."""
        yield from self.transition
        yield from self.noncurrent_version_transition

    def ages(self) -> Iterator[Age]:
        """Yield everything that goes by age or date."""
        for each in (self.expiration, self.abort_multipart_upload, *self.transition):
            if isinstance(each, Age):
                yield each

    def actions(self) -> Iterator[str]:
        """Yield a name of each thing that the rule does."""
        if isinstance(self.expiration, Expiration):
            yield "Expiration"
        if isinstance(self.abort_multipart_upload, Age):
            yield "AbortMultipartUpload"
        if isinstance(self.noncurrent_version_expiration, Noncurrent):
            yield "NoncurrentVersionExpiration"
        yield from (each.storage_class for each in self.transition)
        yield from (
            f"Noncurrent {each.storage_class}" for each in self.noncurrent_version_transition
        )


def _passes(wanted: Filter, key: str, size: int, tags: Mapping[str, str]) -> bool:
    more, less = wanted.object_size_greater_than, wanted.object_size_less_than
    if isinstance(more, int) and size <= more:
        return False
    if isinstance(less, int) and size >= less:
        return False
    return not any(
        key.startswith(each.prefix)
        and (not isinstance(each.tag, RuleTag) or tags.get(each.tag.key) == each.tag.value)
        for each in wanted.not_
    )


class LifecycleConfiguration(Shape, frozen=True, kw_only=True):
    """The rules of a bucket, in the order sent."""

    rule: Annotated[list[Rule], Items(1, _MOST_RULES)]


NoLifecycle = oss_fact(
    "NoSuchLifecycle",
    404,
    "0014-00000001",
    "No Row found in Lifecycle Table.",
    why="The bucket has no lifecycle rules (EC assumed).",
)
LIFECYCLE = Setting(kind="lifecycle", document=LifecycleConfiguration, missing=NoLifecycle)
