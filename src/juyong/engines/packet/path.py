"""The way of a packet: where it was judged, sent on and translated, and where it ended."""

from enum import Enum
from typing import NamedTuple

import msgspec

from juyong.engines.packet.match import Because
from juyong.engines.packet.rules import Packet


class Stage(Enum):
    """The places at which a packet is judged, sent on or translated."""

    SOURCE = "source address"
    PLATFORM = "platform"
    EGRESS_GROUP = "egress of groups"
    ROUTE = "route"
    EGRESS_ACL = "egress of ACL"
    SOURCE_NAT = "source translation"
    TARGET_NAT = "target translation"
    INGRESS_ACL = "ingress of ACL"
    INGRESS_GROUP = "ingress of groups"


class Hop(NamedTuple):
    """One step of a path.

    at: The interface, vSwitch, route table or gateway where the step is made.
    by: The rule, entry, route or group that decides; empty for a default.
    """

    stage: Stage
    at: str
    by: str
    passed: bool
    because: Because


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A packet's way.

    start, end: An interface, `internet` or `platform`; `end` is empty for a packet that is dropped.
    packet, arrived: The packet as sent, and as it was at the last hop. The way is found again with
    `explain(packet, start)`.
    """

    packet: Packet
    start: str
    hops: tuple[Hop, ...]
    end: str
    arrived: Packet

    @property
    def delivered(self) -> bool:
        """Whether the packet reaches an end."""
        return bool(self.end)

    @property
    def deciding(self) -> Hop:
        """The last hop: of a packet that is dropped, the one that drops it."""
        return self.hops[-1]


class Conversation(NamedTuple):
    """The path of a packet and of the packet that answers; no answer to one that is dropped."""

    there: Path
    back: Path | None

    @property
    def answered(self) -> bool:
        """Whether the answer arrives where the conversation began."""
        return self.back is not None and self.back.end == self.there.start
