"""Action lists: `"id:1,phase:2,t:none,setvar:'tx.a=+1'"` to names and values."""

import re

import msgspec

from juyong.engines.inspect.seclang.errors import BadPart
from juyong.engines.inspect.seclang.known import IDLE_ACTIONS, REFUSED_ACTIONS

_NAME = re.compile(r"[\s,]*([A-Za-z0-9_-]+)\s*(:)?\s*")
_UNQUOTED = re.compile(r"[^,]*")

FIRST_ONLY = frozenset(
    {
        "accuracy",
        "allow",
        "block",
        "deny",
        "drop",
        "id",
        "logdata",
        "maturity",
        "msg",
        "pass",
        "phase",
        "redirect",
        "rev",
        "severity",
        "skip",
        "skipafter",
        "status",
        "tag",
        "ver",
    }
)
"""Actions of a whole rule, which stand in the first link of a chain."""

LOGS = frozenset({"auditlog", "log", "noauditlog", "nolog"})
"""Actions that count in the first link alone, and that rule sets repeat in later ones."""

OF_LINKS = frozenset(
    {
        "capture",
        "chain",
        "ctl",
        "expirevar",
        "initcol",
        "multimatch",
        "setrsc",
        "setsid",
        "setuid",
        "setvar",
        "t",
    }
)
WITHOUT_VALUE = frozenset(
    {
        "auditlog",
        "block",
        "capture",
        "chain",
        "deny",
        "drop",
        "log",
        "multimatch",
        "noauditlog",
        "nolog",
        "pass",
    }
)
MAY_HAVE_VALUE = frozenset({"allow", *IDLE_ACTIONS})


class Action(msgspec.Struct, frozen=True):
    """An action; name: Folded to lower case; value: Without quotes, empty where none stands."""

    name: str
    value: str


def last(actions: tuple[Action, ...], name: str) -> str | None:
    """Return the value of the last action of a name."""
    return next((one.value for one in reversed(actions) if one.name == name), None)


def every(actions: tuple[Action, ...], name: str) -> list[str]:
    """Return the values of all actions of a name, in order."""
    return [one.value for one in actions if one.name == name]


def is_removal(action: Action) -> bool:
    """Tell whether a ctl action takes out rules, or targets of rules."""
    return action.name == "ctl" and action.value.lower().startswith("ruleremove")


def split(text: str) -> tuple[Action, ...]:
    """Return the actions of a list, in order.

    Raises:
        BadPart: an action is unknown or refused, or its value is missing or not closed.

    Source: ModSecurity 2.9 reference manual, actions (documented).
    """
    found: list[Action] = []
    at = 0
    while text[at:].strip(" \t,"):
        head = _NAME.match(text, at)
        if head is None:
            raise BadPart(f"an action has no name: `{text[at : at + 40]}`")
        value, at = _value(text, head.end()) if head[2] else ("", head.end())
        if at < len(text) and text[at] != ",":
            raise BadPart(f"`,` is missing between actions: `{text[at : at + 40]}`")
        found.append(_judged(Action(head[1].lower(), value), valued=bool(head[2])))
    return tuple(found)


def _value(text: str, at: int) -> tuple[str, int]:
    """Return a value, and where the comma behind stands."""
    if text[at : at + 1] != "'":
        bare = _UNQUOTED.match(text, at)
        end = bare.end() if bare else at
        return text[at:end].strip(), end
    end = at + 1
    while (end := text.find("'", end)) > 0 and text[end - 1] == "\\":
        end += 1
    if end < 0:
        raise BadPart(f"a quote is not closed: `{text[at : at + 40]}`")
    after = end + 1
    return text[at + 1 : end].replace("\\'", "'"), after + len(text[after:]) - len(
        text[after:].lstrip()
    )


def _judged(action: Action, *, valued: bool) -> Action:
    name = action.name
    if reason := REFUSED_ACTIONS.get(name):
        raise BadPart(f"action {name} is not carried out: {reason}")
    if name not in FIRST_ONLY | LOGS | OF_LINKS and name not in IDLE_ACTIONS:
        raise BadPart(f"unknown action `{name}`")
    if name in WITHOUT_VALUE and valued:
        raise BadPart(f"action {name} takes no value")
    if name not in WITHOUT_VALUE | MAY_HAVE_VALUE and not action.value:
        raise BadPart(f"action {name} takes a value")
    return action
