"""Feeds of bad addresses: what is taken is disjoint blocks of one version, all else has its name."""

import ipaddress
from itertools import pairwise

from juyong.engines.packet import Cidr
from juyong.services.network.feeds.reading import FeedRefused, read_feed

SEEDS: list[bytes] = [
    b"# a list\n192.0.2.0/24\n198.51.100.7 ; a host\n",
    b'{"cidr":"192.0.2.0/24","id":"x"}\n{"type":"metadata","records":1}\n',
    b'ip,score\n"192.0.2.1",9\n192.0.2.0/31,8\n',
    b"2001:db8::/32\nfd00::1\n",
    b"\xef\xbb\xbf10.0.0.0/8\r\n0.0.0.0/0",
]


def target(data: bytes) -> None:
    """Read bytes for both IP versions."""
    for version in (4, 6):
        try:
            feed = read_feed(data, version)
        except FeedRefused:
            continue
        blocks = [ipaddress.ip_network(each) for each in feed.blocks]
        assert blocks
        for one, following in pairwise(blocks):
            assert one.broadcast_address < following.network_address  # type: ignore[operator]
        for text in feed.blocks:
            block = Cidr.parse(text)
            assert (block.version, str(block)) == (version, text)
            assert block.length >= (8 if version == 4 else 16)
