"""However often processes are killed, each log is exported once, in the order of its shard."""

from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_each_log_is_exported_once(tmp_path: Path, database: str) -> None:
    logs, objects = killed("export_killer.py", tmp_path / "home", database, rounds=6)
    assert logs > 20
    assert objects > 4
