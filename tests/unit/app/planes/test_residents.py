"""The key process and the runs of functions are seen with the planes."""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tests.unit.sandbox.runs import attempt, output
from tests.waiting import wait_until

from juyong.api.plane import PlaneHealth, PlaneState
from juyong.app.hardware import Hardware
from juyong.app.home import open_home
from juyong.app.planes.residents import FUNCTIONS, KEYS, functions_health, residents_of
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.hsm.errors import HsmUnavailable
from juyong.sandbox import SandboxUnavailable, children, stop_all

IDLE = PlaneHealth(state=PlaneState.IDLE)
FALLBACK = Settings(hsm_module="process")


def test_the_key_process_is_seen_from_its_start_to_the_seal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from juyong.hsm.process import client

    hardware = Hardware(open_home(tmp_path / "home"), FALLBACK, {"hsm": bytes(32)})
    assert hardware.health() == IDLE
    hsm = hardware()
    assert hardware.health() == IDLE
    hsm.health()
    assert hardware.health() == PlaneHealth(state=PlaneState.RUNNING)
    os.kill(hsm._child.process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    wait_until(lambda: hardware.health() == IDLE)
    hsm.health()
    assert hardware.health() == PlaneHealth(state=PlaneState.RUNNING, restarts=1)
    os.kill(hsm._child.process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    monkeypatch.setattr(client, "_BOOT", "raise SystemExit(3)")
    with pytest.raises(HsmUnavailable):
        hsm.health()
    assert str(hardware.health()) == "failing (the key process died twice)"
    hardware.close()
    assert hardware.health().state is PlaneState.STOPPED


def test_runs_of_functions_are_seen() -> None:
    assert functions_health() == IDLE
    source = "import time\ndef handler(e, c):\n    time.sleep(60)\n"

    def run_it() -> None:
        with suppress(SandboxUnavailable):  # It may be stopped before it has started.
            attempt(source, seconds=60)

    thread = threading.Thread(target=run_it)
    thread.start()
    wait_until(lambda: functions_health() == PlaneHealth(state=PlaneState.RUNNING))
    stop_all()
    thread.join(30)
    assert functions_health() == IDLE


def test_a_refusal_is_told_until_a_run_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "child.py"
    broken.write_text(f"import sys; sys.stdout.buffer.write({b'U' + (5).to_bytes(8) + b'walls'})")
    with monkeypatch.context() as patched:
        patched.setattr(children, "_CHILD", broken)
        with pytest.raises(SandboxUnavailable):
            attempt("def handler(e, c):\n    return 1")
    assert str(functions_health()) == "none (walls)"
    assert output("def handler(e, c):\n    return 1") == 1
    assert functions_health() == IDLE


def test_a_home_without_the_key_process_shows_none(tmp_path: Path) -> None:
    def shown(setting: str) -> set[str]:
        running = open_platform(tmp_path / setting, settings=Settings(hsm_module=setting))
        found = residents_of(running.hardware)
        running.close()
        return set(found)

    assert shown("none") == {FUNCTIONS}
    assert shown("process") == {FUNCTIONS, KEYS}
