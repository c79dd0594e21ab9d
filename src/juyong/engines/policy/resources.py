"""Resource names against resource patterns.

A pattern of five fields is matched field by field, so that a star in one field never swallows the
next: an object whose name holds colons cannot pass for another account's. A pattern of fewer fields
(`acs:oss:*`) is matched against the whole name.

Source: RAM resource grammar (documented); the region rule for ram and sts from vendor policies
(observed); that it needs `ram` or `sts` written out in the pattern (assumed: the narrow reading).
"""

from typing import NamedTuple

import msgspec

from juyong.engines.policy.wildcard import Matcher, is_everything, literal_start, matcher

_FIELDS = 5
_SERVICE, _REGION, _ACCOUNT, _RELATIVE = 1, 2, 3, 4
_GLOBAL_SERVICES = frozenset({"ram", "sts"})
_NO_REGION = frozenset({"", "*"})


class Name(NamedTuple):
    """The resource of a request, read once; `fields` is empty when it has no five fields.

    RAM returns role names in lower case, so for a role `text` and `fields` are case-folded.
    """

    text: str
    fields: tuple[str, ...]
    folded_relative: str
    is_role: bool

    @property
    def account_id(self) -> str:
        """The account field, or empty."""
        return self.fields[_ACCOUNT] if self.fields else ""


def read_name(text: str) -> Name:
    """Read the resource of a request; any text is accepted."""
    fields = tuple(text.split(":", _FIELDS - 1))
    if len(fields) != _FIELDS:
        return Name(text, (), "", is_role=False)
    relative = fields[_RELATIVE]
    if fields[_SERVICE] == "ram" and relative.startswith("role/"):
        folded = text.casefold()
        fields = tuple(folded.split(":", _FIELDS - 1))
        return Name(folded, fields, fields[_RELATIVE], is_role=True)
    return Name(text, fields, relative.casefold(), is_role=False)


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One way to test a name: the whole of it, or those fields that are not a plain star."""

    whole: Matcher | None
    fields: tuple[tuple[int, Matcher], ...]

    def covers(self, name: Name) -> bool:
        if self.whole is not None:
            return self.whole(name.text)
        if not name.fields:
            return False
        fields = name.fields
        for at, test in self.fields:  # noqa: SIM110 - a generator would double the cost
            if not test(fields[at]):
                return False
        return True


class ResourcePattern(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled Resource or NotResource entry.

    `start` is a case-folded text that the folded relative part of every covered name begins with.
    It may be too short, never too long, so an index built on it only errs towards more candidates.
    """

    everything: bool
    start: str
    exact: _Reading
    folded: _Reading

    def covers(self, name: Name) -> bool:
        """Tell whether the pattern covers the name."""
        return (self.folded if name.is_role else self.exact).covers(name)


def compile_resource(pattern: str) -> ResourcePattern:
    """Prepare one pattern. Cost: linear in its length."""
    fields = pattern.split(":", _FIELDS - 1)
    exact = _reading(pattern)
    folded = pattern.casefold()
    return ResourcePattern(
        everything=is_everything(pattern),
        start=literal_start(fields[_RELATIVE]).casefold() if len(fields) == _FIELDS else "",
        exact=exact,
        folded=exact if folded == pattern else _reading(folded),
    )


def covers(pattern: str, resource: str) -> bool:
    """Tell whether a resource pattern covers a full resource name.

    Cost: O(len(pattern) * len(resource)) at worst.
    """
    return compile_resource(pattern).covers(read_name(resource))


def _reading(pattern: str) -> _Reading:
    fields = pattern.split(":", _FIELDS - 1)
    if len(fields) != _FIELDS:
        return _Reading(whole=matcher(pattern), fields=())
    is_global = fields[_SERVICE] in _GLOBAL_SERVICES
    tests: list[tuple[int, Matcher]] = []
    for at in (_RELATIVE, _ACCOUNT, _SERVICE, _REGION, 0):  # the likeliest to differ come first
        field = fields[at]
        if is_everything(field) or (at == _REGION and is_global and not field):
            continue
        test = matcher(field)
        tests.append((at, _or_no_region(test) if at == _REGION and is_global else test))
    return _Reading(whole=None, fields=tuple(tests))


def _or_no_region(test: Matcher) -> Matcher:
    return lambda region: region in _NO_REGION or test(region)
