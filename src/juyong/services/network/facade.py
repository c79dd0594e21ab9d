"""The door of the networks, for the app, its commands and other services.

`picture` and `view` read all networks; `desired` is the state that the network plane converges to.
"""

from collections import Counter
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from juyong.base.clock import Instant
from juyong.netplane.desired import Desired
from juyong.services.network.machines import machines
from juyong.services.network.picture import Picture, picture
from juyong.services.network.questions import can_reach, exposed, unused
from juyong.services.network.tables import InterfaceRow
from juyong.services.network.usage.keeping import keep_use
from juyong.services.network.usage.tables import ReviewRow, UnusedRow
from juyong.services.network.view import Thing, View, view
from juyong.store.transaction import Transaction

__all__ = [
    "LastReview",
    "Picture",
    "Thing",
    "View",
    "can_reach",
    "desired",
    "exposed",
    "keep_use",
    "last_review",
    "picture",
    "unused",
    "view",
]


def desired(tx: Transaction) -> Desired:
    """Return the networks of all accounts, and the machines that run in them.

    An interface that the packet engine refuses is in no network, so that a machine runs without the
    interface; a machine with no other interface does not run.

    Cost: one read a table.
    """
    network = picture(tx).compiled.parts.network
    known = {each.id for each in network.interfaces}
    found = tuple(
        replace(each, interface_ids=tuple(name for name in each.interface_ids if name in known))
        for each in machines(tx)
    )
    macs = {row.interface_id: row.mac for row in tx.find(InterfaceRow)}
    return Desired(
        network=network, machines=tuple(each for each in found if each.interface_ids), macs=macs
    )


class LastReview(msgspec.Struct, frozen=True, kw_only=True):
    """When the rules were reviewed last. unused: How many rules are of no use, by the reason."""

    at: Instant
    unused: Mapping[str, int]


def last_review(tx: Transaction) -> LastReview | None:
    """Return the result of the last review; None before the first review."""
    review = tx.get(ReviewRow, "unused")
    if review is None:
        return None
    return LastReview(at=review.at, unused=Counter(row.why for row in tx.find(UnusedRow)))
