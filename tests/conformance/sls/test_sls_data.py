"""Logs come in by all paths and compressions of both SDKs, and consumers read them in order."""

import base64
import json
import time
from collections.abc import Callable
from functools import partial

import lz4.block
import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient, LogItem, PutLogsRequest
from tests.conformance.harness import Server
from tests.conformance.sls_calls import REGION, Caller, raw, refused, tea_refused

from juyong.engines.logsearch.log import Log
from juyong.logs import batches, loggroup
from juyong.logs.compression import compress
from juyong.logs.loggroup import group_of

AT = 1_700_000_000


def items(*texts: str) -> list[LogItem]:
    return [LogItem(timestamp=AT + n, contents=[("text", text)]) for n, text in enumerate(texts)]


def put(log: LogClient, project: str, *texts: str, key: str | None = None, **more: object) -> None:
    log.put_logs(PutLogsRequest(project, "store", "topic", "source", items(*texts), key, **more))


def pulled(log: LogClient, project: str, shard: int, **more: object) -> list[str]:
    """Read the texts of a shard."""
    begin = log.get_begin_cursor(project, "store", shard).get_cursor()
    found = log.pull_logs(project, "store", shard, begin, 1000, **more)
    return [each["text"] for each in found.get_flatten_logs_json()]


def group(*texts: str) -> bytes:
    logs = [Log(time=AT, topic="t", source="s", contents=(("text", text),)) for text in texts]
    return group_of(logs)


def sent(
    owner: Caller,
    project: str,
    body: bytes,
    path: str = "/logstores/store",
    query: str = "",
    **headers: str,
) -> tuple[int, str]:
    """Send a body as no client would; returns status and code."""
    own = {"content-type": "application/x-protobuf"}
    own |= {f"x-log-{name}": value for name, value in headers.items()}
    answer = owner.call("POST", path, query, body, project=project, headers=own)
    return answer.status, json.loads(answer.body)["errorCode"] if answer.body else ""


@pytest.mark.parametrize("compressed", [True, False])
def test_logs_are_put_and_pulled_by_the_log_sdk(
    log: LogClient, project: str, logstore: str, compressed: bool
) -> None:
    for texts in (("a", "二"), ("c",)):
        put(log, project, *texts, key="0" * 32, compress=compressed, logtags=[("host", "h")])
    assert pulled(log, project, 0, compress=compressed) == ["a", "二", "c"]
    assert pulled(log, project, 1) == []
    begin = log.get_begin_cursor(project, "store", 0).get_cursor()
    found = log.pull_logs(project, "store", 0, begin, 1)
    assert found.get_loggroup_count() == 1
    (first, _) = found.get_flatten_logs_json()
    assert (first["__topic__"], first["__source__"]) == ("topic", "source")
    assert (first["__time__"], first["__tag__:host"]) == (AT, "h")
    following = log.pull_logs(project, "store", 0, found.get_next_cursor(), 1)
    assert [each["text"] for each in following.get_flatten_logs_json()] == ["c"]
    assert following.get_next_cursor() == log.get_end_cursor(project, "store", 0).get_cursor()


def test_an_empty_shard_and_its_end(log: LogClient, project: str, logstore: str) -> None:
    begin = log.get_begin_cursor(project, "store", 0).get_cursor()
    found = log.pull_logs(project, "store", 0, begin)
    assert (found.get_loggroup_count(), found.get_next_cursor()) == (0, begin)
    put(log, project, "a", key="0" * 32)
    assert next(log.pull_log(project, "store", 0, "begin", "end")).get_log_count() == 1


def test_logs_are_put_and_pulled_by_the_generated_sdk(
    owner: Caller, project: str, logstore: str
) -> None:
    content = m.LogContent(key="text", value="a")
    body = m.LogGroup(
        topic="t", source="s", log_items=[m.LogItem(time=AT, contents=[content])], log_tags=[]
    )
    owner.tea.put_logs(project, "store", m.PutLogsRequest(body=body))
    texts = []
    for shard in ("0", "1"):
        cursor = owner.tea.get_cursor(
            project, "store", shard, m.GetCursorRequest(from_="begin")
        ).body.cursor
        found = owner.tea.pull_logs(
            project, "store", shard, m.PullLogsRequest(cursor=cursor, count=10)
        )
        for each in found.body.log_group_list if found.body else []:
            texts += [c.value for item in each.log_items for c in item.contents]
    assert texts == ["a"]


@pytest.mark.parametrize("codec", ["", "lz4", "zstd", "deflate", "gzip"])
def test_every_compression_is_taken_and_answered(
    owner: Caller, project: str, logstore: str, codec: str
) -> None:
    body = group("a" * 1000)
    named = {"compresstype": codec} if codec else {}
    assert sent(
        owner,
        project,
        compress(codec, body),
        "/logstores/store/shards/route",
        "key=" + "0" * 32,
        bodyrawsize=str(len(body)),
        **named,
    ) == (200, "")
    answer = owner.call(
        "GET",
        "/logstores/store/shards/0",
        "type=logs&cursor=MDAw",
        project=project,
        headers={"accept-encoding": codec} if codec else {},
    )
    assert answer.status == 200, answer.body
    assert answer.headers.get("x-log-compresstype", "") == codec
    size = int(answer.headers["x-log-bodyrawsize"])
    from juyong.logs.compression import decompress

    assert decompress(codec, answer.body, size).endswith(body)
    assert (answer.headers["x-log-count"], answer.headers["x-log-read-last-cursor"]) == ("1", "0")


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"no group", {}, "PostBodyInvalid"),
        (b"\x0a\x02\x08\x00", {}, "PostBodyInvalid"),
        (b"\x1a\x01\xff", {}, "InvalidEncoding"),
        (b"\x32\x84\x01\x0a\x81\x01" + b"k" * 129, {}, "InvalidKey"),
        (
            b"\x0a\x02\x08\x01" * 512_001,
            {"compresstype": "lz4", "bodyrawsize": "2048004"},
            "PostBodyTooLarge",
        ),
        (group("a"), {"compresstype": "snappy", "bodyrawsize": "9"}, "InvalidCompressType"),
        (group("a"), {"compresstype": "lz4"}, "MissingBodyRawSize"),
        (group("a"), {"compresstype": "lz4", "bodyrawsize": "-1"}, "InvalidBodyRawSize"),
        (group("a"), {"compresstype": "lz4", "bodyrawsize": "40"}, "PostBodyUncompressError"),
        (group("a"), {"compresstype": "zstd", "bodyrawsize": "40"}, "PostBodyUncompressError"),
        (group("a"), {"compresstype": "lz4", "bodyrawsize": str(31 * 2**20)}, "PostBodyTooLarge"),
    ],
)
@pytest.mark.usefixtures("logstore")
def test_bodies_that_are_refused(
    owner: Caller, project: str, body: bytes, headers: dict[str, str], code: str
) -> None:
    if len(body) > 2**20:
        body = lz4.block.compress(body, store_size=False)
    assert sent(owner, project, body, **headers) == (400, code)
    assert (
        owner.log.get_end_cursor(project, "store", 0).get_cursor()
        == base64.b64encode(b"0").decode()
    )


def test_a_group_without_logs_is_taken_and_leaves_nothing(
    owner: Caller, project: str, logstore: str
) -> None:
    assert sent(owner, project, b"") == (200, "")
    assert pulled(owner.log, project, 0) == []


@pytest.mark.parametrize("key", ["zz", "0" * 31, "g" * 32, "-" + "1" * 31])
def test_keys_that_name_no_shard(owner: Caller, project: str, logstore: str, key: str) -> None:
    found = sent(owner, project, group("a"), "/logstores/store/shards/route", f"key={key}")
    assert found == (400, "ParameterInvalid")


def test_a_key_chooses_the_shard(log: LogClient, project: str, logstore: str) -> None:
    for key in ("7" + "f" * 31, "8" + "0" * 31, "f" * 32):
        put(log, project, key[0], key=key)
    assert (pulled(log, project, 0), pulled(log, project, 1)) == (["7"], ["8", "f"])
    log.split_shard(project, logstore, 0, "4" + "0" * 31)
    put(log, project, "later", key="0" * 32)
    assert (pulled(log, project, 0), pulled(log, project, 2)) == (["7"], ["later"])


def test_cursors_by_time(owner: Caller, log: LogClient, project: str, logstore: str) -> None:
    before = int(time.time())
    put(log, project, "a", key="0" * 32)
    begin = log.get_begin_cursor(project, "store", 0).get_cursor()
    assert log.get_cursor(project, "store", 0, before - 5).get_cursor() == begin
    end = log.get_cursor(project, "store", 0, before + 60).get_cursor()
    assert end == log.get_end_cursor(project, "store", 0).get_cursor()
    at = log.get_cursor_time(project, "store", 0, begin).get_cursor_time()
    assert before - 1 <= at <= before + 60
    assert log.get_previous_cursor_time(project, "store", 0, end).get_cursor_time() == at
    soon = owner.call("GET", "/logstores/store/shards/0", "type=cursor&from=soon", project=project)
    assert (soon.status, json.loads(soon.body)["errorCode"]) == (400, "ParameterInvalid")


def test_a_pull_stops_before_its_end_cursor(log: LogClient, project: str, logstore: str) -> None:
    for text in "abc":
        put(log, project, text, key="0" * 32)
    begin = log.get_begin_cursor(project, "store", 0).get_cursor()
    end = base64.b64encode(b"2").decode()
    found = log.pull_logs(project, "store", 0, begin, 1000, end)
    assert [each["text"] for each in found.get_flatten_logs_json()] == ["a", "b"]
    assert found.get_next_cursor() == end


@pytest.mark.parametrize(
    "cursor", ["?", base64.b64encode(b"1").decode(), base64.b64encode(b"-1").decode()]
)
def test_cursors_that_no_shard_gave(
    log: LogClient, project: str, logstore: str, cursor: str
) -> None:
    with refused("InvalidCursor", 400):
        log.pull_logs(project, "store", 0, cursor)
    with refused("InvalidCursor", 400):
        log.get_cursor_time(project, "store", 0, cursor)


def test_shards_and_logstores_that_are_not_there(
    owner: Caller, project: str, logstore: str
) -> None:
    log = owner.log
    for ask in (
        lambda: log.get_cursor(project, "store", 7, "begin"),
        lambda: log.get_cursor_time(project, "store", 7, "MA=="),
        lambda: log.pull_logs(project, "store", 7, "MA=="),
    ):
        with refused("ShardNotExist", 404):
            ask()
    assert sent(owner, project, group("a"), "/logstores/other/shards/lb") == (
        404,
        "LogStoreNotExist",
    )
    assert sent(owner, f"{project}x", group("a")) == (404, "ProjectNotExist")
    log.delete_logstore(project, "store")
    log.create_logstore(project, "store", shard_count=2)
    assert pulled(log, project, 0) == []


def test_meta_is_added_where_the_logstore_says_so(log: LogClient, project: str) -> None:
    log.create_logstore(project, "store", shard_count=1, append_meta=True)
    put(log, project, "a")
    begin = log.get_begin_cursor(project, "store", 0).get_cursor()
    (found,) = log.pull_logs(project, "store", 0, begin).get_flatten_logs_json()
    assert found["__tag__:__client_ip__"] == "127.0.0.1"
    assert abs(int(found["__tag__:__receive_time__"]) - time.time()) < 60


ALLOWED = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"%s","Resource":"acs:log:*:*:project/*/logstore/store"}]}'


def test_callers_who_are_denied(
    owner: Caller, stranger: Caller, project: str, logstore: str, as_user: Callable[..., Caller]
) -> None:
    writer, reader = (
        as_user(ALLOWED % "log:PostLogStoreLogs"),
        as_user(ALLOWED % "log:GetCursorOrData"),
    )
    put(writer.log, project, "a", key="0" * 32)
    assert pulled(reader.log, project, 0) == ["a"]
    for caller in (stranger, reader, as_user()):
        with refused("Unauthorized", 401, "denied by sts or ram"):
            put(caller.log, project, "b")
    for caller in (stranger, writer, as_user()):
        for ask in (
            lambda c=caller: c.log.get_cursor(project, "store", 0, "begin"),
            lambda c=caller: c.log.get_cursor_time(project, "store", 0, "MA=="),
            lambda c=caller: c.log.pull_logs(project, "store", 0, "MA=="),
        ):
            with refused("Unauthorized", 401, "denied by sts or ram"):
                ask()
    assert pulled(owner.log, project, 0) == ["a"]


def tracked(server: Server, project: str, logstore: str, what: object) -> tuple[int, str]:
    """Send logs as a page does, without a signature; returns status and code."""
    host = {"host": f"{project}.{REGION}.log.aliyuncs.com", "content-type": "application/json"}
    body = json.dumps(what).encode()
    answer = raw(server.port, "POST", f"/logstores/{logstore}/track", host, body)
    return answer.status, json.loads(answer.body)["errorCode"] if answer.body else ""


def test_pages_bring_logs_where_the_logstore_allows_that(
    server: Server, log: LogClient, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.create_logstore(project, "store", shard_count=1, enable_tracking=True)
    log.create_logstore(project, "closed", shard_count=1)
    document = {
        "__topic__": "t",
        "__source__": "s",
        "__logs__": [{"text": "a", "n": 1}],
        "__tags__": {"k": "v"},
    }

    track = partial(tracked, server, project)
    assert track("store", document) == (200, "")
    for other in ("closed", "none"):
        assert track(other, document) == (401, "Unauthorized")
    assert track("store", {"__logs__": [{"k" * 129: "v"}]}) == (400, "InvalidKey")
    assert track("store", {"__logs__": [{"k": "v" * (2**20 + 1)}]}) == (400, "PostBodyInvalid")
    with monkeypatch.context() as patched:
        patched.setattr(loggroup, "MOST_LOGS", 0)
        assert track("store", document) == (400, "PostBodyTooLarge")
    assert track("store", {"__logs__": []}) == (200, "")
    begin = log.get_begin_cursor(project, "store", 0).get_cursor()
    (found,) = log.pull_logs(project, "store", 0, begin).get_flatten_logs_json()
    assert (found["text"], found["n"], found["__tag__:k"]) == ("a", "1", "v")


def test_a_shard_in_which_too_much_waits(
    owner: Caller, server: Server, project: str, logstore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.log.update_logstore(project, logstore, enable_tracking=True)
    monkeypatch.setattr(batches, "MOST_WAITING_LOGS", 0)
    monkeypatch.setattr(batches, "store_of", _indexed(batches.store_of))
    with tea_refused("ShardWriteQuotaExceed", 403):
        content = m.LogContent(key="text", value="a")
        body = m.LogGroup(
            topic="t", source="s", log_items=[m.LogItem(time=AT, contents=[content])], log_tags=[]
        )
        owner.tea.put_logs(project, "store", m.PutLogsRequest(body=body))
    page = {"__logs__": [{"text": "a"}]}
    assert tracked(server, project, logstore, page) == (403, "ShardWriteQuotaExceed")


def _indexed(find: Callable[..., object]) -> Callable[..., object]:
    from msgspec.structs import replace

    return lambda *given: replace(find(*given), index="{}")
