"""Rules that count requests count over all workers, and through their ends and new rules."""

import asyncio
import os
import signal
from pathlib import Path

import msgspec
from tests.unit.engines.inspect.requests import request
from tests.unit.waf.proxied import asked, backend, run, say, status
from tests.unit.waf.test_supervisor import load, supervised
from tests.waiting import until

from juyong.engines.inspect.model import ModelEngine
from juyong.engines.inspect.seclang import load as load_rules
from juyong.waf.rule_source import RuleSource
from juyong.waf.shared_store import SharedStore, Table
from juyong.waf.supervisor import Supervisor

COUNT = """
SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{{REMOTE_ADDR}},setvar:ip.n=+1"
SecRule IP:n "@gt {most}" "id:2,phase:1,deny,status:429,setvar:ip.banned=1"
SecRule ARGS:ban "@streq me" "id:3,phase:1,deny,status:403,setvar:ip.banned=1,expirevar:ip.banned=600"
SecRule IP:banned "@eq 1" "id:4,phase:1,deny,status:403"
{more}
"""


def rules(folder: Path, most: int, more: str = "") -> RuleSource:
    folder.mkdir(exist_ok=True)
    (folder / "a.conf").write_text(COUNT.format(most=most, more=more))
    return RuleSource(name="mine", folders={"": str(folder)}, entries=("*.conf",))


def counted(made: Supervisor) -> int:
    store = SharedStore(Table(os.dup(made.stored)))
    found = dict(store.members(("IP", b"127.0.0.1"), 0))
    return int(found.get(b"n", b"0"))


async def replaced(made: Supervisor, row: int) -> None:
    """Kill a worker, and wait until another one has its place and serves."""
    before = made.workers[row]
    os.kill(before, signal.SIGKILL)
    await until(lambda: before not in made.workers and len(made.workers) == made.site.workers)


def documented() -> str:
    """Return the rules that the documentation gives as an example."""
    page = (Path(__file__).parents[3] / "docs/explanation/waf-engine.md").read_text()
    return page.split("```seclang\n")[1].split("```")[0]


def test_the_documented_limit_counts_a_minute_and_bans_for_ten() -> None:
    engine = ModelEngine(load_rules({"a.conf": documented().encode()}, ["a.conf"]).rules)

    def asked_at(at: float) -> int:
        verdict = engine.inspect(msgspec.structs.replace(request(), at=at)).request_head()
        return 200 if verdict is None else verdict.status

    for minute in (0, 60, 121):
        assert {asked_at(minute + each / 20) for each in range(600)} == {200}
    assert [asked_at(151), asked_at(152), asked_at(750), asked_at(752)] == [429, 403, 403, 200]


async def together(port: int, count: int) -> list[int]:
    answers = await asyncio.gather(*[say(port, asked()) for _ in range(count)])
    return [status(each) for each in answers]


def test_a_limit_over_four_workers_is_exact(tmp_path: Path) -> None:
    async def work() -> None:
        settings = {"rules": rules(tmp_path / "a", 60), "workers": 4}
        async with backend() as site, supervised(site, **settings) as (made, port):
            assert await together(port, 30) == [200] * 30
            await replaced(made, 2)
            # Requests at the same time have a count each: 20 are beyond the limit. One of the others
            # that is judged more slowly than the first of the 20 meets the ban.
            answers = await together(port, 50)
            passed = answers.count(200)
            assert (answers.count(429), passed + answers.count(403)) == (20, 30)
            assert counted(made) == 80
            assert len(site.seen) == 30 + passed
            # A sticky ban holds in new workers and under new rules of the same site.
            for row in range(4):
                await replaced(made, row)
            assert set(await together(port, 8)) == {429}
            changed = msgspec.structs.replace(made.site, rules=rules(tmp_path / "b", 10_000))
            assert await made.apply(changed) == ""
            assert set(await together(port, 8)) == {403}
            assert len(site.seen) == 30 + passed

    run(work)


def test_counts_survive_workers_that_are_killed_under_load(tmp_path: Path) -> None:
    async def work() -> None:
        settings = {"rules": rules(tmp_path / "a", 10**6), "workers": 4}
        async with backend() as site, supervised(site, **settings) as (made, port):
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            tasks = [loop.create_task(load(port, stop)) for _ in range(4)]
            for row in range(3):
                seen = len(site.seen)
                await until(lambda seen=seen: len(site.seen) > seen + 20)  # type: ignore[misc]
                await replaced(made, row)
            stop.set()
            statuses = [each for task in tasks for each in await task]
            answered = statuses.count(200)
            assert answered + statuses.count(0) == len(statuses)
            assert statuses.count(0) <= 12
            assert answered <= counted(made) <= len(statuses)

    run(work)
