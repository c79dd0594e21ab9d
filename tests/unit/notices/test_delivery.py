"""Notices: one for each key and receiver, delivered at least once, given up in the end."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.commands import juyong
from tests.jobs import work_off
from tests.platforms import Clock
from tests.unit.worker.bench import Bench
from tests.unit.worker.conftest import bench, store  # noqa: F401  # fixtures

from juyong.api.bench import Bench as JobBench
from juyong.api.context import FetchRefused, Kept
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.base.ids import AccountId
from juyong.notices import Mail, TooManyWaiting, Webhook, send, sending, states
from juyong.notices.tables import MailRow, NoticeRow
from juyong.store.queue import QueueRow
from juyong.worker.hooks import Hooks
from juyong.worker.notices import ATTEMPTS, Undelivered, deliver, forget_old

ME = AccountId("1")
HOOK = Webhook(url="https://hook.example/?token=hush", headers={"X-Key": "hush"}, body="told")
MAIL = Mail(to="me@example.com", subject="An alarm", text="what rang")


class Receiver:
    """Takes requests: answers with statuses in turn, or raises; the last one for ever."""

    def __init__(self, *answers: int | OSError) -> None:
        self.answers, self.got = list(answers), []  # type: ignore[var-annotated]

    def __call__(self, webhook: Webhook) -> int:
        self.got.append(webhook)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


def ours(bench: Bench, receiver: Any) -> JobBench:  # noqa: F811
    """Return the bench of a job whose requests a receiver takes."""
    given = bench.job_bench()
    platform = msgspec.structs.replace(given.platform, post=receiver, kept=Kept(notices_days=1))
    return JobBench(call=given.call, clock=given.clock, platform=platform)


def sent(bench: Bench, message: Webhook | Mail, key: str = "k") -> bool:  # noqa: F811
    return bench.store.call(lambda tx: send(tx, ME, message, key=key, now=bench.clock()))


def told(bench: Bench, key: str = "k") -> list[tuple[str, str, int, str]]:  # noqa: F811
    found = bench.store.call(lambda tx: states(tx, ME, key))
    return [(each.channel, each.state, each.attempts, each.error) for each in found]


def test_a_request_is_delivered_once_and_forgotten(bench: Bench) -> None:  # noqa: F811
    receiver = Receiver(204)
    assert sent(bench, HOOK)
    assert told(bench) == [("webhook", "waiting", 0, "")]
    assert work_off(deliver, ours(bench, receiver)) == 1
    assert told(bench) == [("webhook", "delivered", 1, "")]
    assert not sent(bench, HOOK), "the same occasion"
    assert work_off(deliver, ours(bench, receiver)) == 0
    (got,) = receiver.got
    assert (got.url, got.method, got.body, got.headers["X-Key"]) == (
        HOOK.url,
        "POST",
        "told",
        "hush",
    )
    assert len(got.headers["Idempotency-Key"]) == 24
    assert bench.store.call(lambda tx: tx.find(NoticeRow))[0].message is None


def test_a_key_goes_to_many_receivers(bench: Bench) -> None:  # noqa: F811
    other = msgspec.structs.replace(HOOK, url="https://other.example/")
    assert [sent(bench, each) for each in (HOOK, other, MAIL, MAIL)] == [True, True, True, False]
    assert sent(bench, HOOK, "later")
    assert work_off(deliver, ours(bench, Receiver(200))) == 4
    assert {(channel, state) for channel, state, *_ in told(bench)} == {
        ("webhook", "delivered"),
        ("mail", "delivered"),
    }


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (302, "the receiver answered 302"),
        (500, "the receiver answered 500"),
        (FetchRefused("a network that is not asked"), "a network that is not asked"),
        (TimeoutError("https://hush"), "the receiver did not answer in time"),
        (ConnectionRefusedError("hush"), "the receiver cannot be reached (ConnectionRefusedError)"),
    ],
)
def test_a_failure_is_told_without_secrets(bench: Bench, answer: Any, why: str) -> None:  # noqa: F811
    receiver = Receiver(answer, 200)
    sent(bench, HOOK)
    with pytest.raises(Undelivered):
        work_off(deliver, ours(bench, receiver))
    assert told(bench) == [("webhook", "waiting", 1, why)]
    assert work_off(deliver, ours(bench, receiver)) == 0, "it waits"
    bench.now += 3600
    work_off(deliver, ours(bench, receiver))
    assert told(bench) == [("webhook", "delivered", 2, "")]
    first, second = receiver.got
    assert first.headers == second.headers, "one notice for the receiver"


def test_a_receiver_that_never_answers_is_given_up_and_can_be_asked_again(bench: Bench) -> None:  # noqa: F811
    sent(bench, HOOK)
    for _ in range(ATTEMPTS):
        assert told(bench)[0][1] == "waiting"
        with pytest.raises(Undelivered):
            work_off(deliver, ours(bench, Receiver(503)))
        bench.now += 7200
    assert told(bench) == [("webhook", "failed", ATTEMPTS, "the receiver answered 503")]
    (item,) = bench.store.call(lambda tx: tx.find(QueueRow))
    assert item.dead_at is not None
    assert item.error == "Undelivered"
    from juyong.store.queue import hasten

    bench.store.call(lambda tx: hasten(tx, item.kind, item.key, bench.clock()))
    assert work_off(deliver, ours(bench, Receiver(200))) == 1
    assert told(bench) == [("webhook", "delivered", ATTEMPTS + 1, "")]


def test_a_killed_delivery_is_done_again(bench: Bench) -> None:  # noqa: F811
    from juyong.worker.items import take

    sent(bench, MAIL)
    assert take(deliver, bench.job_bench()) is not None
    assert work_off(deliver, bench.job_bench()) == 0
    bench.now += 60
    assert work_off(deliver, bench.job_bench()) == 1
    assert len(bench.store.call(lambda tx: tx.find(MailRow))) == 1


def test_the_notices_that_wait_are_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(sending, "MOST_WAITING", 2)
    sent(bench, MAIL, "a")
    sent(bench, MAIL, "b")
    assert not sent(bench, MAIL, "b")
    with pytest.raises(TooManyWaiting):
        sent(bench, MAIL, "c")
    work_off(deliver, bench.job_bench())
    assert sent(bench, MAIL, "c")


def test_old_mails_and_outcomes_are_forgotten(bench: Bench) -> None:  # noqa: F811
    sent(bench, MAIL)
    work_off(deliver, ours(bench, Receiver(200)))
    sent(bench, HOOK, "waits")
    bench.now += 86_400
    forget_old(ours(bench, Receiver(200)))
    assert len(told(bench)) == 1
    bench.now += 1
    forget_old(bench.job_bench() and ours(bench, Receiver(200)))
    assert told(bench) == []
    assert bench.store.call(lambda tx: tx.find(MailRow)) == []
    assert told(bench, "waits") == [("webhook", "waiting", 0, "")]


def test_nothing_of_a_message_is_readable_in_the_database(
    bench: Bench,  # noqa: F811
    tmp_path: Path,
) -> None:
    sent(bench, HOOK)
    sent(bench, MAIL)
    with pytest.raises(Undelivered):
        work_off(deliver, ours(bench, Receiver(500)))
    lines = list(sqlite3.connect(tmp_path / "a.db").iterdump())
    assert any("notices_mail" in line for line in lines)
    text = "\n".join(lines)
    assert "hush" not in text
    assert "what rang" not in text
    assert b"hush".hex() not in text.lower()


def test_the_worker_knows_the_jobs() -> None:
    hooks = Hooks()
    hooks.load()
    assert {"notices.deliver", "notices.forget"} <= set(hooks.jobs)


def test_mails_are_listed_and_shown(tmp_path: Path) -> None:
    clock = Clock()
    running = open_platform(tmp_path / "home", settings=Settings(hsm_module="none"), clock=clock)
    pipeline = running.pipeline
    at = JobBench(call=running.store.call, clock=pipeline.clock, platform=pipeline.platform)
    odd = Mail(to="other@example.com", subject="second", text="a\x1b[2Jb")
    for number, mail in enumerate((MAIL, odd)):
        at.transact(lambda tx, m=mail, n=number: send(tx, ME, m, key=f"{n}", now=at.clock()))  # type: ignore[misc]
        work_off(deliver, at)
        clock.offset += 1
    running.close()
    home = ("--home", tmp_path / "home")
    listed = json.loads(juyong("mail", "list", "--json", *home).out)["mails"]
    assert [each["subject"] for each in listed] == ["second", "An alarm"]
    only = juyong("mail", "list", "--to", "me@example.com", *home).out
    assert "An alarm" in only
    assert "second" not in only
    shown = juyong("mail", "show", str(listed[1]["mail_id"]), *home)
    assert "Subject: An alarm" in shown.out
    assert shown.out.endswith("what rang\n")
    assert "\x1b" not in juyong("mail", "show", str(listed[0]["mail_id"]), *home).out
    assert juyong("mail", "show", "77", *home).status == 1
    assert juyong("mail", "list", "--limit", "0", *home).status == 3
