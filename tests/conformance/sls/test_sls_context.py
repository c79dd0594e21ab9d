"""The logs around a log, by both official SDKs."""

from collections.abc import Callable

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient, LogItem, PutLogsRequest
from aliyun.log.index_config import IndexConfig, IndexLineConfig
from tests.conformance.harness import Server
from tests.conformance.sls_calls import Caller, refused

from juyong.logs import neighbours
from juyong.services.sls.query.shown_logs import pack_meta

Numbered = list[tuple[str, str]]


def put(log: LogClient, project: str, at: int, pack: str, *texts: str) -> None:
    items = [LogItem(at, [("text", text)]) for text in texts]
    tags = [("__pack_id__", pack)] if pack else []
    log.put_logs(PutLogsRequest(project, "store", "t", "s", items, "0" * 32, logtags=tags))


@pytest.fixture
def sent(server: Server, log: LogClient, project: str, logstore: str) -> dict[str, tuple[str, str]]:
    """Logs of two senders and of none, all in one shard; returns id and meta of each log."""
    log.create_index(project, logstore, IndexConfig(30, IndexLineConfig([" "])))
    at = int(server.clock())
    put(log, project, at, "A-1", "a0", "a1")
    put(log, project, at, "B-1", "b0")
    put(log, project, at, "", "none")
    put(log, project, at, "A-2", "a2", "a3", "a4")
    put(log, project, at, "A-3", "a5")
    found = {}
    for each in log.get_log(project, logstore, at - 1, at + 1, query="*").get_logs():
        shown = each.get_contents()
        if "__pack_meta__" in shown:
            found[shown["text"]] = shown["__tag__:__pack_id__"], shown["__pack_meta__"]
    return found


def around(log: LogClient, project: str, of: tuple[str, str], back: int, forward: int) -> Numbered:
    found = log.get_context_logs(project, "store", *of, back, forward)
    logs = [each.get_contents() for each in found.get_logs()]
    assert found.is_completed()
    assert found.get_total_lines() == len(logs)
    assert found.get_total_lines() == found.get_back_lines() + 1 + found.get_forward_lines()
    return [(each["__index_number__"], each["text"]) for each in logs]


def test_the_logs_of_one_sender_are_found_around_a_log(
    log: LogClient, project: str, sent: dict[str, tuple[str, str]]
) -> None:
    assert sorted(sent) == ["a0", "a1", "a2", "a3", "a4", "a5", "b0"]
    numbered = [(str(number), f"a{number + 3}") for number in range(-3, 3)]
    assert around(log, project, sent["a3"], 100, 100) == numbered
    assert around(log, project, sent["a3"], 2, 1) == numbered[1:5]
    assert around(log, project, sent["a3"], 0, 0) == [("0", "a3")]
    assert around(log, project, sent["b0"], 100, 100) == [("0", "b0")]


def test_the_generated_sdk_reads_them(
    owner: Caller, project: str, sent: dict[str, tuple[str, str]]
) -> None:
    pack, meta = sent["a1"]
    asked = m.GetContextLogsRequest(back_lines=1, forward_lines=1, pack_id=pack, pack_meta=meta)
    body = owner.tea.get_context_logs(project, "store", asked).body
    assert (body.progress, body.total_lines) == ("Complete", 3)
    assert [each["text"] for each in body.logs] == ["a0", "a1", "a2"]
    assert [each["__pack_meta__"] for each in body.logs] == [sent[t][1] for t in ("a0", "a1", "a2")]


def test_a_walk_that_is_too_long_says_so(
    owner: Caller,
    project: str,
    sent: dict[str, tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "MOST_GROUPS", 1)
    pack, meta = sent["a2"]
    asked = m.GetContextLogsRequest(back_lines=9, forward_lines=1, pack_id=pack, pack_meta=meta)
    body = owner.tea.get_context_logs(project, "store", asked).body
    assert (body.progress, [each["text"] for each in body.logs]) == ("Incomplete", ["a2", "a3"])


@pytest.mark.parametrize(
    "meta",
    ["x", "0|MA==|0|1", "0|?|0|0", "0|LTE=|0|0", pack_meta(0, 99), pack_meta(7, 0)],
)
def test_metas_that_no_log_has(
    log: LogClient, project: str, sent: dict[str, tuple[str, str]], meta: str
) -> None:
    with refused("ParameterInvalid", 400, "pack_meta"):
        log.get_context_logs(project, "store", sent["a0"][0], meta, 1, 1)


def test_the_pack_id_must_be_that_of_the_log(
    log: LogClient, project: str, sent: dict[str, tuple[str, str]]
) -> None:
    for pack in ("B-1", "A", "A-2"):
        with refused("ParameterInvalid", 400, "pack_id"):
            log.get_context_logs(project, "store", pack, sent["a0"][1], 1, 1)


def test_context_needs_its_permission(
    as_user: Callable[..., Caller], project: str, sent: dict[str, tuple[str, str]]
) -> None:
    with refused("Unauthorized", 401, "log:GetLogStoreContextLogs"):
        as_user().log.get_context_logs(project, "store", *sent["a0"], 1, 1)
