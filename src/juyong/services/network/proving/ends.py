"""The ends of assertions: things by name or tag, blocks of addresses, the Internet."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from juyong.api.command import BadInput
from juyong.engines.packet import INTERNET, Address, BadAddress, BadCidr, Cidr, covered
from juyong.engines.packet.topology import PLATFORM_BLOCKS
from juyong.services.network.view import View
from juyong.store.tags import TagRow
from juyong.store.transaction import Transaction

Run = tuple[int, int]
Tags = Mapping[str, Mapping[str, str]]
"""The tags of each instance and interface that has some."""
_TYPES = ("ACS::ECS::Instance", "ACS::ECS::NetworkInterface")
_TAG = "tag:"
_ALL: Run = (0, (1 << 32) - 1)


class Ends(NamedTuple):
    """One side of an assertion.

    units: The interfaces of each instance, or one interface, by its id. block: Addresses, in place
    of units. outside: Addresses of the Internet are meant too.
    """

    said: str
    units: Mapping[str, frozenset[str]] = {}
    block: Cidr | None = None
    outside: bool = False

    @property
    def interfaces(self) -> frozenset[str]:
        """The interfaces that are named."""
        return frozenset().union(*self.units.values())

    def has(self, interface: str, version: int, number: int) -> bool:
        """Tell whether an interface is meant with an address."""
        if self.block is None:
            return interface in self.interfaces
        return self.block.holds(Address(version, number))

    def meant(self, runs: Iterable[Run]) -> tuple[Run, ...]:
        """Return the part of runs of public addresses that is meant."""
        if not self.outside:
            return ()
        first, last = _ALL if self.block is None else (self.block.first, self.block.last)
        cut = [(max(one, first), min(other, last)) for one, other in runs]
        return tuple(run for run in cut if covered([run]) > 0)


def tags(tx: Transaction) -> Tags:
    """Read the tags of all instances and interfaces."""
    found: dict[str, dict[str, str]] = {}
    for kind in _TYPES:
        for row in tx.find(TagRow, resource_type=kind):
            found.setdefault(row.resource_id, {})[row.tag_key] = row.tag_value
    return found


def ends_of(view: View, held: Tags, text: str) -> Ends:
    """Find what an end of an assertion names.

    Raises:
        BadInput: nothing has the name, several things have, or it is a block that is not judged.
    """
    if text == INTERNET:
        return Ends(text, outside=True)
    if text.startswith(_TAG):
        key, equals, value = text.removeprefix(_TAG).partition("=")
        fitting = [
            name
            for name, each in held.items()
            if key in each and (not equals or each[key] == value)
        ]
        return Ends(text, _units(view, fitting))
    block = _block(text)
    if block is not None:
        return Ends(text, block=block, outside=block.version == 4)  # noqa: PLR2004
    return Ends(text, _units(view, _named(view, text)))


def _block(text: str) -> Cidr | None:
    """Return the block that a text is, if it is one."""
    try:
        block = Cidr.parse(text)
    except BadCidr as reason:
        try:
            Address.parse(text.partition("/")[0])
        except BadAddress:
            return None  # The name of something.
        raise BadInput(str(reason)) from None
    if any(each.version == block.version and each.holds(_first(block)) for each in PLATFORM_BLOCKS):
        raise BadInput(f"`{text}` is of the platform, whose addresses no rule judges")
    return block


def _first(block: Cidr) -> Address:
    return Address(block.version, block.first)


def _named(view: View, text: str) -> list[str]:
    """Return the things of an id or a name: of a name, only the instances where there are any."""
    known = view.picture.compiled.parts.interfaces
    if text in view.things or text in known:
        return [text]
    fitting = [each for each, thing in view.things.items() if thing.name == text]
    instances = [each for each in fitting if each in view.instances]
    found = instances or fitting
    if not found:
        raise BadInput(f"there is no instance, interface, group, vSwitch or VPC `{text}`")
    if not instances and len(found) > 1:
        raise BadInput(f"`{text}` can mean {', '.join(sorted(found))}: say the id")
    return found


def _units(view: View, names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the instances and interfaces that things hold: those of a group are its members."""
    parts = view.picture.compiled.parts
    wanted = set(names)
    found: dict[str, set[str]] = {}
    for interface in parts.interfaces.values():
        vswitch = parts.home[interface.id]
        instance = view.instance_of.get(interface.id, interface.id)
        holders = {interface.id, instance, vswitch.id, vswitch.vpc_id, *interface.group_ids}
        if wanted & holders:
            found.setdefault(instance, set()).add(interface.id)
    return {name: frozenset(each) for name, each in sorted(found.items())}
