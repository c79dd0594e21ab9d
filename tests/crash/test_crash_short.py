"""The crash runs in short: two kills, a full disk, a file size limit, two servers on one store."""

import pytest
from tests.crash.rounds import crash_round, crash_while_starting
from tests.crash.shortage import CannotMount, file_size_limit, full_disk
from tests.crash.two_servers import two_processes


def test_killed_server_keeps_what_it_acknowledged(tmp_path):
    home = tmp_path / "home"
    crash_while_starting(home, seed=3)
    rounds = [crash_round(home, number, seed=11 + number) for number in range(2)]
    assert all(each.acknowledged > 10 for each in rounds)


def test_full_disk_refuses_and_recovers(tmp_path):
    try:
        assert full_disk(tmp_path)
    except CannotMount as refused:
        pytest.skip(f"mounting a small disk takes root: {refused}")


def test_file_that_cannot_grow_refuses_and_recovers(tmp_path):
    assert file_size_limit(tmp_path)


def test_two_servers_share_one_store(tmp_path):
    assert two_processes(tmp_path)
