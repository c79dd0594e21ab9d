"""The flows that a Terraform plan opens and closes in the networks that exist."""

from collections import defaultdict

from juyong.api.command import BadInput, OperatorError
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId
from juyong.engines.packet import Changes
from juyong.services.network.answers import Changed
from juyong.services.network.past import then
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.planning.applying import Applied, applied
from juyong.services.network.planning.plan import BadPlan, plan_of
from juyong.services.network.planning.sketch import World
from juyong.services.network.public.tables import EipRow, NatRow
from juyong.services.network.showing import flow_shown
from juyong.services.network.tables import AddressRow, InterfaceRow, VpcRow
from juyong.services.network.view import Thing, View, printable, view
from juyong.store.transaction import Transaction


def compared(tx: Transaction, data: bytes) -> Changed:
    """Compare the networks of all accounts with the same ones after a plan.

    Raises:
        BadInput: the bytes are no plan.
        OperatorError: a part of the networks is refused, so that flows of it are not known.
    """
    now = whole(view(tx))
    after = planned(tx, now, data)
    changes = Changes(now.picture.compiled, after.compiled)
    then = seen_after(now, after)
    return Changed(
        opened=tuple(flow_shown(then, changes.after, each) for each in changes.opened()),
        closed=tuple(flow_shown(now, changes.before, each) for each in changes.closed()),
        unknown=tuple(map(printable, after.unknown)),
        assumed=tuple(map(printable, after.assumed)),
    )


def since(tx: Transaction, at: Instant) -> Changed:
    """Compare the networks of an instant with those of now.

    Raises:
        OperatorError: the networks of then are not known, or a part of either is refused.
    """
    before, now = whole(view(then(tx, at))), whole(view(tx))
    changes = Changes(before.picture.compiled, now.picture.compiled)
    return Changed(
        opened=tuple(flow_shown(now, changes.after, each) for each in changes.opened()),
        closed=tuple(flow_shown(before, changes.before, each) for each in changes.closed()),
        unknown=(),
        as_of=iso(at),
    )


def whole(now: View) -> View:
    """Return a view in which the packet engine accepts every part.

    Raises:
        OperatorError: a part is refused.
    """
    if now.picture.left_out:
        first = now.picture.left_out[0]
        raise OperatorError(f"`{first.id}` is refused: {first.reason}; see juyong check")
    return now


def planned(tx: Transaction, now: View, data: bytes) -> Applied:
    """Apply a plan, as Terraform wrote it, to the networks.

    Raises:
        BadInput: the bytes are no plan.
    """
    try:
        plan = plan_of(data)
    except BadPlan as reason:
        raise BadInput(str(reason)) from None
    return applied(now.picture.compiled.parts.network, plan, _world(tx, now))


def seen_after(now: View, after: Applied) -> View:
    """Return the view of the networks after a plan: new things have their names in the plan."""
    things, instances = dict(now.things), dict(now.instances)
    instance_of = dict(now.instance_of)
    no_account = AccountId("")
    things |= {name: Thing(address, no_account) for name, address in after.names.items()}
    for address, each in after.planned.items():
        if each.interface_id in now.things:
            continue  # One that exists, and moves.
        things[address] = Thing(each.name, no_account)
        instances[address] = (each.interface_id,)
        instance_of[each.interface_id] = address
    picture = now.picture._replace(compiled=after.compiled)
    return View(picture, things, instances, instance_of)


def _world(tx: Transaction, now: View) -> World:
    taken: dict[str, set[int]] = defaultdict(set)
    for address in tx.find(AddressRow):
        taken[address.vswitch_id].add(address.number)
    leaving: dict[str, list[str]] = defaultdict(list)
    for card in tx.find(InterfaceRow):
        if card.instance_id and (card.is_primary or card.delete_on_release):
            leaving[card.instance_id].append(card.interface_id)
    nats = tx.find(NatRow)
    return World(
        primaries={name: interfaces[0] for name, interfaces in now.instances.items()},
        leaving={name: tuple(each) for name, each in leaving.items()},
        eip_addresses={row.allocation_id: row.address for row in tx.find(EipRow)},
        system_tables={row.vpc_id: row.table_id for row in tx.find(VpcRow)},
        snat_tables={row.snat_table_id: row.nat_id for row in nats},
        forward_tables={row.forward_table_id: row.nat_id for row in nats},
        peerings={
            row.peering_id: (row.vpc_id, row.accepting_vpc_id) for row in tx.find(PeeringRow)
        },
        taken={name: frozenset(each) for name, each in taken.items()},
        accounts={row.vpc_id: row.account_id for row in tx.find(VpcRow)},
    )
