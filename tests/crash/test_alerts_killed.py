"""However often processes are killed, each log of an alert rings, as one notice."""

from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_each_log_rings_as_one_notice(tmp_path: Path, database: str) -> None:
    users, _ = killed("alert_killer.py", tmp_path / "home", database, rounds=6)
    assert users > 10
