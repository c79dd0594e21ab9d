"""However often the process is killed, each call is counted once in the sums of uses."""

from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_the_sums_are_a_recount(tmp_path: Path) -> None:
    calls, met = killed("use_killer.py", tmp_path / "home")
    assert calls > 8
    assert met > 0, "no kill met events that were not summed up"
