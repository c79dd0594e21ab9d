"""Checks of tags, by the rules and error codes of a product.

Source: the pages of TagResources of RAM, KMS, RDS and ECS (documented). Condition keys have no
case, so a policy could not tell apart two tags whose keys differ in case alone. No product takes
such a clash (assumed).
"""

from collections.abc import Iterable, Mapping

import msgspec

from juyong.api.errors import ApiError
from juyong.api.tag_keys import clashes


class TagRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one product.

    Attributes:
        bad_key: A key is empty, too long, reserved, or has a link where links are refused.
        bad_value: A value is too long, reserved or has a link.
        repeated: The request has a key twice.
        clash: A key differs from another in case alone.
        too_many: The resource would hold more tags than it may.
        quota: The setting by which an operator allows more or less; empty: none.
        most: How many tags a resource may hold.
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


def request_conditions(
    tags: Iterable[tuple[str, str]], keys: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of a call that sets tags, or takes off the tags of some keys."""
    sent = dict(tags)
    named = (*sent, *keys)
    found: dict[str, tuple[str, ...]] = {f"acs:RequestTag/{k}": (v,) for k, v in sent.items()}
    return {**found, "acs:TagKeys": named} if named else found


def bears(held: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Tell whether tags hold all of the tags wanted; an empty value means any."""
    return all(k in held and v in ("", held[k]) for k, v in wanted.items())
