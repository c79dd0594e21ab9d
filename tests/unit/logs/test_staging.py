"""Folders of open logs go with their objects, and with their processes."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.logs.groups import Logstore

from juyong.api.bench import Bench
from juyong.logs import staging
from juyong.logs.staging import Staging
from juyong.worker.logs import remove_open_files

KILLED = """
import os, signal, sys
from pathlib import Path
from juyong.logs import staging
staging._MEMORY = Path(sys.argv[1])
folder = staging.Staging()
(folder.path / "columns").write_text("open")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(staging, "_MEMORY", tmp_path)
    return tmp_path


def age(*folders: Path) -> None:
    for each in folders:
        os.utime(each, (0, 0))


def test_a_folder_goes_with_its_object(place: Path) -> None:
    folder = Staging()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "columns").touch()
    folder.close()
    folder.close()
    assert list(place.iterdir()) == []
    folder = Staging()
    del folder
    assert list(place.iterdir()) == []


def test_folders_of_killed_processes_are_removed(place: Path) -> None:
    held = Staging()
    done = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False)
    assert done.returncode < 0
    (left,) = set(place.iterdir()) - {held.path}
    young = Staging()
    assert left.exists(), "it may be one that is about to be locked"
    age(left, held.path, young.path)
    Staging().close()
    assert set(place.iterdir()) == {held.path, young.path}


def test_a_job_removes_what_killed_processes_left(place: Path, logstore: Logstore) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(place)], check=False)
    assert done.returncode < 0
    (left,) = place.glob("juyong-logs-*")
    running = logstore.running
    bench = Bench(
        call=running.store.call, clock=running.pipeline.clock, platform=running.pipeline.platform
    )
    remove_open_files(bench)
    assert left.exists()
    age(left)
    remove_open_files(bench)
    assert not left.exists()


def test_a_shared_folder_is_read_by_its_group_alone(tmp_path: Path) -> None:
    made = Staging(tmp_path)
    try:
        assert made.path.parent == tmp_path
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o750
        assert made.path.stat().st_gid == tmp_path.stat().st_gid
    finally:
        made.close()
    assert not made.path.exists()
