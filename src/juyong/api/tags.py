"""The rules of tags: bounds, the codes of refusals, and the condition keys that tags feed.

Source: RAM, KMS, RDS and ECS API references, TagResources; acs:RequestTag, acs:ResourceTag and
acs:TagKeys (documented). That two keys of one resource may not differ in case alone is assumed:
condition keys compare without case, so that a policy could not tell such tags apart.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from juyong.api.errors import ApiError

_RESERVED = re.compile(r"(?i)(aliyun|acs:)")
_LINK = re.compile(r"(?i)https?://")
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """How one product words its tags.

    bad_key, bad_value: A key or value is too long, reserved, or holds a link. repeated: A request
    gives a key twice. clash: A key differs from another one of the resource in case alone.
    too_many: The resource would hold more than its quota. quota, most: Its name and default.
    prefixes: Of the condition keys that hold a resource's tags. links: Whether a link is allowed.
    """

    bad_key: type[ApiError]
    bad_value: type[ApiError]
    repeated: type[ApiError]
    clash: type[ApiError]
    too_many: type[ApiError]
    quota: str
    most: int = 20
    longest: int = 128
    prefixes: tuple[str, ...] = ("acs:ResourceTag/",)
    links: bool = False

    @property
    def errors(self) -> tuple[type[ApiError], ...]:
        """What an operation that takes tags may answer for them."""
        named = (self.bad_key, self.bad_value, self.repeated, self.clash, self.too_many)
        return tuple(dict.fromkeys(named))

    def checked(self, tags: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the tags of a request by key.

        Raises:
            ApiError: `bad_key`, `bad_value` or `repeated`.
        """
        found: dict[str, str] = {}
        for key, value in tags:
            if not 1 <= len(key) <= self.longest or _RESERVED.match(key) or self._odd(key):
                raise self.bad_key
            if len(value) > self.longest or self._odd(value):
                raise self.bad_value
            if key in found:
                raise self.repeated
            found[key] = value
        return found

    def together(self, held: Mapping[str, str], tags: Mapping[str, str], most: int) -> None:
        """Refuse tags that a resource cannot hold beside those it has.

        Raises:
            ApiError: `clash` or `too_many`.
        """
        folded = {key.casefold(): key for key in held}
        for key in tags:
            if folded.setdefault(key.casefold(), key) != key:
                raise self.clash
        if len(held.keys() | tags.keys()) > most:
            raise self.too_many

    def conditions(self, tags: Mapping[str, str]) -> Values:
        """Return the condition keys that the tags of one resource feed."""
        return {
            f"{prefix}{key}": (value,) for prefix in self.prefixes for key, value in tags.items()
        }

    def _odd(self, text: str) -> bool:
        return "\0" in text or (not self.links and _LINK.search(text) is not None)


def requested(tags: Mapping[str, str], keys: Iterable[str] = ()) -> Values:
    """Return acs:RequestTag/<key> and acs:TagKeys of a call that sends tags, or keys alone."""
    found: dict[str, tuple[str, ...]] = {f"acs:RequestTag/{k}": (v,) for k, v in tags.items()}
    named = (*tags, *keys)
    return {**found, "acs:TagKeys": named} if named else found


def bears(held: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether tags hold all of those wanted; an empty value means any."""
    return all(key in held and value in ("", held[key]) for key, value in wanted.items())
