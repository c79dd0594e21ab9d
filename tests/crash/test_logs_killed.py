"""However often processes are killed, each acknowledged log is in its shard once."""

from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_each_log_is_there_once(tmp_path: Path, database: str) -> None:
    logs, in_files, met, merges = killed("log_killer.py", tmp_path / "home", database, rounds=6)
    assert logs > 50
    assert in_files > 0
    assert met > 0, "no kill met batches that waited"
    assert merges > 0, "no files were merged"
