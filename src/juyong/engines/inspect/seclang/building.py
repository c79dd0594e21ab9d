"""Drafts to final rules: the words of actions judged and brought into the shapes of `rules.py`."""

import re

from juyong.engines.inspect.rules import (
    DefaultAction,
    Disruption,
    Link,
    Rule,
    SetVar,
)
from juyong.engines.inspect.seclang import macros
from juyong.engines.inspect.seclang.actions import FIRST_ONLY, Action, every, last
from juyong.engines.inspect.seclang.controls import control
from juyong.engines.inspect.seclang.drafts import Draft, DraftLink
from juyong.engines.inspect.seclang.errors import BadPart, BadRules
from juyong.engines.inspect.seclang.known import STORED
from juyong.engines.inspect.transforms import TRANSFORMS

_SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_DISRUPTIONS = {
    "pass": Disruption.PASS,
    "block": Disruption.BLOCK,
    "deny": Disruption.DENY,
    "drop": Disruption.DROP,
    "redirect": Disruption.REDIRECT,
}
_ALLOWS = {
    "": Disruption.ALLOW,
    "phase": Disruption.ALLOW_PHASE,
    "request": Disruption.ALLOW_REQUEST,
}
_MEMBER = re.compile(r"(!?)\s*([A-Za-z]+)[.:]([^=]+)(?:=(.*))?", re.DOTALL)
_OPENED = re.compile(r"([A-Za-z]+)\s*=\s*(.+)", re.DOTALL)
_OPENERS = {"setsid": "SESSION", "setuid": "USER", "setrsc": "RESOURCE"}
_STATUS = range(200, 600)
_OF_DEFAULTS = {*_DISRUPTIONS, "allow", "phase", "status", "t", "severity"} | {
    "log",
    "nolog",
    "auditlog",
    "noauditlog",
}


def rule(draft: Draft, defaults: DefaultAction) -> Rule:
    """Return the final rule of a draft, its phase's defaults applied.

    Raises:
        BadRules: an action has no form, or stands where it may not.
    """
    links = tuple(_placed(link, defaults, first=link is draft.first) for link in draft.links)
    try:
        return _rule(draft, defaults, links)
    except BadPart as bad:
        raise BadRules(draft.place, str(bad)) from None


def default_action(actions: tuple[Action, ...]) -> DefaultAction:
    """Return the defaults that SecDefaultAction sets.

    Raises:
        BadPart: the effect is missing or `block`, or an action does not belong there.
    """
    effect = _disruption(actions)
    if effect is None or effect is Disruption.BLOCK:
        raise BadPart("a default action says pass, deny, drop, redirect or allow")
    for action in actions:
        if action.name not in _OF_DEFAULTS:
            raise BadPart(f"action {action.name} does not stand in a default action")
    log, audit_log = _logs(actions, log=True, audit_log=True)
    return DefaultAction(
        disruption=effect,
        status=_status(actions) or 403,
        location=_macros(last(actions, "redirect") or ""),
        log=log,
        audit_log=audit_log,
        transforms=_transforms(every(actions, "t"), ()),
    )


def _placed(link: DraftLink, defaults: DefaultAction, *, first: bool) -> Link:
    try:
        return _link(link, defaults, first=first)
    except BadPart as bad:
        raise BadRules(link.place, str(bad)) from None


def _link(link: DraftLink, defaults: DefaultAction, *, first: bool) -> Link:
    if not first:
        for action in link.actions:
            if action.name in FIRST_ONLY:
                raise BadPart(f"action {action.name} belongs into the first rule of a chain")
    controls = [control(text) for text in every(link.actions, "ctl")]
    return Link(
        place=link.place,
        selectors=link.selectors,
        operator=link.operator,
        transforms=_transforms(every(link.actions, "t"), defaults.transforms),
        capture=last(link.actions, "capture") is not None,
        multi_match=last(link.actions, "multimatch") is not None,
        setvars=tuple(_member(one) for one in link.actions if one.name in {"setvar", "expirevar"}),
        ctls=tuple(one for one in controls if one is not None),
        initcol=tuple(_opened(one) for one in link.actions if one.name in {"initcol", *_OPENERS}),
    )


def _rule(draft: Draft, defaults: DefaultAction, links: tuple[Link, ...]) -> Rule:
    first = draft.first
    log, audit_log = _logs(first.actions, log=defaults.log, audit_log=defaults.audit_log)
    effect = _disruption(first.actions)
    return Rule(
        id=draft.id,
        phase=draft.phase,
        links=links,
        disruption=Disruption.BLOCK if effect is None else effect,
        status=_status(first.actions),
        location=_macros(last(first.actions, "redirect") or ""),
        msg=_macros(last(first.actions, "msg") or ""),
        logdata=_macros(last(first.actions, "logdata") or ""),
        severity=_severity(last(first.actions, "severity")),
        tags=tuple(every(first.actions, "tag")),
        skip_after=last(first.actions, "skipafter") or "",
        log=log,
        audit_log=audit_log,
    )


def _macros(text: str) -> bytes:
    """Return a text as bytes, its macros checked."""
    macros.check(text.encode())
    return text.encode()


def _disruption(actions: tuple[Action, ...]) -> Disruption | None:
    """Return the effect that the last action of that kind says."""
    for action in reversed(actions):
        if action.name in _DISRUPTIONS:
            return _DISRUPTIONS[action.name]
        if action.name == "allow":
            if action.value.lower() not in _ALLOWS:
                raise BadPart(f"allow takes phase or request, not `{action.value}`")
            return _ALLOWS[action.value.lower()]
    return None


def _logs(actions: tuple[Action, ...], *, log: bool, audit_log: bool) -> tuple[bool, bool]:
    """Return whether a rule is logged; nolog means noauditlog, until auditlog says otherwise."""
    for action in actions:
        match action.name:
            case "log":
                log = audit_log = True
            case "nolog":
                log = audit_log = False
            case "auditlog":
                audit_log = True
            case "noauditlog":
                audit_log = False
            case _:
                pass
    return log, audit_log


def _status(actions: tuple[Action, ...]) -> int:
    told = last(actions, "status")
    if told is None:
        return 0
    if not (told.isascii() and told.isdigit() and len(told) <= len("599") and int(told) in _STATUS):
        raise BadPart(f"a status is a number from 200 to 599, not `{told[:40]}`")
    return int(told)


def _severity(told: str | None) -> int | None:
    if told is None:
        return None
    folded = told.lower()
    if folded in _SEVERITIES:
        return _SEVERITIES.index(folded)
    if folded in {str(number) for number in range(len(_SEVERITIES))}:
        return int(folded)
    raise BadPart(f"a severity is a number from 0 to 7 or its name, not `{told[:40]}`")


def _transforms(told: list[str], defaults: tuple[str, ...]) -> tuple[str, ...]:
    """Return transformations in order; `none` takes out all before, defaults too."""
    found = list(defaults)
    for raw in told:
        name = raw.lower()
        if name == "none":
            found.clear()
        elif name in TRANSFORMS:
            found.append(name)
        else:
            raise BadPart(f"unknown transformation t:{raw}")
    return tuple(found)


def _member(action: Action) -> SetVar:
    form = _MEMBER.fullmatch(action.value.strip())
    if form is None:
        raise BadPart(f"{action.name} has no form: `{action.value[:60]}`")
    gone, collection, name, value = form[1], form[2].upper(), form[3].strip(), form[4]
    if collection != "TX" and collection not in STORED:
        raise BadPart(f"{action.name} cannot write collection {collection}")
    kind = "=" if value is None or value[:1] not in {"+", "-"} else value[0]
    if action.name == "expirevar":
        kind = "expire"
        if gone or not value or collection == "TX":
            raise BadPart(f"expirevar takes a stored member and seconds: `{action.value[:60]}`")
    if gone:
        kind = "!"
    return SetVar(
        collection=collection,
        name=_macros(name),
        kind=kind,
        value=_macros("1" if value is None else value[1:] if kind in {"+", "-"} else value),
    )


def _opened(action: Action) -> tuple[str, bytes]:
    if action.name in _OPENERS:
        return _OPENERS[action.name], _macros(action.value)
    form = _OPENED.fullmatch(action.value)
    if form is None:
        raise BadPart(f"initcol has no form: `{action.value[:60]}`")
    if form[1].upper() not in STORED:
        raise BadPart(f"initcol cannot open collection {form[1].upper()}")
    return form[1].upper(), _macros(form[2])
