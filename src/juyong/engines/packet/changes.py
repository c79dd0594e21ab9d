"""The flows that one network has and another has not, such as the same network after a change.

Each carries a packet that arrives in the one and not in the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from juyong.engines.packet.flows import Flow, Flows, Run, joined
from juyong.engines.packet.reach import kinds_of
from juyong.engines.packet.walk import Compiled


class Changes:
    """Two networks, held against each other.

    Cost: as `Flows` of both, and their flows in memory.
    Model: random packets in both networks, in tests/property/test_packet_changes.py.
    """

    def __init__(self, before: Compiled, after: Compiled) -> None:
        self.kinds = kinds_of(before, after)
        self.before, self.after = Flows(before, self.kinds), Flows(after, self.kinds)
        self._held = _held(self.before), _held(self.after)

    def opened(self) -> Iterator[Flow]:
        """Yield what passes after and did not pass before; packets are of the network after."""
        return _more(self.after, self._held[1], self._held[0])

    def closed(self) -> Iterator[Flow]:
        """Yield the packets that pass before and not after; addresses are of the network before."""
        return _more(self.before, self._held[0], self._held[1])


_Held = dict[tuple[object, ...], list[Flow]]
"""The flows by where they start, lead through and end; of one key they differ by `outside`."""


def _held(flows: Flows) -> _Held:
    found: _Held = defaultdict(list)
    for flow in flows.all():
        found[flows.way(flow)].append(flow)
    return found


def _more(flows: Flows, mine: _Held, others: _Held) -> Iterator[Flow]:
    for way, found in mine.items():
        other = others.get(way, [])
        if not found[0].outside:
            if extra := found[0].kinds & ~sum(each.kinds for each in other):
                yield flows.narrowed(found[0], extra, ())
            continue
        extras: dict[int, list[Run]] = defaultdict(list)
        for flow, run in _cut(found, other):
            elsewhere = next((each.kinds for each in other if _holds(each, run[0])), 0)
            if extra := flow.kinds & ~elsewhere:
                extras[extra].append(run)
        for extra, runs in extras.items():
            yield flows.narrowed(found[0], extra, joined(sorted(runs)))


def _cut(found: Iterable[Flow], other: Iterable[Flow]) -> Iterator[tuple[Flow, Run]]:
    """Yield runs of flows within which no other flow begins or ends."""
    edges = sorted(
        {edge for each in other for first, last in each.outside for edge in (first, last + 1)}
    )
    for flow in found:
        for first, last in flow.outside:
            starts = [first, *(each for each in edges if first < each <= last)]
            for start, end in zip(starts, [*(each - 1 for each in starts[1:]), last], strict=True):
                yield flow, (start, end)


def _holds(flow: Flow, number: int) -> bool:
    return any(first <= number <= last for first, last in flow.outside)
