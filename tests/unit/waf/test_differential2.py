"""Requests by HTTP/2: servers behind the proxy, and servers in its place, read what was inspected."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import pytest
from tests.waf_peers.carrying import Carried, carried
from tests.waf_peers.comparing import compare, held_against, held_against_frames
from tests.waf_peers.nasty2 import NASTY2, PASSED, REFUSED, Frames
from tests.waf_peers.random2 import asked
from tests.waf_peers.reading import READERS
from tests.waf_peers.servers import Nginx, Node, nginx, node
from tests.waf_peers.servers2 import GREETING, Nginx2, Node2, Server2, nginx2, node2

from juyong.waf.http2.connection import Client2

_RANDOM: Final = tuple(islice(asked(7), 300))
_UNREAD: Final = {"bytes outside ASCII": 0, "a method in small letters": 2}
"""How many of the parsers in this process read a request that not all of them take."""


def by_http2(sent: bytes, size: int = 16_384) -> Carried:
    whole = GREETING + sent
    return carried((whole[at : at + size] for at in range(0, len(whole), size)), Client2)


@pytest.mark.parametrize("one", REFUSED, ids=lambda one: one.name)
def test_what_servers_read_differently_reaches_no_server(one: Frames) -> None:
    assert not by_http2(one.sent).reached


@pytest.mark.parametrize("one", PASSED, ids=lambda one: one.name)
@pytest.mark.parametrize("size", [1, 16_384])
def test_parsers_behind_read_what_was_inspected(one: Frames, size: int) -> None:
    found = by_http2(one.sent, size)
    assert sum(len(began) for _, began in found.sent) == len(found.inspected) == one.requests
    assert compare(found) == _UNREAD.get(one.name, one.requests * len(READERS))


def test_parsers_behind_read_what_was_inspected_of_random_requests() -> None:
    assert sum(compare(by_http2(sent)) for sent in _RANDOM) > len(_RANDOM) / 2


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node | Nginx]]:
    with node() as one, nginx(tmp_path_factory.mktemp("nginx")) as other:
        found = [each for each in (one, other) if each is not None]
        if not found:
            pytest.skip("neither Node nor nginx is installed")
        yield found


@pytest.fixture(scope="module")
def in_its_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server2]]:
    with node2() as one, nginx2(tmp_path_factory.mktemp("nginx2")) as other:
        found: list[Server2] = [each for each in (one, other) if each is not None]
        if not found:
            pytest.skip("neither Node nor nginx is installed")
        yield found


def test_servers_behind_read_what_was_inspected(behind: Sequence[Node | Nginx]) -> None:
    for server in behind:
        read = 0
        for one in NASTY2:
            found = by_http2(one.sent)
            for sent, began in found.sent:
                name = f"{type(server).__name__}, {one.name}"
                read += held_against(found, began, server.read(sent), name)
        assert read > 0.7 * sum(one.requests for one in NASTY2)


def test_servers_of_http2_read_the_frames_as_the_proxy_does(
    in_its_place: Sequence[Server2],
) -> None:
    for server in in_its_place:
        read = sum(
            held_against_frames(by_http2(one.sent), server.read(one.sent), one.name)
            for one in PASSED
        )
        assert read > 0.7 * sum(one.requests for one in PASSED)


def test_servers_of_http2_read_random_frames_as_the_proxy_does(
    in_its_place: Sequence[Node2 | Nginx2],
) -> None:
    for server in in_its_place:
        read = 0
        # One request a connection: the proxy may refuse a request that others take.
        for at, sent in enumerate(islice(asked(8, most=1), len(_RANDOM))):
            found = by_http2(sent)
            if found.reached:
                read += held_against_frames(found, server.read(sent), f"random, {at}")
        assert read > len(_RANDOM) / 10


def test_a_difference_is_seen() -> None:
    one = next(each for each in PASSED if each.name == "a body")
    found = by_http2(one.sent)
    read = next(READERS["h11"](found.sent[0][0]))
    assert held_against_frames(found, [read], "h11") == 1
    read.body += b"d"
    with pytest.raises(AssertionError, match="h11 reads"):
        held_against_frames(found, [read], "h11")
