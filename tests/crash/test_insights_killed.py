"""However often the process is killed, each insight is told once, as one pass would tell it."""

from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_each_insight_is_told_once(tmp_path: Path, database: str) -> None:
    events, insights, met = killed("insight_killer.py", tmp_path / "home", database, rounds=6)
    assert events > 200
    assert insights > 0
    assert met > 0, "no kill met events that were not counted yet"
