"""What `juyong why` costs at a million events, beside a bare look-up of the event.

    python tests/bench/bench_why.py

The events that are asked about are real: calls of a user with policies of two versions, which are
deleted afterwards, made before and after a million others are filled in. The bare look-up opens the
database and reads the event by its index; ours opens it too, checks the MAC, finds the texts and
decides by the policies of then and of today. The median of all counts.
"""

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.report import Row
from tests.unit.audit.calling import Member, Story, statement
from tests.unit.gateway.platforms import platform

from juyong.app.state import State, state_of
from juyong.app.why.explaining import why
from juyong.audit.tables import EventRow

EVENTS = 1_000_000
ASKED = 60
MOST_MS = 50.0
_FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO actiontrail_event ({columns})
SELECT {values} FROM n, (SELECT * FROM actiontrail_event WHERE event_id = ?)
"""
_ONE = "SELECT * FROM actiontrail_event WHERE account_id = ? AND event_id = ?"


def measure(events: int = EVENTS) -> list[Row]:
    """Fill a home, and time both."""
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        home = Path(folder) / "home"
        with platform(home) as running:
            story = Story(running)
            reader = story.member("reader", statement("ram:GetUser"), statement("kms:*"))
            asked = _calls(story, reader)
            fill(home / "juyong.db", asked[0], events)
            asked += _calls(story, reader)
            _lose(story)
            state = state_of(running)
            return _rows(state, story.account_id, asked, events)


def _calls(story: Story, reader: Member) -> list[str]:
    """Make calls, some after a change of the policy, and return their ids."""
    found = []
    for number in range(ASKED // 2):
        found.append(story.call(reader, "GetUser", UserName="reader").request_id)
        if number % 5 == 0:
            document = json.loads(statement("ram:GetUser"))
            document["Statement"][0]["Sid"] = f"s{time.time_ns()}"
            story.done(
                "CreatePolicyVersion",
                PolicyName="reader-0",
                PolicyDocument=json.dumps(document),
                SetAsDefault="true",
                RotateStrategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
            )
    story.running.store.settle()
    return found


def _lose(story: Story) -> None:
    """Delete a policy, so that its texts are in the inventory's history alone."""
    named = {"PolicyName": "reader-0"}
    story.done("DetachPolicyFromUser", **named, PolicyType="Custom", UserName="reader")
    for row in story.done("ListPolicyVersions", **named, PolicyType="Custom").body[
        "PolicyVersions"
    ]["PolicyVersion"]:
        if not row["IsDefaultVersion"]:
            story.done("DeletePolicyVersion", **named, VersionId=row["VersionId"])
    story.done("DeletePolicy", **named)


def fill(database: Path, like: str, events: int) -> None:
    """Add events like one of them, each with an id of its own."""
    names = [name for name in EventRow.__struct_fields__ if name != "seq"]
    values = [
        "substr(event_id, 1, 24) || printf('%012X', i)" if name == "event_id" else name
        for name in names
    ]
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        text = _FILL.format(columns=", ".join(names), values=", ".join(values))
        raw.execute(text, (events, like))
        assert raw.execute("SELECT changes()").fetchone() == (events,)
        raw.commit()


def _rows(state: State, account_id: str, asked: list[str], events: int) -> list[Row]:
    database = state.home.path / "juyong.db"

    def bare(event_id: str) -> None:
        with closing(sqlite3.connect(database)) as raw:
            assert len(raw.execute(_ONE, (account_id, event_id)).fetchall()) == 1

    def ours(event_id: str) -> None:
        assert why(state.home.path, event_id).same is True

    def process(event_id: str) -> None:
        words = ("why", event_id, "--home", state.home.path)
        subprocess.run(
            [sys.executable, "-m", "juyong.cli.start", *words], check=True, capture_output=True
        )

    mine, theirs = _ms(ours, asked), _ms(bare, asked)
    title, other = f"why, {events:,} events", f"bare SELECT {theirs:.3g} ms"
    goal = f"goal {MOST_MS:g} ms, is {mine / theirs:.0f}x bare"
    verdict = "goal" if mine <= MOST_MS else "MISSED"
    whole = _ms(process, asked[:5])
    return [
        Row(title, f"{mine:.3g} ms", other, theirs / mine, goal, verdict),
        Row("why, with the start of a process", f"{whole:.3g} ms", other, theirs / whole),
    ]


def _ms(step: Callable[[str], None], asked: list[str]) -> float:
    times = []
    for each in asked:
        start = time.perf_counter()
        step(each)
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def main() -> int:
    """Print the rows; 1 when a bound is missed."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
