"""One rule judged: its links in turn, the actions of each match, and the hit of a whole chain.

All engines share this module, so that chains, captures and actions have one meaning. An engine
that found the matches of a first link by other means hands them in.
"""

from collections.abc import Iterable
from functools import lru_cache

from juyong.engines.inspect.model.program import ReadyLink, ReadyRule
from juyong.engines.inspect.model.state import Match, State
from juyong.engines.inspect.rules import Mode
from juyong.engines.inspect.seclang.macros import Template
from juyong.engines.inspect.verdict import Hit

LONGEST_VALUE = 256
LONGEST_TEXT = 1_024
"""Bytes of a hit's texts."""

_MODES = {mode.value.lower(): mode for mode in Mode}


def judge(ready: ReadyRule, state: State, found: Iterable[Match] | None = None) -> Hit | None:
    """Return the hit of a rule, None where its chain does not hold.

    Each match of a link runs the actions of the link at once, so a rule scores as often as values
    match, and a first link acts also where the chain fails. MATCHED_VARS holds the matches of the
    link before; nothing for a first link.

    Args:
        found: The matches of the first link; None where the model finds them itself.

    Raises:
        Unjudged: a budget is spent, or an operator cannot be carried out.

    Source: ModSecurity 2.9 reference manual, chain and MATCHED_VARS (documented); scores and first
    links: ModSecurity 2.9 and 3 (observed).
    """
    state.rule, state.rule_msg = ready.rule, ready.msg
    state.matched_all = []
    last: Match | None = None
    times = 0
    for number, link in enumerate(ready.links):
        matched = _run(link, state, found if number == 0 else None)
        if matched is None:
            return None
        last, times = (matched[-1], len(matched)) if matched else (last, times)
        state.matched_all = matched
    if ready.rule.severity is not None:
        state.severity = min(state.severity, ready.rule.severity)
    return _hit(ready, state, last, times)


def _run(link: ReadyLink, state: State, found: Iterable[Match] | None) -> list[Match] | None:
    """Return the matches of a link, whose actions have run; None where there are none.

    A SecAction tests nothing: it always holds, with no match.
    """
    if not link.link.selectors:
        act(link, state)
        return []
    matched: list[Match] = []
    taken = state.taken.get(state.rule.id, ()) if state.rule else ()
    for match in link.tester.matches(state, taken) if found is None else found:
        matched.append(match)
        state.matched = match
        if link.link.capture and match.captures:
            state.capture(match.captures)
        if link.link.operator.name == "geolookup" and match.captures:
            state.country = match.captures[0]
        if link.acts:
            act(link, state)
    return matched or None


def act(link: ReadyLink, state: State) -> None:
    """Run the actions of a link, once.

    Raises:
        Unjudged: a collection holds as many members as it may.
    """
    for name, key in link.opened:
        state.opened[name] = state.expand(key)[:LONGEST_TEXT]
    for one in link.setvars:
        state.set(one.what, one.name, one.value)
    for taken in link.taken:
        if taken.targets and not state.taken:
            # COST: an action by tag names dozens of rules, and most requests meet one such action.
            state.taken.update(taken.by_rule)
        elif taken.targets:
            for number in taken.ids:
                state.taken[number] = (*state.taken.get(number, ()), *taken.targets)
        else:
            state.removed |= taken.ids
    for name, value in link.switches:
        if name == "ruleengine":
            state.mode = _MODES[value]
        else:
            state.switches[name] = value


def _hit(ready: ReadyRule, state: State, last: Match | None, times: int) -> Hit:
    rule = ready.rule
    return Hit(
        rule=rule.id,
        phase=rule.phase,
        msg=text_of(ready.msg, state),
        severity=rule.severity,
        tags=rule.tags,
        variable="" if last is None else shown(last.name[:LONGEST_VALUE]),
        value=b"" if last is None else last.text[:LONGEST_VALUE],
        transforms=ready.links[-1].link.transforms,
        logdata=text_of(ready.logdata, state),
        times=max(1, times),
        logged=rule.log,
    )


def text_of(template: Template, state: State) -> str:
    """Return a text for people, macros filled in, cut to `LONGEST_TEXT` bytes."""
    if not template:
        return ""
    if len(template) == 1 and isinstance(only := template[0], bytes):
        return _plain(only)
    return shown(state.expand(template)[:LONGEST_TEXT])


@lru_cache(maxsize=1024)
def _plain(text: bytes) -> str:
    """Return a text without macros."""
    return shown(text[:LONGEST_TEXT])


def shown(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is replaced."""
    return data.decode(errors="replace")
