"""The networks of all accounts as people ask about them: with names, owners and instances."""

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from juyong.base.ids import AccountId
from juyong.services.network.picture import Picture, Rows, picture
from juyong.services.network.tables import GroupRow, InstanceRow, InterfaceRow, VpcRow, VSwitchRow


class Thing(NamedTuple):
    """The name, which may be empty, and the owner of a VPC, vSwitch, group, interface, instance."""

    name: str
    account_id: AccountId


class View(NamedTuple):
    """All networks, the things in them by id, and the interfaces of instances, primary first."""

    picture: Picture
    things: Mapping[str, Thing]
    instances: Mapping[str, tuple[str, ...]]
    instance_of: Mapping[str, str] = MappingProxyType({})
    """The instance of each interface that has one."""

    def named(self, thing_id: str) -> str:
        """Return an id with its name, such as `vpc-1 (shop)`.

        SECURITY: names come from users, and the ids of what a plan makes from its author; without
        control characters, they say nothing to a terminal.
        """
        thing = self.things.get(thing_id)
        name = printable(thing.name) if thing is not None else ""
        return f"{printable(thing_id)} ({name})" if name else printable(thing_id)

    def shown(self, interface_id: str) -> str:
        """Return how people name an interface: by its instance, where it has one."""
        return self.named(self.instance_of.get(interface_id, interface_id))


def printable(text: str) -> str:
    """Return a text without what a terminal would obey."""
    return "".join(filter(str.isprintable, text))


def view(tx: Rows) -> View:
    """Read all networks, and what people call their parts.

    Cost: one read a table.
    """
    things: dict[str, Thing] = {}
    things |= {row.vpc_id: Thing(row.vpc_name, row.account_id) for row in tx.find(VpcRow)}
    things |= {
        row.vswitch_id: Thing(row.vswitch_name, row.account_id) for row in tx.find(VSwitchRow)
    }
    things |= {row.group_id: Thing(row.group_name, row.account_id) for row in tx.find(GroupRow)}
    things |= {
        row.instance_id: Thing(row.instance_name, row.account_id) for row in tx.find(InstanceRow)
    }
    instances: dict[str, list[InterfaceRow]] = defaultdict(list)
    for row in tx.find(InterfaceRow, order=("interface_id",)):
        things[row.interface_id] = Thing(row.interface_name, row.account_id)
        if row.instance_id:
            things.setdefault(row.instance_id, Thing("", row.account_id))
            instances[row.instance_id].append(row)
    interfaces = {
        name: tuple(
            row.interface_id
            for row in sorted(rows, key=lambda row: (not row.is_primary, row.device_index))
        )
        for name, rows in instances.items()
    }
    instance_of = {each: name for name, found in interfaces.items() for each in found}
    return View(picture(tx), things, interfaces, instance_of)
