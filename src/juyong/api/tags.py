"""Tags in calls and answers, and their checks by the rules and error codes of a product.

Source: the pages of TagResources of RAM, KMS, RDS and ECS (documented). Condition keys have no
case, so a policy could not tell apart two tags whose keys differ in case alone. No product takes
such a clash (assumed).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec

from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, Judged
from juyong.api.shape import Shape
from juyong.api.tag_keys import clashes


class TagParameter(Shape, frozen=True, kw_only=True):
    """One tag as a request gives it; as a filter, an empty value means any."""

    key: str
    value: str = ""


class Tag(Shape, frozen=True, kw_only=True):
    """One tag as answers show it."""

    tag_key: str
    tag_value: str


class TagList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    tag: list[Tag]


class TagRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one product.

    Attributes:
        bad_key: A key is empty, too long, reserved, or has a link where links are refused.
        bad_value: A value is too long, reserved or has a link.
        repeated: The request has a key twice.
        clash: A key differs from another in case alone.
        too_many: The resource would hold more tags than it may.
        quota: The quota of tags that a resource may hold; empty: `most`, which is fixed.
        longest: Characters that a key, and a value, may have.
        reserved_keys, reserved_values: How none may begin, in any case.
        links: Whether keys and values may hold `http://` and `https://`.
        conditions: Condition keys that a policy may ask for, before the tag's own key.
    """

    bad_key: type[ApiError]
    bad_value: type[ApiError]
    repeated: type[ApiError]
    clash: type[ApiError]
    too_many: type[ApiError]
    quota: str = ""
    most: int = 20
    longest: int = 128
    reserved_keys: tuple[str, ...] = ("aliyun", "acs:")
    reserved_values: tuple[str, ...] = ()
    links: bool = False
    conditions: tuple[str, ...] = ("acs:ResourceTag/",)

    @property
    def errors(self) -> tuple[type[ApiError], ...]:
        """The errors that an operation that sets tags may answer for the tags."""
        found = (self.bad_key, self.bad_value, self.repeated, self.clash, self.too_many)
        return tuple(dict.fromkeys(found))

    def checked(self, tags: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the tags of a request by key.

        Raises:
            ApiError: `bad_key`, `bad_value`, `repeated` or `clash`.
        """
        found: dict[str, str] = {}
        for key, value in tags:
            if not key or not self._good(key, self.reserved_keys):
                raise self.bad_key
            if not self._good(value, self.reserved_values):
                raise self.bad_value
            if key in found:
                raise self.repeated
            found[key] = value
        if clashes((), found):
            raise self.clash
        return found

    def addable(self, held: Mapping[str, str], tags: Mapping[str, str], most: int) -> None:
        """Refuse tags that a resource cannot take in addition to those that it holds.

        Raises:
            ApiError: `clash` or `too_many`.
        """
        if clashes(held, tags):
            raise self.clash
        if len({*held, *tags}) > most:
            raise self.too_many

    def _good(self, text: str, reserved: tuple[str, ...]) -> bool:
        folded = text.lower()
        linked = "http://" in folded or "https://" in folded
        return (
            len(text) <= self.longest
            and "\0" not in text
            and not folded.startswith(reserved)
            and (self.links or not linked)
        )


def pairs_of(tags: Iterable[TagParameter] | None) -> list[tuple[str, str]]:
    """Return the key and the value of each tag of a request."""
    return [(tag.key, tag.value) for tag in tags or ()]


def request_tags(tags: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key>."""
    return {f"acs:RequestTag/{key}": (value,) for key, value in tags}


def tag_keys(keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return acs:TagKeys."""
    named = tuple(keys)
    return {"acs:TagKeys": named} if named else {}


def sent_tags(tags: Iterable[TagParameter]) -> dict[str, tuple[str, ...]]:
    """Return acs:RequestTag/<key> and acs:TagKeys."""
    pairs = pairs_of(tags)
    return {**request_tags(pairs), **tag_keys(key for key, _ in pairs)}


def tag_list(tags: Mapping[str, str]) -> TagList:
    """Show the tags of one resource, by key."""
    return TagList(tag=[Tag(tag_key=k, tag_value=v) for k, v in sorted(tags.items())])


def bears(held: Mapping[str, str], wanted: Iterable[tuple[str, str]]) -> bool:
    """Tell whether tags hold all of those wanted; an empty value means any."""
    return all(key in held and value in ("", held[key]) for key, value in wanted)


def bearing(
    held: Mapping[str, Mapping[str, str]], wanted: Iterable[TagParameter]
) -> frozenset[str]:
    """Return the ids of the resources that hold all of the tags wanted."""
    pairs = pairs_of(wanted)
    return frozenset(each for each, tags in held.items() if bears(tags, pairs))


# --- parameters ---

SomeTags = Annotated[list[TagParameter], Items(1, 20), Doc("1 to 20 tags.")]
Tags = Annotated[SomeTags, Judged(sent_tags)]
"""Tags that a call sets; a product adds `Raises(RULES.errors)`."""
TagFilter = Annotated[
    list[TagParameter],
    Items(1, 20),
    Doc("Only what has all of these tags; an empty value means any."),
]
SomeKeys = Annotated[list[str], Items(1, 20), Doc("1 to 20 keys.")]
TagKeys = Annotated[SomeKeys, Judged(tag_keys)]
AllTags = Annotated[bool, Doc("Without keys, take off all tags.")]
