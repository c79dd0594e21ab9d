"""Workers that are killed are replaced, and new rules lose no request."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from tests.unit.waf.proxied import Backend, asked, backend, run, say, status
from tests.waiting import until

from juyong.waf.metrics import Metrics
from juyong.waf.rule_source import RuleSource
from juyong.waf.site import Site
from juyong.waf.supervisor import NotServed, Supervisor, listening

RULE = 'SecRule ARGS "@contains {}" "id:9,phase:1,deny,status:403"\n'


def rules(folder: Path, word: str) -> RuleSource:
    folder.mkdir(exist_ok=True)
    (folder / "a.conf").write_text(RULE.format(word))
    return RuleSource(name="mine", folders={"": str(folder)}, entries=("*.conf",))


@asynccontextmanager
async def supervised(
    site: Backend, *, workers: int = 2, **settings: object
) -> AsyncIterator[tuple[Supervisor, int]]:
    listeners = listening("127.0.0.1", 0)
    port = listeners[0].getsockname()[1]
    url = f"http://127.0.0.1:{site.port}"
    made = Supervisor(Site(backends=(url,), workers=workers, **settings), listeners)  # type: ignore[arg-type]
    await made.start()
    try:
        yield made, port
    finally:
        await made.stop()


async def load(port: int, stop: asyncio.Event) -> list[int]:
    """Ask again and again on new connections; 0 is a connection that ended without an answer."""
    statuses = []
    while not stop.is_set():
        statuses.append(status(await say(port, asked())))
    return statuses


def test_a_killed_worker_loses_only_its_own_requests() -> None:
    async def work() -> None:
        async with backend() as site, supervised(site) as (made, port):
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            tasks = [loop.create_task(load(port, stop)) for _ in range(4)]
            await until(lambda: len(site.seen) > 20)
            before = made.workers
            os.kill(before[0], signal.SIGKILL)
            await until(lambda: len(made.workers) == 2 and before[0] not in made.workers)
            count = len(site.seen)
            await until(lambda: len(site.seen) > count + 20)
            stop.set()
            statuses = [each for task in tasks for each in await task]
            # Each of the four asks one request at a time.
            assert statuses.count(0) <= 4
            assert set(statuses) <= {0, 200}
            assert made.figures()["requests"] >= statuses.count(200) - 4
            assert (
                f"juyong_waf_requests_total {made.figures()['requests']}"
                in Metrics(made.figures).text()
            )

    run(work)


def test_new_rules_lose_no_request(tmp_path: Path) -> None:
    async def work() -> None:
        evil, bad = asked(b"GET /?q=evil HTTP/1.1"), asked(b"GET /?q=bad HTTP/1.1")
        async with (
            backend() as site,
            supervised(site, rules=rules(tmp_path / "a", "evil")) as (made, port),
        ):
            assert status(await say(port, evil)) == 403
            assert status(await say(port, bad)) == 200
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            tasks = [loop.create_task(load(port, stop)) for _ in range(3)]
            changed = msgspec.structs.replace(made.site, rules=rules(tmp_path / "b", "bad"))
            assert await made.apply(changed) == ""
            for _ in range(4):
                assert status(await say(port, bad)) == 403
                assert status(await say(port, evil)) == 200
            (tmp_path / "b" / "a.conf").write_text("SecRule broken")
            assert "a.conf:1" in await made.apply(changed)
            assert status(await say(port, bad)) == 403
            detect = msgspec.structs.replace(
                changed, rules=rules(tmp_path / "b", "bad"), detect_only=True
            )
            assert await made.apply(detect) == ""
            assert status(await say(port, bad)) == 200
            stop.set()
            statuses = [each for task in tasks for each in await task]
            assert set(statuses) == {200}
            assert made.figures()["monitored"] >= 1

    run(work)


async def refused(site: Backend, **settings: object) -> str:
    """Return why a site is not served."""
    with pytest.raises(NotServed) as why:
        await supervised(site, **settings).__aenter__()
    return str(why.value)


def test_a_site_that_cannot_be_served(tmp_path: Path) -> None:
    async def work() -> None:
        async with backend() as site:
            broken = rules(tmp_path / "a", "x")
            (tmp_path / "a" / "a.conf").write_text("SecNothing")
            assert "a.conf:1" in await refused(site, rules=broken)
            assert "listens on port" in await refused(site, own_ports=(site.port,))
            with pytest.raises(NotServed, match="cannot listen"):
                listening("127.0.0.1", site.port)
        assert site.seen == []

    run(work)


def test_ports_that_juyong_takes_later_are_left_alone() -> None:
    async def work() -> None:
        async with backend() as site, supervised(site) as (made, port):
            assert status(await say(port, asked())) == 200
            await made.keep_from({site.port})
            assert made.site.own_ports == (site.port,)

    run(work)
