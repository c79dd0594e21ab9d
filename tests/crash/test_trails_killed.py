"""However often the process is killed, each event reaches bucket and logstore once, in order."""

from pathlib import Path

from tests.crash.killing import killed


def test_killed_at_any_moment_each_event_is_delivered_once(tmp_path: Path, database: str) -> None:
    events, met, of_data, past, within = killed(
        "trail_killer.py", tmp_path / "home", database, rounds=6
    )
    assert events > 100
    assert of_data > 100
    assert past > 1000
    assert met > 0, "no kill met events that were not delivered yet"
    assert within > 0, "no kill met a delivery-history job that was not done yet"
