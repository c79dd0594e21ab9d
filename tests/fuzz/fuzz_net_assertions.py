"""Assertions of `juyong net prove`: a file is refused with its line, or each line is judged."""

from tests.property import packet_cases as made

from juyong.api.command import BadInput
from juyong.engines.packet import Compiled
from juyong.services.network.picture import Picture
from juyong.services.network.proving.lines import assertions_of
from juyong.services.network.proving.proving import proved
from juyong.services.network.view import View

_NETWORK = made.engine_network(made.Cases(7).network)
_ONE, _OTHER = (each.id for each in _NETWORK.interfaces[:2])
_VIEW = View(Picture(Compiled(_NETWORK), ()), {}, {})
_TAGS = {_ONE: {"tier": "web"}}
SEEDS: list[bytes] = [
    f"# a comment\n\nallow {_ONE} -> {_OTHER} tcp/22\n".encode(),
    f"deny internet -> {_ONE} all\ndeny tag:tier=web -> {_OTHER} udp/1-1024\n".encode(),
    f"deny 0.0.0.0/0 -> {_ONE} icmp\nallow internet -> tag:tier tcp/443".encode(),
    f"deny {_ONE} -> 203.0.113.0/24 132\nallow 203.0.113.9 -> {_ONE} tcp/443".encode(),
]


def target(data: bytes) -> None:
    """Read assertions, and judge them in a small network."""
    try:
        asserted = assertions_of(data[:400])
        found = list(proved(_VIEW, _TAGS, asserted))
    except BadInput:
        return
    assert [each.line for each in found] == [each.number for each in asserted]
