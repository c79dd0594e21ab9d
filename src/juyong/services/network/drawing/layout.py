"""Where everything stands on the map: VPCs above each other, tiers in them, interfaces in rows.

A tier is the interfaces of one vSwitch that are in the same groups. Lengths are pixels. Boxes are
placed one after the other, so that none covers another, whatever the network holds.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from juyong.engines.packet import Compiled, Interface

WIDTH = 1880
"""The width of the map, which a screen of 1920 pixels shows whole."""
_EDGE, _GAP = 12, 8
_TITLE = 24
_BOX_WIDTH, BOX_HEIGHT = 180, 38


class Box(NamedTuple):
    """A rectangle."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        """The point in the middle."""
        return self.x + self.width // 2, self.y + self.height // 2


class Tier(NamedTuple):
    """A tier: its frame, its groups, and its interfaces with the box of each."""

    box: Box
    vswitch_id: str
    group_ids: tuple[str, ...]
    interfaces: tuple[tuple[str, Box], ...]


class Panel(NamedTuple):
    """A VPC: its frame and its tiers."""

    box: Box
    vpc_id: str
    tiers: tuple[Tier, ...]


class Layout(NamedTuple):
    """The map: the box of the Internet, and the VPCs."""

    height: int
    internet: Box
    panels: tuple[Panel, ...]

    def tiers(self) -> Iterator[Tier]:
        """Yield the tiers of all VPCs."""
        for panel in self.panels:
            yield from panel.tiers


def laid_out(compiled: Compiled) -> Layout:
    """Place all interfaces of a network."""
    internet = Box(WIDTH // 2 - 120, _EDGE, 240, BOX_HEIGHT)
    top = internet.y + internet.height + 3 * _GAP
    panels = []
    for vpc in compiled.parts.network.vpcs:
        panel = _panel(compiled, vpc.id, top)
        panels.append(panel)
        top = panel.box.y + panel.box.height + 2 * _GAP
    return Layout(top + _EDGE, internet, tuple(panels))


def _panel(compiled: Compiled, vpc_id: str, top: int) -> Panel:
    parts = compiled.parts
    found: dict[tuple[str, tuple[str, ...]], list[Interface]] = defaultdict(list)
    for interface in parts.interfaces.values():
        if parts.home[interface.id].vpc_id == vpc_id:
            key = interface.vswitch_id, tuple(sorted(interface.group_ids))
            found[key].append(interface)
    below = top + _TITLE
    tiers = []
    for (vswitch_id, group_ids), members in sorted(found.items()):
        tier = _tier(vswitch_id, group_ids, members, below)
        tiers.append(tier)
        below = tier.box.y + tier.box.height + _GAP
    width = WIDTH - 2 * _EDGE
    return Panel(Box(_EDGE, top, width, below - top + _GAP), vpc_id, tuple(tiers))


def _tier(vswitch_id: str, group_ids: tuple[str, ...], members: list[Interface], top: int) -> Tier:
    left = 2 * _EDGE
    width = WIDTH - 2 * left
    per_row = (width - _GAP) // (_BOX_WIDTH + _GAP)
    boxes = []
    for at, interface in enumerate(sorted(members, key=lambda each: each.addresses)):
        row, column = divmod(at, per_row)
        x = left + _GAP + column * (_BOX_WIDTH + _GAP)
        y = top + _TITLE + row * (BOX_HEIGHT + _GAP)
        boxes.append((interface.id, Box(x, y, _BOX_WIDTH, BOX_HEIGHT)))
    rows = -(-len(members) // per_row)
    height = _TITLE + rows * (BOX_HEIGHT + _GAP)
    return Tier(Box(left, top, width, height), vswitch_id, group_ids, tuple(boxes))
