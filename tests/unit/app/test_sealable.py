"""A platform that is sealed and unsealed while its server runs."""

import asyncio
import gc
import socket
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.unit.sandbox.runs import attempt
from tests.waiting import until

from juyong.app.control.handling import answer
from juyong.app.control.messages import Reply, SealRequest, StatusRequest, UnsealRequest
from juyong.app.home import Home, open_home
from juyong.app.keys import KeysForgotten, Unlocking
from juyong.app.keys.rekey import rekey
from juyong.app.platform import Running, open_platform
from juyong.app.sealable import Sealable
from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.gateway.pipeline import Pipeline
from juyong.netplane.door import DISKS, door_of
from juyong.netplane.trees import Trees
from juyong.sandbox import Failed
from juyong.worker.supervise import kept_running
from juyong.worker.threads import on_thread

pytestmark = pytest.mark.usefixtures("quick_passphrases")
PASSPHRASE = "correct horse battery"
OPEN, SEALED = Reply(state="open"), Reply(state="sealed")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that is sealed by a passphrase."""
    made = open_home(tmp_path / "home")
    rekey(made, Unlocking(), "passphrase", lambda: Secret(PASSPHRASE))
    return made


class House:
    """Work beside the platform, which notes whether it goes on."""

    def __init__(self) -> None:
        self.at_work = 0

    async def keep(self, _running: Running) -> None:
        self.at_work += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.at_work -= 1


def told(
    home: Home, story: Callable[[Sealable], Awaitable[Any]], house: House | None = None
) -> Any:
    async def run() -> Any:
        sealable = Sealable(home, Settings(), (house or House()).keep, first_delay_seconds=0.02)
        try:
            return await story(sealable)
        finally:
            await sealable.stop()

    return asyncio.run(run())


def events(home: Home) -> list[str]:
    with sqlite3.connect(home.database) as connection:
        rows = connection.execute(
            "SELECT event_name FROM actiontrail_event ORDER BY seq"
        ).fetchall()
    connection.close()
    return [name for (name,) in rows]


async def unseal(sealable: Sealable, passphrase: str | None = PASSPHRASE) -> Reply:
    return await answer(sealable, UnsealRequest(passphrase), 7)


async def seal(sealable: Sealable) -> Reply:
    return await answer(sealable, SealRequest(), 7)


def test_unseal_seal_and_unseal_again_each_leave_an_event(home: Home) -> None:
    house = House()

    async def story(sealable: Sealable) -> None:
        assert await answer(sealable, StatusRequest(), 7) == SEALED
        assert not home.database.exists()
        for _ in range(2):
            assert await unseal(sealable) == OPEN
            await asyncio.sleep(0)
            assert (sealable.sealed, house.at_work) == (False, 1)
            assert await seal(sealable) == SEALED
            assert (sealable.sealed, house.at_work) == (True, 0)

    told(home, story, house)
    assert events(home) == ["Unseal", "Seal"] * 2


def pipelines() -> set[int]:
    return {id(found) for found in gc.get_objects() if isinstance(found, Pipeline)}


def test_sealing_forgets_keys_and_lets_go_of_the_platform(home: Home) -> None:
    async def story(sealable: Sealable) -> None:
        await unseal(sealable)
        running = sealable._running
        assert running is not None
        keys, own = running.keys, id(running.pipeline)
        assert keys["audit"]
        assert own in pipelines()
        del running
        await seal(sealable)
        with pytest.raises(KeysForgotten):
            keys["audit"]
        assert own not in pipelines(), "it has caches of secrets"

    told(home, story)


def test_sealing_tells_the_operator_of_disks_that_stay_plain(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The plane drops a disk that the store does not know.
    monkeypatch.setattr(Trees, "drop", lambda *_: None)

    async def story(sealable: Sealable) -> None:
        for plain in (False, True):
            if plain:
                (door_of(home.path) / DISKS / "d-1.a0").mkdir(parents=True)
            await unseal(sealable)
            await seal(sealable)
            assert ("sealed while disks are plain" in capsys.readouterr().err) is plain

    told(home, story)


def test_sealing_waits_for_jobs_which_the_store_keeps_no_longer(home: Home) -> None:
    class Outlasts(House):
        ends = threading.Event()

        async def keep(self, running: Running) -> None:
            job = asyncio.ensure_future(on_thread("job", partial(self.work, running)))
            await asyncio.shield(job)

        def work(self, running: Running) -> str:
            self.at_work += 1
            self.ends.wait(20)
            return running.settings.region

    async def story(sealable: Sealable) -> None:
        await unseal(sealable)
        await until(lambda: house.at_work)
        assert sealable._running is not None
        own = id(sealable._running.pipeline)
        sealing = asyncio.ensure_future(seal(sealable))
        await until(lambda: sealable.sealed)
        ended, _ = await asyncio.wait([sealing], timeout=0.05)
        assert not ended, "the job holds the platform"
        house.ends.set()
        assert await sealing == SEALED
        assert own not in pipelines()

    house = Outlasts()
    told(home, story, house)


def test_refused_unseals_wait_longer_and_longer_and_one_at_a_time(home: Home) -> None:
    async def timed(sealable: Sealable) -> float:
        begun = time.monotonic()
        reply = await unseal(sealable, "a wrong passphrase")
        assert reply == Reply(
            state="sealed", refusal="the root key, or its passphrase, does not open the seal"
        )
        return time.monotonic() - begun

    async def story(sealable: Sealable) -> None:
        first = asyncio.ensure_future(timed(sealable))
        await asyncio.sleep(0)
        assert "under way" in (await unseal(sealable)).refusal
        assert await first >= 0.02
        assert await timed(sealable) >= 0.04
        assert await timed(sealable) >= 0.08
        assert await unseal(sealable) == OPEN
        await seal(sealable)
        assert sealable._failures == 0

    told(home, story)
    assert events(home) == ["Unseal", "Seal"]


def test_passphrase_is_needed(home: Home) -> None:
    async def story(sealable: Sealable) -> None:
        assert "sealed by a passphrase" in (await unseal(sealable, None)).refusal

    told(home, story)


def test_what_is_so_already_is_refused(home: Home) -> None:
    async def story(sealable: Sealable) -> None:
        assert (await seal(sealable)).refusal == "it is sealed"
        await unseal(sealable)
        assert await unseal(sealable) == Reply(state="open", refusal="the server is not sealed")

    told(home, story)


def test_home_with_a_root_key_file_is_sealed_and_unsealed_without_a_passphrase(
    tmp_path: Path,
) -> None:
    running = open_platform(tmp_path / "home", settings=Settings())

    async def story(sealable: Sealable) -> None:
        sealable.admit(running)
        sealable.start_worker()
        assert await seal(sealable) == SEALED
        assert await unseal(sealable, None) == OPEN

    told(running.home, story)


def test_store_that_fails_does_not_keep_it_open(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from juyong.store.errors import Unavailable

    def full(*_: object) -> None:
        raise Unavailable("disk full")

    async def story(sealable: Sealable) -> None:
        await unseal(sealable)
        monkeypatch.setattr(Running, "note", full)
        assert await seal(sealable) == SEALED
        assert (await unseal(sealable)).refusal == "disk full", "an unseal leaves its event"
        assert sealable.sealed

    told(home, story)


def test_stopping_forgets_the_keys(home: Home) -> None:
    async def story(sealable: Sealable) -> Any:
        await unseal(sealable)
        assert sealable._running is not None
        return sealable._running.keys

    keys = told(home, story)
    with pytest.raises(KeysForgotten):
        keys["audit"]


def test_forgetting_on_the_way_out_needs_no_event_loop(home: Home) -> None:
    async def story(sealable: Sealable) -> None:
        sealable.forget()
        await unseal(sealable)
        assert sealable._running is not None
        sealable.forget()
        with pytest.raises(KeysForgotten):
            sealable._running.keys["audit"]

    told(home, story)


def test_functions_under_way_end_with_the_platform(tmp_path: Path) -> None:
    running = open_platform(tmp_path / "home")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        source = (
            "import socket, time\ndef handler(e, c):\n"
            f"    held = socket.create_connection(('127.0.0.1', {port}))\n    time.sleep(60)\n"
        )
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(attempt(source, seconds=60)))
        thread.start()
        listening.settimeout(20)
        connection, _ = listening.accept()
        with connection:
            running.close()
            thread.join(5)
    assert [type(outcome) for outcome in found] == [Failed]


def test_work_beside_the_platform_that_ends_is_begun_again_and_shown(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = partial(kept_running, first_pause=0.01)
    monkeypatch.setattr("juyong.app.sealable.kept_running", at_once)
    begun: list[str] = []

    class Ends(House):
        async def keep(self, running: Running) -> None:
            begun.append(running.figures.state)
            if len(begun) == 1:
                raise KeyError("a mistake")
            await super().keep(running)

    async def story(sealable: Sealable) -> tuple[str, bytes]:
        assert await unseal(sealable) == OPEN
        await until(lambda: house.at_work)
        running = sealable._running
        assert running is not None
        pages = running.application._pages
        health = await pages["GET", "/health"](None)  # type: ignore[arg-type]
        metrics = await pages["GET", "/metrics"](None)  # type: ignore[arg-type]
        return health.body.decode(), metrics.body

    house = Ends()
    health, metrics = told(home, story, house)
    assert begun == ["running", "running"]
    assert '"worker":"running"' in health
    assert b"juyong_worker_restarts_total 1.0" in metrics
