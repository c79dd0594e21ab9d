"""Planes of a server: found by a scan, shown on its pages, stopped by a seal."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.commands import juyong
from tests.unit.app.planes.lamps import Lamps
from tests.waiting import until

from juyong.app.control.handling import answer, control_of
from juyong.app.control.messages import SealRequest, UnsealRequest
from juyong.app.home import open_home
from juyong.app.planes.asking import planes_of
from juyong.app.platform import Running, open_platform
from juyong.app.sealable import Sealable
from juyong.app.settings import BadSetting, Settings
from juyong.worker import hooks


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Lamps:
    """The lamps, as the only plane of all services."""
    made = Lamps()
    monkeypatch.setattr(hooks, "planes", lambda: (made.spec,))
    return made


async def no_work(_running: Running) -> None:
    await asyncio.Event().wait()


async def health(running: Running) -> object:
    page = running.application._pages["GET", "/health"]
    shown = await page(None)  # type: ignore[arg-type]
    return json.loads(shown.body).get("lamps")


def test_a_seal_stops_the_plane_and_an_unseal_starts_it(house: Lamps, tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")

    async def story() -> None:
        sealable = Sealable(home, Settings(), no_work)
        running = open_platform(home.path, settings=Settings())
        sealable.admit(running)
        assert await health(running) is None
        assert running.pipeline.platform.plane("lamps") is None
        sealable.start_worker()
        await until(lambda: house.applied)
        await until(lambda: running.pipeline.platform.plane("lamps"))
        assert await health(running) == "running"
        assert running.pipeline.platform.plane("lights") is None
        first = house.child
        assert first is not None
        await answer(sealable, SealRequest(), 7)
        assert first.returncode is not None
        assert str(running.planes.health()["lamps"]) == "stopped"
        await answer(sealable, UnsealRequest(), 7)
        await until(lambda: house.child is not first)
        await sealable.stop()
        assert house.child is not None
        assert house.child.returncode is not None

    asyncio.run(story())
    assert house.lit == home.planes / "lamps" / "lit"
    assert home.planes.stat().st_mode & 0o777 == 0o700


def test_only_known_planes_are_turned_off(house: Lamps, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no plane `lights`"):
        open_platform(tmp_path / "home", settings=Settings(planes_off=("lights",)))
    open_platform(tmp_path / "home", settings=Settings(planes_off=("lamps",))).close()
    assert house.starts == 0


def test_commands_hear_of_a_running_server_how_its_planes_do(house: Lamps, tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")

    async def story() -> None:
        sealable = Sealable(home, Settings(), no_work)
        sealable.admit(open_platform(home.path, settings=Settings()))
        sealable.start_worker()
        control = control_of(home, sealable)
        await control.start()
        await until(lambda: sealable.planes().get("lamps") == "running")
        found = await asyncio.to_thread(planes_of, home, Settings())
        control.stop()
        await sealable.stop()
        assert found["lamps"] == "running"
        assert found["functions"] == "idle"

    asyncio.run(story())
    assert house.starts == 1


def test_commands_try_the_machine_where_no_server_runs(house: Lamps, tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    assert planes_of(home, Settings()) == {"lamps": "stopped (no server runs)"}
    assert house.child is not None
    assert house.child.returncode is not None
    house.remark = "half as bright"
    assert planes_of(home, Settings()) == {"lamps": "stopped (no server runs; half as bright)"}
    house.fails = "no current"
    assert planes_of(home, Settings()) == {"lamps": "failing (no current)"}
    house.refuses = "no lamps here"
    assert planes_of(home, Settings()) == {"lamps": "none (no lamps here)"}
    off = planes_of(home, Settings(planes_off=("lamps",)))
    assert off == {"lamps": "none (turned off by the setting `planes_off`)"}


def test_check_has_a_line_for_each_plane(house: Lamps, tmp_path: Path) -> None:
    open_platform(tmp_path / "home").close()
    house.refuses = "no lamps here"
    done = juyong("check", "--home", tmp_path / "home")
    assert "lamps: none (no lamps here)" in done.out.splitlines()
    assert done.status == 0
