"""Reads, their events and /health are answered while somebody else holds the database.

No clock decides here: what holds the lock lets go only once everything else was answered.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from tests.unit.gateway.calls import raw
from tests.unit.gateway.platforms import (
    Caller,
    caller_of,
    events,
    locked_by_another_process,
    platform,
    serve,
)

from juyong.app.pages import local_pages
from juyong.app.platform import Running
from juyong.store import sqlite_writes
from juyong.store.nonces import use_nonce
from juyong.store.transaction import Transaction

READS = 200
Held = Callable[[Running], AbstractAsyncContextManager[None]]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with platform(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def caller(running: Running) -> Caller:
    return caller_of(running)


@asynccontextmanager
async def held_by_a_job(running: Running) -> AsyncIterator[None]:
    """Let a job's transaction write, and wait inside of it."""
    inside, go_on = threading.Event(), threading.Event()

    def work(tx: Transaction) -> bool:
        use_nonce(tx, "job", "n", running.pipeline.clock())
        inside.set()
        return go_on.wait(60)

    job = asyncio.create_task(asyncio.to_thread(running.store.call, work))
    await asyncio.to_thread(inside.wait)
    try:
        yield
    finally:
        go_on.set()
        assert await job, "the job gave up before everything else was answered"


@asynccontextmanager
async def held_by_another_process(running: Running) -> AsyncIterator[None]:
    with locked_by_another_process(running.home.database):
        yield


@pytest.mark.parametrize("held", [held_by_a_job, held_by_another_process])
def test_whoever_holds_the_database_delays_no_read(
    running: Running, caller: Caller, held: Held
) -> None:
    parts = (running.metrics, running.figures, running.store, running.pipeline)
    pages = local_pages(*parts, hardware=running.hardware, planes=running.planes)
    health = pages["GET", "/health"]

    async def story() -> None:
        async with held(running):
            write = asyncio.create_task(
                serve(running, caller.request("CreateUser", UserName="later"))
            )
            requests = [
                caller.request("GetUser", UserName=caller.account.user_name) for _ in range(READS)
            ]
            answers = await asyncio.gather(*(serve(running, each) for each in requests))
            assert {answer.status for answer in answers} == {200}
            seen = await events(running, caller)
            assert {answer.request_id for answer in answers} <= set(seen)
            assert len(seen) == len(set(seen))
            assert (await health(raw())).status == 200
            assert not write.done()
        assert (await write).status == 200

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await story()

    asyncio.run(bounded())


def test_writes_that_wait_too_long_are_refused_and_others_go_on(
    running: Running, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writes, "BUSY_SECONDS", 0.2)

    async def story() -> None:
        async with held_by_another_process(running):
            refused = await serve(running, caller.request("CreateUser", UserName="a"))
            assert (refused.status, refused.code) == (503, "ServiceUnavailable")
        again = await serve(running, caller.request("CreateUser", UserName="a"))
        assert again.status == 200, "nothing was done by the refused call"

    asyncio.run(story())


def test_jobs_and_calls_take_turns(running: Running, caller: Caller) -> None:
    """Neither a stream of transactions on threads nor one of calls keeps the other waiting."""
    stop = threading.Event()
    jobs = [0, 0]

    def work(which: int) -> None:
        while not stop.is_set():
            running.store.call(lambda tx: use_nonce(tx, f"job{which}", str(jobs[which]), NOW_LATE))
            jobs[which] += 1

    async def story() -> None:
        threads = [threading.Thread(target=work, args=(which,)) for which in range(2)]
        for thread in threads:
            thread.start()
        try:
            for number in range(30):
                made = caller.request("CreateUser", UserName=f"u{number}")
                assert (await serve(running, made)).status == 200
        finally:
            stop.set()
            for thread in threads:
                await asyncio.to_thread(thread.join)

    asyncio.run(story())
    assert min(jobs) > 5


NOW_LATE = 2_000_000_000
