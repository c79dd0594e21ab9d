"""The crash runs in short: kills, power cuts, a full disk, a file size limit, two servers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash import kms_shortage
from tests.crash.homes import Home, postgres_where_installed
from tests.crash.kms_rounds import KmsHome, database_where_installed, kms_round
from tests.crash.kms_two_servers import once_for_each_date
from tests.crash.oss_rounds import oss_round
from tests.crash.rounds import crash_round, crash_while_starting
from tests.crash.shortage import CannotMount, file_size_limit, full_disk
from tests.crash.two_servers import two_processes
from tests.postgres import DATABASES
from tests.stores import KINDS, juyong_store, moto_store


@pytest.fixture(params=DATABASES)
def home(request, tmp_path) -> Iterator[Home]:
    """A home that is empty, on each database."""
    if request.param == "sqlite":
        yield Home(tmp_path / "home")
        return
    with postgres_where_installed() as databases:
        if databases is None:
            pytest.skip("PostgreSQL's server binaries are not installed")
        yield databases.home(tmp_path / "home")


@pytest.mark.timeout(180)  # a busy machine
def test_killed_server_keeps_what_it_acknowledged(home):
    crash_while_starting(home, seed=3)
    rounds = [crash_round(home, number, seed=14 + number * 4, least=12) for number in range(2)]
    assert [each.servers for each in rounds] == [1, 2]
    assert all(each.acknowledged > 10 for each in rounds)


@pytest.mark.timeout(180)  # a busy machine
def test_killed_server_keeps_the_objects_it_acknowledged(home):
    rounds = [oss_round(home, number, seed=7 + number * 4, least=12) for number in range(2)]
    assert [each.servers for each in rounds] == [1, 2]
    assert all(each.acknowledged > 10 for each in rounds)


@pytest.mark.timeout(300)  # a busy machine
@pytest.mark.parametrize("kind", KINDS)
def test_killed_server_keeps_the_objects_that_are_in_another_store(kind, tmp_path):
    with moto_store() if kind == "s3" else juyong_store(tmp_path / "second") as store:
        place = Home(tmp_path / "home", blobs=store.settings(tmp_path / "keys", "crash/"))
        seen = oss_round(place, number=1, seed=31, least=8)
    assert seen.servers == 2
    assert seen.acknowledged > 6


def cut_power(*options: str) -> str:
    """Cut the power at some seeds; returns the last line."""
    program = [sys.executable, str(Path(__file__).with_name("power_cuts.py")), *options]
    done = subprocess.run(program, capture_output=True, text=True, timeout=150, check=False)
    return f"{done.returncode} {done.stdout.splitlines()[-1]}"


@pytest.mark.timeout(180)  # a busy machine
def test_power_cut_takes_nothing_that_was_acknowledged():
    assert cut_power("--seeds", "20").startswith("0 20 seeds held, 0 failed")


@pytest.mark.timeout(180)  # a busy machine
@pytest.mark.parametrize("deaf", ["files", "folders"])
def test_power_cut_shows_an_fsync_that_is_missing(deaf):
    assert cut_power("--seeds", "6", "--deaf", deaf).startswith("1 ")


def test_full_disk_refuses_and_recovers(tmp_path):
    try:
        assert full_disk(tmp_path)
    except CannotMount as refused:
        pytest.skip(f"mounting a small disk takes root: {refused}")


def test_file_that_cannot_grow_refuses_and_recovers(tmp_path):
    assert file_size_limit(tmp_path)


def test_two_servers_share_one_store(home):
    assert two_processes(home)


@pytest.mark.timeout(180)  # a busy machine
def test_killed_kms_loses_no_key_and_no_secret(tmp_path):
    with database_where_installed() as database:
        place = KmsHome(tmp_path / "kms", database)
        rounds = [kms_round(place, number, seed=31 + number) for number in range(2)]
    assert all(each.acknowledged > 10 for each in rounds)


@pytest.mark.postgres
@pytest.mark.timeout(180)
def test_two_workers_rotate_once_for_each_date(tmp_path):
    assert once_for_each_date(tmp_path, dates=3)


@pytest.mark.postgres
@pytest.mark.timeout(180)
def test_kms_keeps_its_promises_while_the_database_crashes(tmp_path):
    assert kms_shortage.broken_postgres(tmp_path, outages=1)


def test_kms_on_a_full_disk_refuses_and_recovers(tmp_path):
    try:
        assert kms_shortage.full_disk(tmp_path)
    except CannotMount as refused:
        pytest.skip(f"mounting a small disk takes root: {refused}")


def test_kms_whose_files_cannot_grow_refuses_and_recovers(tmp_path):
    assert kms_shortage.file_size_limit(tmp_path)
