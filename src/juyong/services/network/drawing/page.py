"""The map as one page of HTML: a drawing, what each interface reaches, and the rules.

SECURITY: names come from users. They enter the page escaped, or as JSON without `<`; a policy in
the page lets no other script run than the one here, and nothing is loaded.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple
from unicodedata import east_asian_width

import msgspec

from juyong.engines.packet import INTERNET, Flows
from juyong.services.network.drawing.layout import WIDTH, Box, Layout, Tier, laid_out
from juyong.services.network.drawing.live import NOTHING, Live, lines, listed
from juyong.services.network.drawing.script import SCRIPT, STYLE
from juyong.services.network.questions import exposed, unused
from juyong.services.network.showing import Words, span_text
from juyong.services.network.view import View

MOST_BYTES = 2_000_000
_HOW = "Click an interface: green is reached, red is not."
_TOO_MANY = "Too many flows for a page: ask juyong net paths."
_MOST_LINES = 300
_LETTER = 6.7
"""The width of a letter of 11 pixels, in the widest usual font of even letters."""
_INSIDE = 7


class Page(NamedTuple):
    """The map, and how much is on it."""

    text: str
    interfaces: int
    flows: int


class _Reached(NamedTuple):
    """The flows: `pairs` are targets and words, by source: a place in `names`; -1: the Internet."""

    names: list[str]
    words: list[str]
    pairs: dict[int, dict[int, list[int]]]
    flows: int


def page(view: View, seen: Live = NOTHING) -> Page:
    """Draw all networks, and the flows that were recorded of late.

    Cost: as `Flows.all`; where the page would have two million bytes, the flows of single
    interfaces are left out, and then the rules.
    """
    layout = laid_out(view.picture.compiled)
    names = [name for tier in layout.tiers() for name, _ in tier.interfaces]
    reached = _reached(view, names)
    few = reached._replace(pairs={}, words=[])
    for flows, rules in ((reached, True), (few, True), (few, False)):
        text = _text(view, layout, flows, seen, rules=rules)
        if len(text.encode()) < MOST_BYTES:
            break
    return Page(text, len(names), reached.flows)


def _reached(view: View, names: list[str]) -> _Reached:
    flows = Flows(view.picture.compiled)
    number = {name: at for at, name in enumerate(names)} | {INTERNET: -1}
    words: dict[str, int] = {}
    pairs: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    count = 0
    spans: dict[int, int] = {}
    for flow in flows.all():
        count += 1
        at = spans.get(flow.kinds)
        if at is None:
            text = ", ".join(map(span_text, flows.kinds.spans(flow.kinds)))
            at = spans[flow.kinds] = words.setdefault(text, len(words))
        pairs[number[flow.source]][at].append(number[flow.target])
    return _Reached(names, list(words), pairs, count)


def _text(view: View, layout: Layout, reached: _Reached, seen: Live, *, rules: bool) -> str:
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    data = {
        "words": reached.words,
        "pairs": {
            str(source): {str(at): _ranges(targets) for at, targets in each.items()}
            for source, each in reached.pairs.items()
        },
    }
    said = msgspec.json.encode(data).decode().replace("<", "\\u003c")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            f"<title>Networks</title><style>{STYLE}</style></head><body>",
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{layout.height}">',
            *_drawn(view, layout, reached, seen),
            "</svg>",
            f'<p id="told">{_HOW if reached.pairs or not reached.flows else _TOO_MANY}</p>',
            *listed(view, seen),
            *(_rules(view) if rules else ["<p>Too many rules for a page.</p>"]),
            f'<script type="application/json" id="flows">{said}</script>',
            f"<script>{SCRIPT}</script>",
            "</body></html>",
            "",
        ]
    )


def _drawn(view: View, layout: Layout, reached: _Reached, seen: Live) -> Iterator[str]:
    open_ports: dict[str, list[str]] = defaultdict(list)
    for each in exposed(view).exposed:
        open_ports[each.interface].append(f"tcp/{each.public_port}")
    for panel in layout.panels:
        yield _frame("vpc", panel.box, view.named(panel.vpc_id))
    for tier in layout.tiers():
        groups = ", ".join(map(view.named, tier.group_ids))
        yield _frame("tier", tier.box, f"{view.named(tier.vswitch_id)}: {groups}")
    yield from _lines(layout, reached)
    yield from lines(layout, seen)
    yield _label("internet", layout.internet, -1, ("Internet", "all public addresses"), "")
    at = 0
    for tier in layout.tiers():
        for name, box in tier.interfaces:
            addresses = view.picture.compiled.parts.interfaces[name].addresses
            shown = view.things.get(view.instance_of.get(name, name))
            first = (shown.name if shown else "") or view.instance_of.get(name, name)
            ports = open_ports[name]
            told = f"{view.shown(name)} {name}" + (f", open: {', '.join(ports)}" if ports else "")
            kind = "open" if ports else "closed"
            yield _label(kind, box, at, (first, ", ".join(map(str, addresses))), told)
            at += 1


def _lines(layout: Layout, reached: _Reached) -> Iterator[str]:
    """Yield a line for each pair of tiers where the first tier reaches the second."""
    tier_of: dict[int, Tier | None] = {-1: None}
    for tier in layout.tiers():
        for _ in tier.interfaces:
            tier_of[len(tier_of) - 1] = tier
    found = {
        (_middle(layout, tier_of[source]), _middle(layout, tier_of[target]))
        for source, each in reached.pairs.items()
        for targets in each.values()
        for target in targets
    }
    for (x1, y1), (x2, y2) in sorted(found)[:_MOST_LINES]:
        bend = 40 + abs(y2 - y1) // 4
        if (x1, y1) != (x2, y2):
            yield f'<path class="flow" d="M{x1} {y1}C{x1 + bend} {y1} {x2 + bend} {y2} {x2} {y2}"/>'


def _middle(layout: Layout, tier: Tier | None) -> tuple[int, int]:
    return layout.internet.middle if tier is None else (tier.box.x + 20, tier.box.middle[1])


def _frame(kind: str, box: Box, title: str) -> str:
    words = shortened(title, box.width)
    return (
        f'<rect class="{kind}" {_place(box)}/>'
        f'<text class="title" x="{box.x + _INSIDE}" y="{box.y + 16}">{escape(words)}</text>'
    )


def _label(kind: str, box: Box, number: int, lines: tuple[str, str], told: str) -> str:
    texts = "".join(
        f'<text x="{box.x + _INSIDE}" y="{box.y + 15 + 15 * at}">'
        f"{escape(shortened(line, box.width))}</text>"
        for at, line in enumerate(lines)
    )
    return (
        f'<g class="label {kind}" data-n="{number}"><title>{escape(told)}</title>'
        f"<rect {_place(box)}/>{texts}</g>"
    )


def _place(box: Box) -> str:
    return f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="3"'


def shortened(text: str, width: int) -> str:
    """Return as much of a text as a box of a width shows; control characters are left out."""
    room = int((width - 2 * _INSIDE) / _LETTER)
    taken = 0
    found: list[str] = []
    for letter in text:
        if not letter.isprintable():
            continue
        taken += 2 if east_asian_width(letter) in ("W", "F") else 1
        if taken > room:
            return "".join(found[:-1]) + "…"
        found.append(letter)
    return "".join(found)


def _rules(view: View) -> Iterator[str]:
    """Yield the rules of each group, those that decide nothing marked."""
    words = Words(view.picture.compiled)
    idle = {each.id: each.why for each in unused(view).rules}
    yield "<h2>Rules</h2>"
    for group in view.picture.compiled.parts.network.groups:
        title = f"{view.named(group.id)}, {len(group.rules)} rules"
        yield f"<details><summary>{escape(title)}</summary>"
        yield "<ul>"
        for rule in group.rules:
            why = idle.get(rule.id)
            said = escape(f"{rule.id}: {words.rules[rule.id]}")
            yield f'<li class="idle">{said}: {escape(why)}</li>' if why else f"<li>{said}</li>"
        yield "</ul></details>"


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as runs of their first and last."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] + 1 == number:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
