"""Follow a packet through a compiled network: its verdict, and the path hop by hop.

Total and pure once the network is compiled; a packet in doubt is dropped. On the way out a group
judges first, then the route is found, then the ACL judges and the address is translated; on the way
in the order is the reverse.

Source: VPC documentation, network ACL: both must allow (documented); their order (assumed, and it
settles only which of two drops is named). ECS documentation: TCP port 25 to the Internet is closed
(documented). The engine follows a route into a peered VPC and no further (documented).
"""

from juyong.engines.packet.addresses import TCP, Address
from juyong.engines.packet.checks import find
from juyong.engines.packet.compile import Parts, Step
from juyong.engines.packet.judge import judge_acl, judge_egress, judge_ingress
from juyong.engines.packet.match import Because, Line
from juyong.engines.packet.path import Conversation, Hop, Path, Stage
from juyong.engines.packet.public import Publics, Translated
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import (
    INTERNET,
    PLATFORM,
    PLATFORM_BLOCKS,
    HopKind,
    Network,
    is_public,
)

MAIL_PORT = 25
"""The TCP port that is closed on the way to the Internet."""
_SAME_VSWITCH = Line(id="", accepts=True, because=Because.SAME_VSWITCH)


class Compiled:
    """A network that is ready to judge packets.

    Raises:
        PacketError: the network's parts do not fit each other.
    """

    def __init__(self, network: Network) -> None:
        self.parts = Parts(network)
        self.publics = Publics(self.parts)

    def admits(self, packet: Packet, source_id: str, target_id: str) -> tuple[Line, bool]:
        """Judge a packet between two interfaces by groups and ACLs alone.

        Returns:
            The line that decides, and whether the packet passes: the first line that drops, or,
            when all pass, the line of the target's groups.

        Cost: at most four first-match lists, 5 us.
        """
        parts = self.parts
        line = judge_egress(parts.guards[source_id], packet)
        if not line.accepts:
            return line, False
        source, target = parts.home[source_id], parts.home[target_id]
        if source is not target:
            for acl_id, outward in ((source.acl_id, True), (target.acl_id, False)):
                line = judge_acl(parts.ways.get(acl_id), packet, outward=outward)
                if not line.accepts:
                    return line, False
        line = judge_ingress(parts.guards[target_id], packet)
        return line, line.accepts

    def explain(self, packet: Packet, start: str) -> Path:
        """Follow a packet that opens a session.

        Args:
            packet: As it is sent.
            start: The id of the interface that sends it, or `internet`.

        Raises:
            NotFound: there is no such interface.

        Cost: 60 us.
        """
        return _Walk(self, packet, None).path(start)

    def converse(self, packet: Packet, start: str) -> Conversation:
        """Follow a packet and, when an interface or the Internet gets it, the answer.

        Groups let the answer pass, since they know the session; ACLs and routes do not.
        """
        there = self.explain(packet, start)
        if not there.delivered or there.end == PLATFORM:
            return Conversation(there, None)
        answer = there.arrived.answer()
        return Conversation(there, _Walk(self, answer, there).path(there.end))


class _Walk:
    """One packet on its way; `session` is the path that the packet answers."""

    __slots__ = ("compiled", "hops", "packet", "parts", "sent", "session")

    def __init__(self, compiled: Compiled, packet: Packet, session: Path | None) -> None:
        self.compiled = compiled
        self.parts = compiled.parts
        self.sent = self.packet = packet
        self.session = session
        self.hops: list[Hop] = []

    def path(self, start: str) -> Path:
        """Follow the packet to its end."""
        end = self._arrive() if start == INTERNET else self._send(start)
        return Path(
            packet=self.sent, start=start, hops=tuple(self.hops), end=end, arrived=self.packet
        )

    def _note(self, stage: Stage, at: str, line: Line) -> bool:
        self.hops.append(Hop(stage, at, line.id, line.accepts, line.because))
        return line.accepts

    def _drop(self, stage: Stage, at: str, because: Because, by: str = "") -> str:
        self.hops.append(Hop(stage, at, by, passed=False, because=because))
        return ""

    def _pass(self, stage: Stage, at: str, because: Because, by: str = "") -> None:
        self.hops.append(Hop(stage, at, by, passed=True, because=because))

    def _send(self, start: str) -> str:
        """Follow the packet from an interface."""
        interface = find(self.parts.interfaces, start)
        packet = self.packet
        if Address(packet.version, packet.source) not in interface.addresses:
            return self._drop(Stage.SOURCE, start, Because.NOT_ITS_ADDRESS)
        target = Address(packet.version, packet.target)
        if any(block.holds(target) for block in PLATFORM_BLOCKS):
            self._pass(Stage.PLATFORM, start, Because.PLATFORM)
            return PLATFORM
        if not self._group(Stage.EGRESS_GROUP, start):
            return ""
        vswitch = self.parts.home[start]
        step = self.parts.route(vswitch.route_table_id, target)
        if step is None or step.hop is HopKind.NAT:
            return self._leave(start, step, target)
        if step.hop is not HopKind.LOCAL and self._came_translated():
            return self._drop(Stage.ROUTE, vswitch.route_table_id, Because.NO_TRANSLATION, step.id)
        self._pass(Stage.ROUTE, vswitch.route_table_id, Because.ROUTE, step.id)
        return self._follow(start, step, target)

    def _came_translated(self) -> bool:
        """Tell whether the packet answers one that came by a public address.

        Alibaba Cloud does not publish what a route to an interface or a peer does to the answer,
        which has another source than the sender asked: drop.
        """
        hops = () if self.session is None else self.session.hops
        return any(hop.stage is Stage.TARGET_NAT for hop in hops)

    def _follow(self, start: str, step: Step, target: Address) -> str:
        """Follow the packet along a route that does not leave for the Internet."""
        if step.hop is HopKind.INTERFACE:
            return self._cross(start, step.hop_id)
        vpc_id = step.hop_id if step.hop is HopKind.PEER else self.parts.home[start].vpc_id
        end = self.parts.at_address.get((vpc_id, target.version, target.number))
        if end is None:
            return self._drop(Stage.ROUTE, vpc_id, Because.NO_SUCH_ADDRESS)
        return self._cross(start, end)

    def _group(self, stage: Stage, interface_id: str) -> bool:
        session = self.session
        if session is not None and interface_id in (session.start, session.end):
            self._pass(stage, interface_id, Because.SESSION)
            return True
        judge = judge_egress if stage is Stage.EGRESS_GROUP else judge_ingress
        return self._note(stage, interface_id, judge(self.parts.guards[interface_id], self.packet))

    def _cross(self, start: str, end: str) -> str:
        """Follow the packet from one interface to another."""
        source, target = self.parts.home[start], self.parts.home[end]
        if source is target:
            self._note(Stage.EGRESS_ACL, source.id, _SAME_VSWITCH)
        elif not (self._acl(Stage.EGRESS_ACL, start) and self._acl(Stage.INGRESS_ACL, end)):
            return ""
        return end if self._group(Stage.INGRESS_GROUP, end) else ""

    def _acl(self, stage: Stage, interface_id: str) -> bool:
        vswitch = self.parts.home[interface_id]
        outward = stage is Stage.EGRESS_ACL
        line = judge_acl(self.parts.ways.get(vswitch.acl_id), self.packet, outward=outward)
        return self._note(stage, vswitch.id, line)

    def _leave(self, start: str, step: Step | None, target: Address) -> str:
        """Follow the packet to the Internet, and back in when the target is one of the network."""
        vswitch = self.parts.home[start]
        nat_id = "" if step is None else step.hop_id
        leaving = self._public_source(start, nat_id) if is_public(target) else None
        if leaving is None:
            because = Because.NO_TRANSLATION if nat_id else Because.NO_ROUTE
            return self._drop(Stage.ROUTE, vswitch.route_table_id, because, step.id if step else "")
        self._pass(Stage.ROUTE, vswitch.route_table_id, Because.ROUTE, step.id if step else "")
        if self.session is None and (self.packet.protocol, self.packet.target_port) == (
            TCP,
            MAIL_PORT,
        ):
            return self._drop(Stage.PLATFORM, start, Because.MAIL_PORT)
        if not self._acl(Stage.EGRESS_ACL, start):
            return ""
        self.packet = leaving.packet
        self._pass(Stage.SOURCE_NAT, leaving.at, Because.TRANSLATED, leaving.by)
        if target in self.compiled.publics.owned:
            return self._arrive()
        return INTERNET

    def _public_source(self, start: str, nat_id: str) -> Translated | None:
        """Return the packet as it leaves: an answer by the entry that its session came by."""
        session = self.session
        came_by = self._by_gateway(Stage.TARGET_NAT)
        if session is None or came_by is None:
            return self.compiled.publics.leave(self.packet, start, nat_id)
        if came_by.at != nat_id:
            return None
        asked = session.packet
        moved = self.packet.moved(source=asked.target, source_port=asked.target_port)
        return Translated(moved, came_by.by, nat_id)

    def _by_gateway(self, stage: Stage) -> Hop | None:
        """Return the hop by which a NAT gateway translated the packet that this one answers."""
        hops = () if self.session is None else self.session.hops
        return next((h for h in hops if h.stage is stage and h.at in self.parts.nats), None)

    def _arrive(self) -> str:
        """Follow the packet from the Internet."""
        if not self.hops and not self._comes_from_outside():
            return self._drop(Stage.SOURCE, INTERNET, Because.NOT_ITS_ADDRESS)
        entering = self._session_source() or self.compiled.publics.enter(self.packet)
        if entering is None:
            return self._drop(Stage.TARGET_NAT, INTERNET, Because.NO_SUCH_ADDRESS)
        moved, vpc_id = entering
        self.packet = moved.packet
        self._pass(Stage.TARGET_NAT, moved.at, Because.TRANSLATED, moved.by)
        end = self.parts.at_address.get((vpc_id, self.packet.version, self.packet.target))
        if end is None:
            return self._drop(Stage.ROUTE, vpc_id, Because.NO_SUCH_ADDRESS)
        if not self._acl(Stage.INGRESS_ACL, end):
            return ""
        return end if self._group(Stage.INGRESS_GROUP, end) else ""

    def _comes_from_outside(self) -> bool:
        source = Address(self.packet.version, self.packet.source)
        return is_public(source) and source not in self.compiled.publics.owned

    def _session_source(self) -> tuple[Translated, str] | None:
        """Return the answer to a packet that left by SNAT, as the gateway sends it on."""
        session = self.session
        left_by = self._by_gateway(Stage.SOURCE_NAT)
        if session is None or left_by is None:
            return None
        asked = session.packet
        moved = self.packet.moved(target=asked.source, target_port=asked.source_port)
        return Translated(moved, left_by.by, left_by.at), self.parts.nats[left_by.at].vpc_id
