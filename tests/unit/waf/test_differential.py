"""Servers of other make read what was inspected, or no server is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.waf_peers.carrying import carried
from tests.waf_peers.comparing import compare, held_against
from tests.waf_peers.nasty import NASTY, PASSED, REFUSED, Nasty
from tests.waf_peers.reading import READERS
from tests.waf_peers.servers import Nginx, Node, nginx, node

_UNREAD = {"bytes outside ASCII"}
"""Requests that the parsers in this process refuse; servers in C take them."""


@pytest.mark.parametrize("one", REFUSED, ids=lambda one: one.name)
def test_what_servers_read_differently_reaches_no_server(one: Nasty) -> None:
    found = carried([one.sent])
    assert not found.reached
    assert found.answers.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505"))
    assert found.answers.count(b"X-Event-Id: ") == 1


@pytest.mark.parametrize("one", PASSED, ids=lambda one: one.name)
@pytest.mark.parametrize("size", [1, 16_384])
def test_parsers_read_what_was_inspected(one: Nasty, size: int) -> None:
    found = carried(one.sent[at : at + size] for at in range(0, len(one.sent), size))
    assert sum(len(began) for _, began in found.sent) == len(found.inspected) == one.requests
    read = 0 if one.name in _UNREAD else one.requests * len(READERS)
    assert compare(found) == read


@pytest.fixture(scope="module")
def of_node() -> Iterator[Node]:
    with node() as server:
        if server is None:
            pytest.skip("Node is not installed")
        yield server


@pytest.fixture(scope="module")
def of_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with nginx(tmp_path_factory.mktemp("nginx")) as server:
        if server is None:
            pytest.skip("nginx is not installed")
        yield server


def test_node_reads_what_was_inspected(of_node: Node) -> None:
    assert _read_by(of_node) > 0.8 * sum(one.requests for one in NASTY)


def test_nginx_reads_what_was_inspected(of_nginx: Nginx) -> None:
    assert _read_by(of_nginx) > 0.7 * sum(one.requests for one in NASTY)


def _read_by(server: Node | Nginx) -> int:
    """Have a server read all that the proxy sends; return how many requests."""
    read = 0
    for one in NASTY:
        found = carried([one.sent])
        for sent, began in found.sent:
            name = f"{type(server).__name__}, {one.name}"
            read += held_against(found, began, server.read(sent), name)
    return read


def test_a_difference_is_seen(tmp_path: Path) -> None:
    found = carried([PASSED[0].sent])
    (sent, began), *_ = found.sent
    with pytest.raises(AssertionError, match="a request more"):
        held_against(found, began[:1], list(READERS["h11"](sent)), "h11")
    for other in (sent.replace(b"/a", b"/b", 1), sent.replace(b"Host: x", b"Host: x\r\nA: b", 1)):
        found.sent = [(other, began)]
        with pytest.raises(AssertionError):
            compare(found)
