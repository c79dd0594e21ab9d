"""The answer of `juyong net prove`."""

from collections.abc import Iterator

import msgspec

from juyong.api.command import Answer
from juyong.services.network.answers import (
    CANNOT_TELL,
    HopShown,
    PacketShown,
    carried,
    shortened,
)


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that an assertion denies and that arrive, or that it allows and that do not.

    `by` is the EIP or DNAT entry that leads in, `outside` the addresses of the Internet, and
    `everyone` says that these are all; `packet` is one of the packets, null where no public address
    leads to the target; `decides` is the step that settles where the packet ends.
    """

    source: str
    target: str
    by: str
    passes: tuple[str, ...]
    outside: tuple[str, ...]
    everyone: bool
    packet: PacketShown | None
    decides: HopShown | None

    def lines(self) -> Iterator[str]:
        """Yield the packets, one of them, and what decides."""
        by = f" by {self.by}" if self.by else ""
        outside = f"  ({shortened(self.outside)})" if self.outside and not self.everyone else ""
        yield f"{self.source} → {self.target}{by}  {', '.join(self.passes)}{outside}"
        if self.packet is None:
            yield "  no public address leads there"
        else:
            yield f"  packet {self.packet.text}"
        if self.decides is not None:
            yield f"  decided by {self.decides.reason}, {self.decides.stage} at {self.decides.at}"


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """One assertion.

    `holds` is null where that cannot be told, and `why` the reason. `counters` refute the
    assertion; `more` is how many others are not listed.
    """

    line: int
    assertion: str
    holds: bool | None
    why: str = ""
    counters: tuple[Counter, ...] = ()
    more: int = 0


class Proofs(Answer, frozen=True, kw_only=True):
    """The assertions, in the order of the file; `unknown` is what of a plan cannot be judged."""

    assertions: tuple[Proved, ...]
    unknown: tuple[str, ...] = ()
    simulated: bool = True

    @property
    def status(self) -> int:
        """0: all hold, 1: one is refuted, 2: one cannot be told."""
        found = {each.holds for each in self.assertions}
        if self.unknown or (None in found and False not in found):
            return CANNOT_TELL
        return int(False in found)

    def lines(self) -> Iterator[str]:
        """Yield each assertion, and what refutes it."""
        said = {True: "holds    ", False: "refuted  ", None: "unknown  "}
        for each in self.assertions:
            why = f": {each.why}" if each.why else ""
            yield f"{said[each.holds]}{each.line}: {each.assertion}{why}"
            for counter in each.counters:
                yield from (f"         {line}" for line in counter.lines())
            if each.more:
                yield f"         and {each.more} more"
        yield from (f"unknown  {each}" for each in self.unknown)
        yield carried(self.simulated)
