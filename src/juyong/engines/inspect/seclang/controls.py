"""Values of ctl actions and of removal directives: ids and ranges, tags, messages, targets."""

import re

import msgspec

from juyong.engines.inspect.rules import Ctl, Selector
from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.known import CTLS, IDLE_CTLS
from juyong.engines.inspect.seclang.patterns import compiled
from juyong.engines.inspect.seclang.targets import selectors

MOST_ID = 2**63 - 1
_RANGE = re.compile(r"(\d{1,19})(?:-(\d{1,19}))?", re.ASCII)
_ENGINE = frozenset({"on", "off", "detectiononly"})
_SWITCH = frozenset({"on", "off"})
_PROCESSORS = frozenset({"urlencoded", "multipart", "xml", "json"})
_CHOICES = {
    "forcerequestbodyvariable": _SWITCH,
    "requestbodyaccess": _SWITCH,
    "requestbodyprocessor": _PROCESSORS,
    "responsebodyaccess": _SWITCH,
    "ruleengine": _ENGINE,
}


class Ids(msgspec.Struct, frozen=True):
    """Ids of rules; ranges: First and last of each."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, number: int) -> bool:
        """Tell whether a rule's id is one of these."""
        return any(first <= number <= last for first, last in self.ranges)


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that a ctl action takes out, or takes targets from.

    ids, tag, msg: One of the three; tag and msg are regular expressions over bytes.
    targets: Empty where whole rules are taken out.
    """

    ids: Ids | None = None
    tag: str | None = None
    msg: str | None = None
    targets: tuple[Selector, ...] = ()


def ids(words: str) -> Ids:
    """Read ids and ranges, separated by spaces or commas: `1 5-7,9`."""
    ranges: list[tuple[int, int]] = []
    for word in words.replace(",", " ").split():
        form = _RANGE.fullmatch(word.strip("'\""))
        if form is None:
            raise BadPart(f"no id and no range of ids: `{word[:40]}`")
        first = int(form[1])
        last = int(form[2]) if form[2] else first
        if not 0 < first <= last <= MOST_ID:
            raise BadPart(f"a range of ids ends before it begins, or is too large: `{word}`")
        ranges.append((first, last))
    if not ranges:
        raise BadPart("ids are missing")
    return Ids(tuple(ranges))


def pattern(text: str) -> str:
    """Check a regular expression over tags or messages; an empty one would mean every rule."""
    if not text:
        raise BadPart("a pattern over tags or messages is missing")
    compiled(text)
    return text


def control(text: str) -> Ctl | None:
    """Read the value of a ctl action, `name=value`; None for a value that changes nothing.

    Raises:
        BadPart: the name is unknown, or its value has no form.
    """
    name, sign, value = text.partition("=")
    made = Ctl(name=name.strip().lower(), value=value.strip())
    if made.name in IDLE_CTLS:
        return None
    if made.name not in CTLS:
        raise BadPart(f"unknown ctl `{name}`")
    if not sign or not made.value:
        raise BadPart(f"ctl {name} takes a value")
    choices = _CHOICES.get(made.name)
    if choices is None:
        removal(made)
    elif made.value.lower() not in choices:
        raise BadPart(f"ctl {name} takes one of {', '.join(sorted(choices))}")
    return made


def removal(ctl: Ctl) -> Removal:
    """Return the rules that a ruleRemove action names.

    Raises:
        BadPart: the value has no form.
    """
    which, _, targets = ctl.value.partition(";")
    found: tuple[Selector, ...] = ()
    if ctl.name.startswith("ruleremovetarget"):
        found = tuple(taken(selectors(targets)))
    elif targets:
        raise BadPart(f"ctl {ctl.name} takes no targets: `{ctl.value}`")
    which = which.strip()
    match ctl.name.removeprefix("ruleremovetarget").removeprefix("ruleremove"):
        case "byid":
            return Removal(ids=ids(which), targets=found)
        case "bytag":
            return Removal(tag=pattern(which), targets=found)
        case _:
            return Removal(msg=pattern(which), targets=found)


def taken(chosen: tuple[Selector, ...]) -> list[Selector]:
    """Return selectors as ones that take members out."""
    if any(one.count for one in chosen):
        raise BadPart("targets that are taken out are not counted: `&` has no place here")
    return [msgspec.structs.replace(one, excluded=True) for one in chosen]
