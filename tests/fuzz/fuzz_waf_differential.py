"""Bytes of a client through the proxy: three other parsers read what the rules were asked about."""

from tests.waf_peers.carrying import carried
from tests.waf_peers.comparing import compare
from tests.waf_peers.nasty import NASTY

_PIECES = (1, 3, 17, 64, 1_024, 16_384)
SEEDS: list[bytes] = [bytes([number % 6]) + each.sent for number, each in enumerate(NASTY)]


def target(data: bytes) -> None:
    """Send the rest in pieces of the size that the first byte chooses."""
    if not data:
        return
    size, sent = _PIECES[data[0] % len(_PIECES)], data[1:16_384]
    compare(carried(sent[at : at + size] for at in range(0, len(sent), size)))
