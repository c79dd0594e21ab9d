"""Flows that were recorded of late, as lines between boxes: green passed, red was dropped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from juyong.base.clock import Instant, iso
from juyong.engines.packet import INTERNET
from juyong.engines.packet.addresses import WITH_PORTS
from juyong.services.network.drawing.layout import Box, Layout
from juyong.services.network.showing import end_shown, protocol_text
from juyong.services.network.usage.tables import SeenRow
from juyong.services.network.view import View
from juyong.store.transaction import Transaction

MOST_LINES = 300


class Live(NamedTuple):
    """The flows of the last minutes, the newest first."""

    minutes: int
    rows: Sequence[SeenRow]


NOTHING = Live(0, ())


def live(tx: Transaction, minutes: int, now: Instant) -> Live:
    """Read the flows that were recorded in the last minutes.

    Cost: one read of the pairs of ends between which flows were recorded within a day.
    """
    rows = tx.find(SeenRow, order=("seen_at",), after=("seen_at", now - 60 * minutes))
    return Live(minutes, rows[::-1])


def lines(layout: Layout, found: Live) -> Iterator[str]:
    """Yield a line for each pair, those that were dropped last, so that they are seen."""
    boxes = _boxes(layout)
    for row in sorted(found.rows[:MOST_LINES], key=lambda row: not row.accepted):
        one, other = boxes.get(row.source), boxes.get(row.target)
        if one is None or other is None or one is other:
            continue
        (x1, y1), (x2, y2) = one.middle, other.middle
        bend = 30 + abs(y2 - y1) // 6
        kind = "live" if row.accepted else "stopped"
        yield (f'<path class="{kind}" d="M{x1} {y1}C{x1 - bend} {y1} {x2 - bend} {y2} {x2} {y2}"/>')


def listed(view: View, found: Live) -> Iterator[str]:
    """Yield the flows as a list of HTML."""
    if not found.minutes:
        return
    yield f"<h2>Flows of the last {found.minutes} minutes</h2><ul>"
    for row in found.rows[:MOST_LINES]:
        said = escape(text(view, row))
        yield f"<li>{said}</li>" if row.accepted else f'<li class="idle">{said}</li>'
    if len(found.rows) > MOST_LINES:
        yield f"<li>and {len(found.rows) - MOST_LINES} more</li>"
    yield "</ul>" if found.rows else "<li>None was recorded.</li></ul>"


def text(view: View, row: SeenRow) -> str:
    """Return a flow on one line."""
    port = f"/{row.port}" if row.protocol in WITH_PORTS else ""
    verdict = "passed" if row.accepted else "DROPPED"
    ends = f"{end_shown(view, row.source)} → {end_shown(view, row.target)}"
    packets = "1 packet" if row.packets == 1 else f"{row.packets} packets"
    return f"{ends}  {protocol_text(row.protocol)}{port}  {verdict}, {packets}, {iso(row.seen_at)}"


def _boxes(layout: Layout) -> Mapping[str, Box]:
    found = {name: box for tier in layout.tiers() for name, box in tier.interfaces}
    return found | {INTERNET: layout.internet}
