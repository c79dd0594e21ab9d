"""Apply a Terraform plan to a network.

What names another thing is made after that thing, whatever the order of the plan. Entries that go
are taken out first, then everything is made and changed, and things that others may name go last,
as Terraform does. A change that may open or close a flow and is not judged is named, never passed
over, and leaves the network as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from juyong.engines.packet import Compiled, Network, PacketError
from juyong.services.network.planning.interfaces import INTERFACES
from juyong.services.network.planning.item import Item, Kind
from juyong.services.network.planning.places import PLACES, ROUTES
from juyong.services.network.planning.plan import Plan, ResourceChange
from juyong.services.network.planning.public import GATEWAYS, PUBLIC
from juyong.services.network.planning.references import Reference, References
from juyong.services.network.planning.rules import RULES
from juyong.services.network.planning.sketch import (
    Planned,
    Sketch,
    Unjudged,
    World,
    told_apart,
)

_KINDS: dict[str, Kind] = PLACES | RULES | GATEWAYS | INTERFACES | ROUTES | PUBLIC
"""The types that are judged, in an order in which no type names a later one."""
_ORDER = {name: number for number, name in enumerate(_KINDS)}
_HARMLESS = (
    *("alicloud_ram_", "alicloud_oss_", "alicloud_kms_", "alicloud_log_", "alicloud_actiontrail"),
    *("alicloud_ecs_key_pair", "alicloud_key_pair", "alicloud_resource_manager_", "alicloud_cms_"),
    *("alicloud_ecs_disk", "alicloud_disk", "alicloud_ecs_snapshot", "alicloud_snapshot"),
    *("alicloud_ecs_command", "alicloud_ecs_invocation", "alicloud_vpc_flow_log"),
    *("alicloud_ecs_network_interface_attachment", "alicloud_network_interface_attachment"),
)
"""Beginnings of types that carry and judge no packet."""
_NOTHING = frozenset({"no-op", "read", "forget"})


class Applied(NamedTuple):
    """The network after a plan.

    unknown: The changes that are not judged, each with the reason. assumed: The facts that the plan
    does not state and that the judgement assumes. planned: New instances and interfaces, by the
    address of their resource; names: The same address of other new things, by id.
    """

    compiled: Compiled
    unknown: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    planned: Mapping[str, Planned] = {}
    names: Mapping[str, str] = {}


def applied(network: Network, plan: Plan, world: World) -> Applied:
    """Apply a plan to a network; what is refused or not judged is left as it was, and named.

    Cost: one compilation; where the packet engine refuses a part, one for each change.
    """
    try:
        return _Applying(network, plan, world, careful=False).result()
    except PacketError:
        return _Applying(network, plan, world, careful=True).result()


def _stays(each: ResourceChange) -> bool:
    return each.change.actions != ["delete"]


class _Applying:
    """careful: Each change is compiled by itself, so that one which does not fit is found."""

    def __init__(self, network: Network, plan: Plan, world: World, *, careful: bool) -> None:
        self.sketch = Sketch(network, world)
        self.references = References(plan)
        self.plan = plan.resource_changes
        # A deposed object has the address of the one that replaced it, which others name.
        self.changes = {each.address: each for each in sorted(self.plan, key=_stays)}
        self.careful = careful
        self.unknown: dict[str, list[str]] = {}
        self._made: dict[str, Mapping[str, str]] = {}
        self._begun: set[str] = set()

    def result(self) -> Applied:
        """Apply all changes.

        Raises:
            PacketError: the parts do not fit, unless careful.
        """
        judged = sorted(self._judged(), key=lambda each: _ORDER[each.type])
        for each in reversed(judged):
            self._remove(each, last=False)
        for each in judged:
            if "create" in each.change.actions:
                self._make(each)
            elif "update" in each.change.actions:
                self._update(each)
        for each in reversed(judged):
            self._remove(each, last=True)
        sketch = self.sketch
        compiled = Compiled(sketch.network)
        self._doubt()
        places = {each.address: number for number, each in enumerate(self.plan)}
        unknown = sorted(self.unknown.items(), key=lambda pair: places[pair[0]])
        return Applied(
            compiled,
            tuple(f"{name}: {each}" for name, found in unknown for each in found),
            tuple(f"{name}: {each}" for name, each in sketch.assumed.items()),
            sketch.planned,
            sketch.names,
        )

    def _judged(self) -> Iterator[ResourceChange]:
        for each in self.plan:
            actions = set(each.change.actions) - _NOTHING
            if not actions or each.mode != "managed" or not each.type.startswith("alicloud_"):
                continue
            if each.type.startswith(_HARMLESS) and each.type not in _KINDS:
                continue
            if each.type in _KINDS:
                yield each
            else:
                said = " and ".join(sorted(actions))
                self._name(each, f"`{said}` of `{each.type}` is not judged")

    def _doubt(self) -> None:
        """Name the new interfaces whose address matters and is not known."""
        held = {each.id: each for each in self.sketch.network.interfaces}
        for address in self.sketch.assumed:
            planned = self.sketch.planned.get(address)
            if planned is None or planned.interface_id not in held:
                continue
            interface = held[planned.interface_id]
            if told_apart(self.sketch, interface):
                self._name(
                    self.changes[address],
                    f"judged at {interface.addresses[0]}, and rules tell that address from others"
                    f" of `{interface.vswitch_id}`",
                )

    # -- steps -----------------------------------------------------------------------------------

    def _remove(self, each: ResourceChange, *, last: bool) -> None:
        kind, before = _KINDS[each.type], each.change.before or {}
        if kind.last != last:
            return
        again = "update" in each.change.actions and not last and kind.change is None
        if "delete" in each.change.actions or (again and self._differs(each)):
            self._try(each, lambda: kind.remove(self.sketch, before))

    def _make(self, each: ResourceChange) -> None:
        if each.address in self._begun:
            return
        self._begun.add(each.address)

        def make() -> None:
            self._made[each.address] = _KINDS[each.type].make(self.sketch, self._item(each))

        self._try(each, make)

    def _update(self, each: ResourceChange) -> None:
        kind = _KINDS[each.type]
        if not self._differs(each):
            return
        change = kind.change
        if change is not None:
            self._try(each, lambda: change(self.sketch, self._item(each)))
        elif kind.last:
            self._name(each, f"`update` of `{each.type}` is not judged")
        else:
            self._make(each)

    def _differs(self, each: ResourceChange) -> bool:
        """Tell whether an update changes what judges or carries packets."""
        before, after = each.change.before or {}, each.change.after or {}
        item = self._item(each)
        return any(
            item.waits(name) or (name in after and before.get(name) != after[name])
            for name in _KINDS[each.type].matters
        )

    def _try(self, each: ResourceChange, step: Callable[[], None]) -> None:
        held, made = self.sketch.network, set(self._made)
        try:
            step()
            if self.careful:
                Compiled(self.sketch.network)
        except (Unjudged, PacketError) as reason:
            self.sketch.network = held
            self._name(each, str(reason))
            # What was made on the way, since the change names it, is made again.
            lost = [name for name in self._made if name not in made]
            for name in lost:
                del self._made[name]
            for name in lost:
                if name != each.address:
                    self._begun.discard(name)
                    self._make(self.changes[name])

    def _name(self, each: ResourceChange, reason: str) -> None:
        self.unknown.setdefault(each.address, []).append(reason)

    def _item(self, each: ResourceChange) -> Item:
        change = each.change
        return Item(
            each.address, change.after or {}, change.after_unknown, self.references, self._worth
        )

    # -- what others name ------------------------------------------------------------------------

    def _worth(self, reference: Reference) -> list[str]:
        """Return the value of an attribute of what a reference names, made first if it is new.

        Raises:
            Unjudged: it is not known, is not judged, or is several things.
        """
        address = reference.address
        found = [address] if address in self.changes else []
        found = found or [each for each in self.changes if each.startswith(f"{address}[")]
        if not found:
            raise Unjudged(f"the plan does not say which `{address}` is meant")
        return [self._attribute(each, reference.attribute or "id") for each in found]

    def _attribute(self, address: str, name: str) -> str:
        each = self.changes[address]
        known = (each.change.after or {}).get(name)
        if isinstance(known, str) and known:
            return known
        if each.type in _KINDS and "create" in each.change.actions:
            self._make(each)
            if name in (made := self._made.get(address, {})):
                return made[name]
        item = self._item(each)
        if item.waits(name):
            return item.text(name)
        raise Unjudged(f"`{name}` of `{address}` is not known before it is made")
