"""The event of a read is found at once, and pages hold still while events are merged."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.gateway.platforms import Caller, Reply, caller_of, events, platform, serve

from juyong.app.platform import Running
from juyong.store import merging

TRAIL = "actiontrail.aliyuncs.com"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(merging, "_AFTER_SECONDS", 3600)
    with platform(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def caller(running: Running) -> Caller:
    return caller_of(running)


async def reads(running: Running, caller: Caller, count: int) -> list[str]:
    made = []
    for number in range(count):
        if number % 3 == 2:
            reply = await serve(running, caller.request("CreateUser", UserName=f"u{number}"))
        else:
            reply = await serve(running, caller.request("ListGroups"))
        assert reply.status == 200
        made.append(reply.request_id)
    return made


def test_an_event_is_found_at_once_and_once(running: Running, caller: Caller) -> None:
    async def story() -> None:
        made = await reads(running, caller, 4)
        for name, value in (("EventId", made[0]), ("EventName", "ListGroups")):
            condition = {"LookupAttribute.1.Key": name, "LookupAttribute.1.Value": value}
            before = await events(running, caller, **condition)
            assert made[0] in before
            await asyncio.to_thread(running.store.settle)
            assert await events(running, caller, **condition) == before
        seen = await events(running, caller)
        assert sorted(set(seen)) == sorted(seen)
        assert set(made) <= set(seen)

    asyncio.run(story())


@pytest.mark.parametrize("direction", ["FORWARD", "BACKWARD"])
@pytest.mark.parametrize("merged_after", [0, 1, 2, 4])
def test_pages_hold_still_while_events_are_merged(
    running: Running, caller: Caller, direction: str, merged_after: int
) -> None:
    """All of them are of one second, so that only their order within it tells them apart."""

    async def page(**token: str) -> Reply:
        condition = {"LookupAttribute.1.Key": "EventName", "LookupAttribute.1.Value": "ListGroups"}
        raw = caller.request(
            "LookupEvents", TRAIL, MaxResults="2", Direction=direction, **condition, **token
        )
        reply = await serve(running, raw)
        assert reply.status == 200, reply
        return reply

    async def story() -> None:
        made = []
        for _ in range(9):
            made.append((await serve(running, caller.request("ListGroups"))).request_id)
            assert (await serve(running, caller.request("GetAccountAlias"))).status == 200
        found: list[str] = []
        token: dict[str, str] = {}
        for number in range(9):
            if number == merged_after:
                await asyncio.to_thread(running.store.settle)
                await serve(running, caller.request("CreateUser", UserName="between"))
            reply = await page(**token)
            found += [event["requestId"] for event in reply.body["Events"]]
            if "NextToken" not in reply.body:
                break
            token = {"NextToken": reply.body["NextToken"]}
        assert found == (made if direction == "FORWARD" else made[::-1])

    asyncio.run(story())


def test_the_uses_of_a_key_hold_still_while_events_are_merged(
    running: Running, caller: Caller
) -> None:
    actions = ["ListGroups", "GetAccountAlias", "ListRoles", "GetPasswordPolicy", "ListPolicies"]

    async def page(**token: str) -> Reply:
        raw = caller.request(
            "GetAccessKeyLastUsedEvents",
            TRAIL,
            AccessKey=caller.account.access_key_id,
            ServiceName="Ram",
            PageSize="2",
            **token,
        )
        reply = await serve(running, raw)
        assert reply.status == 200, reply
        return reply

    async def story() -> None:
        for action in actions:
            assert (await serve(running, caller.request(action))).status == 200
        first = await page()
        await asyncio.to_thread(running.store.settle)
        assert (await serve(running, caller.request("ListVirtualMFADevices"))).status == 200
        second = await page(NextToken=first.body["NextToken"])
        third = await page(NextToken=second.body["NextToken"])
        found = [
            event["EventName"] for each in (first, second, third) for event in each.body["Events"]
        ]
        assert found == actions[::-1]

    asyncio.run(story())


def test_the_last_use_of_a_key_counts_reads_at_once(running: Running, caller: Caller) -> None:
    async def story() -> None:
        key = caller.account.access_key_id
        asked = caller.request("GetAccessKeyLastUsed", UserAccessKeyId=key)
        assert (await serve(running, asked)).body["AccessKeyLastUsed"]["LastUsedDate"] == ""
        asked = caller.request("GetAccessKeyLastUsed", UserAccessKeyId=key)
        assert (await serve(running, asked)).body["AccessKeyLastUsed"]["LastUsedDate"] != ""

    asyncio.run(story())


def test_a_token_whose_event_is_gone_is_refused(running: Running, caller: Caller) -> None:
    async def story() -> None:
        await reads(running, caller, 3)
        raw = caller.request("LookupEvents", TRAIL, MaxResults="1")
        token = (await serve(running, raw)).body["NextToken"]
        await asyncio.to_thread(running.store.settle)
        from juyong.audit.tables import EventRow

        await running.store.run(lambda tx: [tx.delete(row) for row in tx.find(EventRow)] and None)
        raw = caller.request("LookupEvents", TRAIL, MaxResults="1", NextToken=token)
        assert (await serve(running, raw)).code == "InvalidQueryParameter"

    asyncio.run(story())
