"""Frames of a client through the proxy: three parsers of HTTP/1 read what was inspected."""

from itertools import islice

from tests.waf_peers.carrying import carried
from tests.waf_peers.comparing import compare
from tests.waf_peers.nasty2 import NASTY2
from tests.waf_peers.random2 import asked
from tests.waf_peers.servers2 import GREETING

from juyong.waf.http2.connection import Client2

_PIECES = (1, 3, 17, 64, 1_024, 16_384)
SEEDS: list[bytes] = [bytes([number % 6]) + each.sent for number, each in enumerate(NASTY2)]
SEEDS += [b"\5" + each for each in islice(asked(3), 30)]


def target(data: bytes) -> None:
    """Send the rest in pieces of the size that the first byte chooses."""
    if not data:
        return
    size, sent = _PIECES[data[0] % len(_PIECES)], GREETING + data[1:16_384]
    compare(carried((sent[at : at + size] for at in range(0, len(sent), size)), Client2))
