"""The flows that a Terraform plan opens and closes in the networks that exist."""

from juyong.api.command import BadInput, OperatorError
from juyong.engines.packet import Changes
from juyong.services.network.answers import Changed
from juyong.services.network.plans import Applied, BadPlan, World, applied, plan_of
from juyong.services.network.public.tables import EipRow
from juyong.services.network.showing import flow_shown
from juyong.services.network.view import View, view
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
    return Changed(
        opened=tuple(flow_shown(now, changes.after, each) for each in changes.opened()),
        closed=tuple(flow_shown(now, changes.before, each) for each in changes.closed()),
        unknown=after.unknown,
    )


def whole(now: View) -> View:
    """Return a view of which the packet engine refuses nothing.

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
    world = World(
        {name: interfaces[0] for name, interfaces in now.instances.items()},
        {row.allocation_id: row.address for row in tx.find(EipRow)},
    )
    return applied(now.picture.compiled.parts.network, plan, world)
