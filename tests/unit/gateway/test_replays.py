"""A signed request is accepted once: in one process and in several, whether it reads or writes."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.gateway.platforms import Caller, Reply, caller_of, events, platform, serve

from juyong.api.request import Raw
from juyong.app.platform import Running
from juyong.audit.tables import EventRow

USED = (400, "SignatureNonceUsed")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Running, Running]]:
    """Two servers of one home, which share nothing but its files."""
    with platform(tmp_path / "home") as one, platform(tmp_path / "home") as other:
        yield one, other


@pytest.fixture
def caller(two: tuple[Running, Running]) -> Caller:
    return caller_of(two[0])


async def together(*calls: tuple[Running, Raw]) -> list[Reply]:
    async with asyncio.timeout(30):
        return list(await asyncio.gather(*(serve(*call) for call in calls)))


def seen(replies: list[Reply]) -> list[tuple[int, str]]:
    return sorted((reply.status, reply.code) for reply in replies)


def requests_of(caller: Caller, **common: str) -> dict[str, Raw]:
    return {
        "read": caller.request("GetUser", UserName=caller.account.user_name, **common),
        "scan": caller.request("ListUsers", **common),
        "write": caller.request("CreateUser", UserName="u", **common),
    }


@pytest.mark.parametrize("kind", ["read", "scan", "write"])
@pytest.mark.parametrize("servers", [1, 2])
def test_of_many_copies_at_once_one_is_served(
    two: tuple[Running, Running], caller: Caller, kind: str, servers: int
) -> None:
    request = requests_of(caller)[kind]
    calls = [(two[each % servers], request) for each in range(8)]
    assert seen(asyncio.run(together(*calls))) == [(200, ""), *[USED] * 7]


@pytest.mark.parametrize("kind", ["read", "scan", "write"])
@pytest.mark.parametrize("servers", [1, 2])
def test_a_copy_that_comes_later_is_refused(
    two: tuple[Running, Running], caller: Caller, kind: str, servers: int
) -> None:
    request = requests_of(caller)[kind]
    assert seen(asyncio.run(together((two[0], request)))) == [(200, "")]
    two[0].store.settle()
    assert seen(asyncio.run(together((two[servers - 1], request)))) == [USED]


@pytest.mark.parametrize("order", [("read", "write"), ("write", "read"), ("scan", "write")])
def test_reads_and_writes_share_their_nonces(
    two: tuple[Running, Running], caller: Caller, order: tuple[str, str]
) -> None:
    first, second = (requests_of(caller, SignatureNonce="n")[kind] for kind in order)
    assert seen(asyncio.run(together((two[0], first)))) == [(200, "")]
    assert seen(asyncio.run(together((two[1], second)))) == [USED]


def test_a_read_that_turns_out_to_write_is_accepted_once(
    two: tuple[Running, Running], caller: Caller
) -> None:
    """The first encryption under a key claims its messages, which takes the writer."""

    async def story() -> None:
        made = await serve(two[0], caller.request("CreateKey", "kms.aliyuncs.com"))
        key = made.body["KeyMetadata"]["KeyId"]
        request = caller.request("Encrypt", "kms.aliyuncs.com", KeyId=key, Plaintext="eA==")
        replies = await together(*[(two[each % 2], request) for each in range(4)])
        assert seen(replies) == [(200, ""), *[USED] * 3]
        assert seen(await together((two[1], request))) == [USED]
        (done,) = (reply for reply in replies if reply.status == 200)
        assert (await events(two[1], caller)).count(done.request_id) == 1

    asyncio.run(story())


def test_a_refused_copy_leaves_its_event_and_the_others_of_its_batch_are_answered(
    two: tuple[Running, Running], caller: Caller
) -> None:
    request = requests_of(caller)["read"]
    others = [requests_of(caller)["read"] for _ in range(5)]

    async def story() -> list[Reply]:
        assert (await serve(two[0], request)).status == 200
        return await together((two[1], request), *((two[1], other) for other in others))

    refused, *served = asyncio.run(story())
    assert (refused.status, refused.code) == USED
    assert {reply.status for reply in served} == {200}
    two[0].store.settle()
    found = two[0].store.call(lambda tx: tx.find(EventRow, error_code="SignatureNonceUsed"))
    assert [row.event_id for row in found] == [refused.request_id]


def test_a_refused_read_uses_its_nonce_up_and_one_that_failed_does_not(
    two: tuple[Running, Running], caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = caller.request("GetUser", UserName="nobody")
    assert asyncio.run(together((two[0], absent)))[0].status == 404
    assert seen(asyncio.run(together((two[1], absent)))) == [USED]
    request = requests_of(caller)["read"]
    with monkeypatch.context() as broken:
        broken.setattr("juyong.store.intake.IntakeLog.write", _full)
        assert asyncio.run(together((two[0], request)))[0].status == 503
    assert seen(asyncio.run(together((two[0], request)))) == [(200, "")]


def _full(*_: object) -> list[bool]:
    raise sqlite3.OperationalError("database or disk is full")
