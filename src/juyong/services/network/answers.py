"""The answers of `juyong net`, as JSON documents and as text."""

from collections.abc import Iterator

import msgspec

from juyong.api.command import Answer

CANNOT_TELL = 2


class PacketShown(msgspec.Struct, frozen=True, kw_only=True):
    """A packet; `start` is an interface or `internet`."""

    start: str
    protocol: int
    source: str
    source_port: int
    target: str
    target_port: int
    icmp_type: int

    @property
    def text(self) -> str:
        """The packet on one line."""
        ends = (_end(self.source, self.source_port), _end(self.target, self.target_port))
        return f"{ends[0]} → {ends[1]}"


class HopShown(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a packet's way; `by` is empty for a default, `rule` is the rule in words."""

    stage: str
    at: str
    by: str
    passed: bool
    because: str
    rule: str

    @property
    def text(self) -> str:
        """The step on one line."""
        verdict = "passes" if self.passed else "DROPPED"
        return f"{verdict:8}{self.stage:20}{self.at}  {self.reason}"

    @property
    def reason(self) -> str:
        """The rule that decides, in words too; or why there is none."""
        return f"{self.by}: {self.rule}" if self.rule else self.by or self.because


class CanReach(Answer, frozen=True, kw_only=True):
    """The way of the packet that gets furthest of all that fit the question.

    `can`: a packet arrives, and is answered where its protocol needs that; null when a part decides
    that the packet engine refuses. `decides` is the step that settles the answer.
    """

    can: bool | None
    source: str
    target: str
    protocol: str
    arrives: bool
    answered: bool
    decides: HopShown | None
    packet: PacketShown | None
    hops: tuple[HopShown, ...]
    answer_hops: tuple[HopShown, ...]
    simulated: bool = True
    as_of: str | None = None

    @property
    def status(self) -> int:
        """0: yes, 1: no, 2: a refused part decides."""
        return CANNOT_TELL if self.can is None else int(not self.can)

    def lines(self) -> Iterator[str]:
        """Yield the answer, what decides, and the steps."""
        said = {True: "yes", False: "no", None: "cannot tell"}[self.can]
        yield f"{said}: {self.source} → {self.target} {self.protocol}"
        if self.packet is None:
            yield "no public address leads there"
        if self.decides is not None:
            yield f"decided by {self.decides.reason}, {self.decides.stage} at {self.decides.at}"
        if self.packet is not None:
            yield f"packet {self.packet.text}"
        yield from (f"  {hop.text}" for hop in self.hops)
        if self.answer_hops:
            yield "its answer" if self.answered else "its answer does not come back"
            yield from (f"  {hop.text}" for hop in self.answer_hops)
        yield carried(self.simulated, self.as_of)


class FlowShown(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that pass, and one of them.

    `by` is the EIP or DNAT entry of a flow from the Internet, `outside` the addresses there, and
    `everyone` says that these are all.
    """

    source: str
    target: str
    by: str
    passes: tuple[str, ...]
    outside: tuple[str, ...]
    everyone: bool
    packet: PacketShown

    @property
    def text(self) -> str:
        """The flow on one line."""
        by = f" by {self.by}" if self.by else ""
        outside = f"  ({shortened(self.outside)})" if self.outside and not self.everyone else ""
        return f"{self.source} → {self.target}{by}  {', '.join(self.passes)}{outside}"


class Paths(Answer, frozen=True, kw_only=True):
    """The flows from a place: packets that open a session and arrive; answers are not followed."""

    flows: tuple[FlowShown, ...]
    simulated: bool = True
    as_of: str | None = None

    @property
    def status(self) -> int:
        """1: there is none."""
        return int(not self.flows)

    def lines(self) -> Iterator[str]:
        """Yield a line for each flow."""
        yield from (flow.text for flow in self.flows)
        if not self.flows:
            yield "nothing gets there"
        yield carried(self.simulated, self.as_of)


class ExposedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A port that the Internet reaches.

    `sources` are the blocks of addresses that reach the port, `anyone` all of the Internet.
    `address` and `public_port` are what a client names, `port` is the interface's own.
    """

    target: str
    interface: str
    port: int
    by: str
    address: str
    public_port: int
    anyone: bool
    source_count: int
    sources: tuple[str, ...]
    decides: str
    packet: PacketShown

    @property
    def text(self) -> str:
        """The port on one line."""
        few = f"{self.source_count} addresses: {shortened(self.sources)}"
        sources = "anyone" if self.anyone else few
        mapped = f" → {self.port}" if self.port != self.public_port else ""
        return (
            f"{self.target}  tcp/{self.public_port}{mapped} at {self.address} ({self.by})"
            f"  from {sources}  by {self.decides}"
        )


class Exposed(Answer, frozen=True, kw_only=True):
    """The ports that are open to the Internet, the widest open first."""

    exposed: tuple[ExposedShown, ...]
    simulated: bool = True
    as_of: str | None = None

    @property
    def status(self) -> int:
        """1: none is."""
        return int(not self.exposed)

    def lines(self) -> Iterator[str]:
        """Yield a line for each port."""
        yield from (each.text for each in self.exposed)
        yield from () if self.exposed else ("nothing is open to the Internet",)
        yield carried(self.simulated, self.as_of)


class Changed(Answer, frozen=True, kw_only=True):
    """The flows that one network has and the other does not.

    `unknown` is what cannot be judged, `assumed` what a plan does not say and the answer takes for
    granted: the address of something new.
    """

    opened: tuple[FlowShown, ...]
    closed: tuple[FlowShown, ...]
    unknown: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    as_of: str | None = None

    @property
    def status(self) -> int:
        """0: flows differ, 1: none does, 2: something cannot be judged."""
        return CANNOT_TELL if self.unknown else int(not (self.opened or self.closed))

    def lines(self) -> Iterator[str]:
        """Yield what opens, what closes, what is unknown, and what is taken for granted."""
        yield from (f"opens   {flow.text}" for flow in self.opened)
        yield from (f"closes  {flow.text}" for flow in self.closed)
        yield from (f"unknown {each}" for each in self.unknown)
        yield from (f"assumed {each}" for each in self.assumed)
        if not (self.opened or self.closed or self.unknown):
            yield "no flow opens or closes" if self.as_of is None else "no flow opened or closed"


class Drawn(Answer, frozen=True, kw_only=True):
    """The file that holds the map.

    `flows` can pass; `live` pairs of ends had flows of late that passed, `dropped` such that did
    not.
    """

    file: str
    size_bytes: int
    interfaces: int
    flows: int
    live: int
    dropped: int

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        drawn = f"{self.interfaces} interfaces, {self.flows} flows"
        live = f"{self.live} live, {self.dropped} dropped"
        yield f"{self.file}: {drawn} ({live}), {self.size_bytes} bytes"


class Ended(Answer, frozen=True, kw_only=True):
    """The plane ended, and with it what led to a public address."""

    target: str

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        yield f"the plane ended: nothing leads to {self.target} any more"


class Cleaned(Answer, frozen=True, kw_only=True):
    """All that a killed server left in the system is gone."""

    was_left: bool

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        yield "networks and instances are removed" if self.was_left else "nothing is left"


def carried(simulated: bool, as_of: str | None = None) -> str:  # the members of answers
    """Say whether a data plane carries the rules by which an answer is judged."""
    if as_of is not None:
        return f"judged by the rules of {as_of}; no packet was sent"
    if simulated:
        return "simulated: judged by the stored rules; no packet was sent"
    return "the data plane carries these rules"


def _end(address: str, port: int) -> str:
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


_SOME = 4


def shortened(names: tuple[str, ...]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = f" and {len(names) - _SOME} more" if len(names) > _SOME else ""
    return ", ".join(names[:_SOME]) + more
