"""Evidence of use: rules that flows used, times without a record, and the review of rules."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.commands import Done, juyong
from tests.local import local_platform
from tests.unit.services.network import network_rows as rows

from juyong.api.bench import Bench
from juyong.app.collectors import stored
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant, system_clock
from juyong.netplane.desired import Flow, Watched
from juyong.services.network.facade import keep_use
from juyong.services.network.usage import keeping
from juyong.services.network.usage.jobs import review_rules
from juyong.services.network.usage.reviewing import DAYS
from juyong.services.network.usage.tables import RuleUseRow, SeenRow, UnusedRow, WatchRow
from juyong.store.transaction import Transaction

HOUR, DAY = 3600, 86_400
NOW = system_clock()


def shop(tx: Transaction) -> None:
    """Web and db; db is open to web on 5432 and 22, and a rule behind them decides nothing."""
    rows.two_tiers(tx)
    rows.rule(tx, "sgr-pg", "sg-db", port_range="5432/5432", peer_group_id="sg-web")
    rows.rule(tx, "sgr-ssh", "sg-db", port_range="22/22", peer_group_id="sg-web")
    rows.rule(tx, "sgr-six", "sg-db", port_range="22/22", peer_cidr="2001:db8::/32")
    rows.rule(tx, "sgr-pg2", "sg-db", port_range="5432/5432", peer_cidr="10.0.0.5/32", priority=50)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with local_platform(tmp_path / "home") as local:
        local.running.store.call(shop)
    return tmp_path / "home"


@pytest.fixture
def running(home: Path) -> Any:
    found = open_platform(home, settings=Settings(durable=False))
    yield found
    found.close()


def bench(running: Running, now: int = NOW) -> Bench:
    told: list[int] = []
    made = Bench(
        call=running.store.call,
        clock=lambda: Instant(now),
        platform=running.pipeline.platform,
        rows=review_rules.rows,
        over_budget=lambda _job, written: told.append(written),
    )
    assert told == []
    return made


def flow(**changes: Any) -> Flow:
    """Return what the plane tells of web asking db, at the interface of db."""
    told = Flow(
        interface_id="eni-db",
        ingress=True,
        accepted=True,
        protocol=6,
        source="10.0.0.5",
        source_port=49152,
        target="10.0.1.5",
        target_port=5432,
        packets=3,
        bytes=180,
        start_s=NOW - 60,
        end_s=NOW,
        peer="eni-web",
        opens=True,
        used=("sgr-pg",),
    )
    return replace(told, **changes)


def watched(start: int, end: int) -> Watched:
    return Watched(start_s=NOW + start, end_s=NOW + end)


def unused(home: Path, *words: str) -> Done:
    return juyong("net", "unused", *words, "--home", home)


def document(home: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unused(home, *words, "--json").out)
    return found


def test_a_rule_that_no_flow_used_is_named_with_the_evidence(home: Path, running: Running) -> None:
    events = [flow(), watched(-2 * DAY, -DAY), watched(-DAY + HOUR, 0)]
    keep_use(bench(running), events)
    found = document(home, "--since", "3d")
    assert [each["id"] for each in found["idle"]] == ["sgr-ssh"]
    assert (found["idle"][0]["last_used"], found["idle"][0]["owner"]) == ("", "sg-db (db)")
    assert [each["id"] for each in found["rules"]] == ["sgr-pg2", "sgr-six"]
    evidence = found["evidence"]
    assert len(evidence["gaps"]) in (2, 3)  # the last one is the time since the last window
    assert abs(evidence["gap_seconds"] - DAY - HOUR) < 30
    text = unused(home, "--since", "3d").out
    assert "sgr-ssh  accept 1 tcp 22/22 from sg-web (sg-db)  no flow ever used it" in text
    assert "no flow seen since" in text
    assert "with gaps of" in text
    whole = unused(home, "--since", "1h").out
    assert "flows are recorded since" in whole


def test_a_use_of_before_is_told_and_one_of_since_takes_the_rule_off(
    home: Path, running: Running
) -> None:
    old = flow(used=("sgr-ssh",), end_s=NOW - 2 * DAY)
    keep_use(bench(running), [old, flow(), watched(-2 * DAY, 0)])
    assert "last used at 20" in unused(home, "--since", "1d").out
    assert document(home, "--since", "3d")["idle"] == []
    keep_use(bench(running), [flow(used=("sgr-ssh", "sgr-pg"))])
    assert document(home, "--since", "1d")["idle"] == []
    row = running.store.call(lambda tx: tx.get(RuleUseRow, "sgr-pg"))
    assert row is not None
    assert (row.used_at, row.packets) == (NOW, 6)


def test_nothing_is_said_of_a_time_without_a_record(home: Path) -> None:
    done = unused(home, "--since", "7d")
    assert (done.status, "none was ever recorded" in done.out) == (2, True)
    assert unused(home, "--since", "soon").status == 3
    assert unused(home, "--since", "2999-01-01").status == 3
    assert unused(home, "--since", "7d", "--kept").status == 3


def test_windows_that_follow_each_other_are_one_time_and_the_oldest_go(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spans() -> list[tuple[int, int]]:
        found = running.store.call(lambda tx: tx.find(WatchRow, order=("begin_at",)))
        return [(each.begin_at - NOW, each.end_at - NOW) for each in found]

    keep_use(bench(running), [watched(0, 60), watched(60, 120)])
    keep_use(bench(running), [watched(60, 120), watched(120, 180)])
    assert spans() == [(0, 180)]
    keep_use(bench(running), [watched(240, 300), watched(-60, 0)])
    assert spans() == [(0, 180), (240, 300)]
    monkeypatch.setattr(keeping, "MOST_SPANS", 2)
    keep_use(bench(running), [watched(600, 660)])
    assert spans() == [(240, 300), (600, 660)]


def test_pairs_are_kept_once_without_answers(running: Running) -> None:
    answer = flow(opens=False, source="10.0.1.5", target="10.0.0.5", peer="eni-db")
    outward = flow(
        interface_id="eni-web", ingress=False, peer="", source="10.0.0.5", target="203.0.113.9"
    )
    keep_use(
        bench(running),
        [
            flow(),
            replace(flow(), interface_id="eni-web", ingress=False, peer="eni-db"),
            answer,
            outward,
            replace(outward, target="10.0.9.9"),
            flow(accepted=False, opens=False, target_port=22),
            flow(accepted=False, opens=False, target_port=23),
        ],
    )
    found = running.store.call(lambda tx: tx.find(SeenRow, order=("source", "target")))
    assert [
        (each.source, each.target, each.accepted, each.port, each.packets)
        for each in sorted(found, key=lambda row: (row.source, row.target, row.accepted))
    ] == [
        ("eni-web", "eni-db", False, 23, 6),
        ("eni-web", "eni-db", True, 5432, 3),
        ("eni-web", "internet", True, 5432, 3),
    ]


def test_a_review_is_kept_listed_and_counted(home: Path, running: Running) -> None:
    assert unused(home, "--kept").status == 2
    review_rules(bench(running))
    first = document(home, "--kept")
    assert {each["id"]: each["why"] for each in first["rules"]} == {
        "sgr-pg2": "rules before it decide all that it means",
        "sgr-six": "no packet that it means can come",
    }
    # The rules were made before the days of the review, and no flow was seen.
    keep_use(bench(running), [flow(), watched(-DAYS * DAY, 0)])
    later = NOW + HOUR
    review_rules(bench(running, later))
    found = document(home, "--kept")
    assert {each["id"] for each in found["rules"]} == {"sgr-pg2", "sgr-six", "sgr-ssh"}
    shown = {each["id"]: each for each in found["rules"]}
    assert shown["sgr-ssh"]["why"] == "no flow used it"
    assert shown["sgr-pg2"]["found_since"] == first["rules"][0]["found_since"]
    families = [
        family
        for each in running.store.call(lambda tx: stored(tx, Instant(later)))
        for family in each.collect()
    ]
    (counted,) = [each for each in families if each.name == "juyong_network_unused_rules"]
    assert sum(each.value for each in counted.samples) == 3
    assert "reviewed at" in unused(home, "--kept").out

    def drop(tx: Transaction) -> None:
        from juyong.services.network.rules.tables import RuleRow

        for name in ("sgr-pg", "sgr-ssh", "sgr-six"):
            tx.delete(tx.get(RuleRow, name))

    running.store.call(drop)
    review_rules(bench(running, later + DAY * 2))
    kept = running.store.call(lambda tx: [row.rule_id for row in tx.find(UnusedRow)])
    assert kept == ["sgr-pg2"]
    assert running.store.call(lambda tx: tx.find(RuleUseRow)) == []
    assert running.store.call(lambda tx: tx.find(SeenRow)) == []
