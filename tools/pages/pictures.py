"""Pictures, drawn from texts: rows of boxes, and arrows between them.

A text is `docs/images/NAME.toml`:

    title = "The title, for people and screen readers"
    text = "The picture in sentences, for screen readers"
    rows = [[{id = "one", name = "One", text = "more about it", kind = "gate"}]]
    arrows = [{from = "one", to = "other", label = "by this", kind = "deny"}]

A box has a name and may have a text, which is wrapped; its kind is `box`, `gate` (decides) or
`store` (keeps). An arrow may have a label, and the kind `deny`. Rows stand below each other; an
arrow joins boxes of one row side by side, or boxes of two rows.
"""

import textwrap
import tomllib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import msgspec

_WIDTH, _MARGIN, _BETWEEN, _BELOW, _CLOSE = 1000, 16, 84, 54, 12
_WIDEST, _LINE, _HEAD = 290, 16, 30
_LETTER = 6.3
"""Width of a letter of 12 pixels, of the widest usual fonts."""
_STYLE = """\
    :root { color-scheme: light dark; }
    text { font: 12px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif; fill: #57606a; text-anchor: middle; }
    .name { font-size: 14px; font-weight: 600; fill: #1f2328; }
    .label { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; }
    .box { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.2; }
    .gate { fill: #fff8e5; stroke: #9a6700; stroke-width: 1.6; }
    .store { fill: #eaf6ed; stroke: #1a7f37; stroke-width: 1.4; }
    .line { fill: none; stroke: #57606a; stroke-width: 1.4; marker-end: url(#tip); }
    .deny { fill: none; stroke: #cf222e; stroke-width: 1.4; marker-end: url(#denytip); }
    .tip { fill: #57606a; }
    .denytip { fill: #cf222e; }
    @media (prefers-color-scheme: dark) {
      text { fill: #9198a1; }
      .name { fill: #e6edf3; }
      .label { stroke: #0d1117; }
      .box { fill: #161b22; stroke: #9198a1; }
      .gate { fill: #2b230c; stroke: #d29922; }
      .store { fill: #12261a; stroke: #3fb950; }
      .line { stroke: #9198a1; }
      .tip { fill: #9198a1; }
    }"""  # noqa: E501  # as a browser reads it
_TIP = '<marker id="{0}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="{0}" d="M0 0 8 4 0 8z"/></marker>'  # noqa: E501


class Box(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A thing of a picture."""

    id: str
    name: str
    text: str = ""
    kind: str = "box"


class Arrow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that goes from a box to another one."""

    start: str = msgspec.field(name="from")
    to: str
    label: str = ""
    kind: str = "line"


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text that is drawn."""

    title: str
    text: str
    rows: list[list[Box]]
    arrows: list[Arrow] = []


class Placed(msgspec.Struct, frozen=True):
    """A box with its place in pixels."""

    box: Box
    lines: list[str]
    row: int
    x: float
    y: float
    width: float
    height: float


def drawn_in(folder: Path) -> dict[Path, str]:
    """Return the drawing of each text in a folder."""
    texts = sorted(folder.glob("*.toml"))
    return {each.with_suffix(".svg"): drawing(read(each)) for each in texts}


def read(path: Path) -> Picture:
    """Read a text.

    Raises:
        msgspec.ValidationError: the text has no such form.
    """
    members: dict[str, Any] = tomllib.loads(path.read_text())
    return msgspec.convert(members, Picture)


def drawing(picture: Picture) -> str:
    """Draw a picture as an SVG of one file, which loads nothing."""
    placed = placed_boxes(picture)
    height = max(each.y + each.height for each in placed.values()) + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        'role="img" aria-labelledby="t d">'
    )
    return "\n".join(
        [
            head,
            f'  <title id="t">{escape(picture.title)}</title>',
            f'  <desc id="d">{escape(picture.text)}</desc>',
            f"  <style>\n{_STYLE}\n  </style>",
            f"  <defs>{_TIP.format('tip')}{_TIP.format('denytip')}</defs>",
            *(f"  {line}" for each in placed.values() for line in _box(each)),
            *(f"  {line}" for line in _arrows(picture.arrows, placed)),
            "</svg>\n",
        ]
    )


def placed_boxes(picture: Picture) -> dict[str, Placed]:
    """Return each box with its place, by its id."""
    placed: dict[str, Placed] = {}
    top = float(_MARGIN)
    for number, row in enumerate(picture.rows):
        between = _BETWEEN if _joined(row, picture.arrows) else _MARGIN
        room = _WIDTH - 2 * _MARGIN - between * (len(row) - 1)
        width = min(room / len(row), _WIDEST)
        left = (_WIDTH - width * len(row) - between * (len(row) - 1)) / 2
        lines = [textwrap.wrap(box.text, int((width - 16) / _LETTER)) for box in row]
        height = _HEAD + _LINE * max(map(len, lines))
        for box, wrapped in zip(row, lines, strict=True):
            placed[box.id] = Placed(box, wrapped, number, left, top, width, height)
            left += width + between
        top += height + (_BELOW if picture.arrows else _CLOSE)
    return placed


def _joined(row: Iterable[Box], arrows: Iterable[Arrow]) -> bool:
    ids = {box.id for box in row}
    return any({arrow.start, arrow.to} <= ids for arrow in arrows)


def _box(at: Placed) -> Iterator[str]:
    middle = at.x + at.width / 2
    yield (
        f'<rect class="{at.box.kind}" x="{at.x:.0f}" y="{at.y:.0f}" width="{at.width:.0f}" '
        f'height="{at.height:.0f}" rx="8"/>'
    )
    yield f'<text class="name" x="{middle:.0f}" y="{at.y + 20:.0f}">{escape(at.box.name)}</text>'
    for number, line in enumerate(at.lines):
        y = at.y + 20 + _LINE * (number + 1)
        yield f'<text x="{middle:.0f}" y="{y:.0f}">{escape(line)}</text>'


def _arrows(arrows: list[Arrow], placed: dict[str, Placed]) -> Iterator[str]:
    for arrow in arrows:
        start, end = placed[arrow.start], placed[arrow.to]
        if start.row == end.row:
            forward = start.x < end.x
            x1 = start.x + start.width if forward else start.x
            x2 = end.x if forward else end.x + end.width
            y1 = y2 = start.y + start.height / 2
            label = (x1 + x2) / 2, y1 - 7
        else:
            down = start.row < end.row
            x1, x2 = _door(arrow, start, arrows, placed), _door(arrow, end, arrows, placed)
            y1 = start.y + start.height if down else start.y
            y2 = end.y if down else end.y + end.height
            label = (x1 + x2) / 2, (y1 + y2) / 2 + 4
        yield f'<path class="{arrow.kind}" d="M{x1:.0f} {y1:.0f} L{x2:.0f} {y2:.0f}"/>'
        if arrow.label:
            place = f'x="{label[0]:.0f}" y="{label[1]:.0f}"'
            yield f'<text class="label" {place}>{escape(arrow.label)}</text>'


def _door(arrow: Arrow, at: Placed, arrows: list[Arrow], placed: dict[str, Placed]) -> float:
    """Return where an arrow meets the upper or lower side of a box, with those beside it."""

    def other(each: Arrow) -> Placed:
        return placed[each.to if each.start == at.box.id else each.start]

    below = other(arrow).row > at.row
    beside = [
        each
        for each in arrows
        if at.box.id in (each.start, each.to)
        and other(each).row != at.row
        and (other(each).row > at.row) == below
    ]
    beside.sort(key=lambda each: (other(each).x, each.start))
    return at.x + at.width * (beside.index(arrow) + 1) / (len(beside) + 1)
