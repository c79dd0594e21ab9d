"""Calls of functions, in both versions."""

import base64
import hashlib
import json
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_fc20230330.client import Client as FcClient
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.fc.conftest import Fc, FcOpen
from tests.conformance.fc.packages import CALLER, CREDENTIALS, ECHO, FAILING, SLOW, main
from tests.conformance.harness import Server, quotas, refused
from tests.jobs import work_off

from juyong.api.bench import Bench
from juyong.sandbox import children
from juyong.services.fc import jobs
from juyong.services.fc.invocations import RUN
from juyong.services.fc.tables import InvocationRow
from juyong.store.queue import QueueRow
from juyong.worker.items import take


def test_bytes_go_in_and_come_out_unchanged(fc: Fc, fc_open: FcOpen) -> None:
    event = bytes(range(256)) * 100
    fc.create("f", ECHO)
    answer = fc.invoke("f", event)
    assert answer.status_code == 200
    assert answer.body.read() == event
    assert answer.headers["x-fc-request-id"]
    assert answer.headers["x-fc-code-checksum"] == fc.get("f").code_checksum
    assert "x-fc-error-type" not in answer.headers
    fc_open.service("s")
    fc_open.create("s", "f", ECHO)
    older = fc_open.invoke("s", "f", event)
    assert older.body == event


def test_an_event_may_be_as_long_as_documented(fc: Fc, fc_open: FcOpen, server: Server) -> None:
    """Nothing of an event stays on the disk."""
    source = main("import hashlib\ndef handler(e, c):\n    return hashlib.sha256(e).hexdigest()")
    event = os.urandom(32 * 1024 * 1024)
    digest = hashlib.sha256(event).hexdigest().encode()
    fc.create("f", source, memory_size=256)
    fc_open.service("s")
    fc_open.create("s", "f", source, memory_size=256)
    before = set(server.running.home.blobs.rglob("*/????????????????????????????????"))
    assert fc.output("f", event) == digest
    assert fc_open.invoke("s", "f", event).body == digest
    with refused("EntityTooLarge", 400):
        fc.invoke("f", event + b"x")
    with refused("EntityTooLarge", 400):
        fc_open.invoke("s", "f", event + b"x")
    after = set(server.running.home.blobs.rglob("*/????????????????????????????????"))
    assert after == before


def test_an_asynchronous_event_of_more_than_a_row_holds(
    fc: Fc, server: Server, account: Any
) -> None:
    event = os.urandom(128 * 1024)
    fc.create("f", ECHO)
    fc.invoke("f", event, x_fc_invocation_type="Async")
    (row,) = waiting(server, account)
    assert base64.b64decode(row.event.reveal()) == event


def test_a_json_event_is_an_event_like_any_other(fc: Fc) -> None:
    fc.create("f", ECHO)
    event = b'{"functionName": "other", "a": 1}'
    assert fc.output("f", event) == event
    assert fc.invoke("f", event, common_headers={"content-type": "application/json"}).body.read()


def test_a_failing_function_says_how(fc: Fc, fc_open: FcOpen) -> None:
    fc.create("f", FAILING)
    answer = fc.invoke("f")
    assert answer.status_code == 200
    assert answer.headers["x-fc-error-type"] == "UnhandledInvocationError"
    report = json.loads(answer.body.read())
    assert (report["errorType"], report["errorMessage"]) == ("ValueError", "no such luck")
    fc_open.service("s")
    fc_open.create("s", "f", FAILING)
    older = fc_open.invoke("s", "f")
    assert older.headers["x-fc-error-type"] == "UnhandledInvocationError"
    assert json.loads(older.body)["errorType"] == "ValueError"


def test_a_function_that_takes_too_long_is_stopped(fc: Fc) -> None:
    fc.create("f", SLOW, timeout=1)
    answer = fc.invoke("f")
    assert answer.headers["x-fc-error-type"] == "UnhandledInvocationError"
    assert json.loads(answer.body.read()) == {"errorMessage": "Function timed out after 1 seconds"}


def test_other_calls_are_served_while_a_function_runs(fc: Fc) -> None:
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        port = meeting.getsockname()[1]
        source = (
            "import socket\ndef handler(event, context):\n"
            f"    return socket.create_connection(('127.0.0.1', {port})).recv(4)"
        )
        fc.create("f", main(source))
        found: list[object] = []
        running = threading.Thread(target=lambda: found.append(fc.output("f")))
        running.start()
        meeting.settimeout(30)
        with meeting.accept()[0] as connection:
            assert fc.get("f").function_name == "f"
            assert not found
            connection.send(b"done")
        running.join()
    assert found == [b"done"]


def test_the_logs_end_is_given_when_asked_for(fc: Fc, fc_open: FcOpen) -> None:
    fc.create("f", main("def handler(e, c):\n    print('hello log')"))
    assert "x-fc-log-result" not in fc.invoke("f").headers
    tail = base64.b64decode(fc.invoke("f", x_fc_log_type="Tail").headers["x-fc-log-result"])
    assert b"hello log\n" in tail
    assert tail.startswith(b"FC Invoke Start RequestId: ")
    fc_open.service("s")
    fc_open.create("s", "f", main("def handler(e, c):\n    print('hello log')"))
    older = fc_open.invoke("s", "f", x_fc_log_type="Tail")
    assert b"hello log\n" in base64.b64decode(older.headers["x-fc-log-result"])


def test_a_function_acts_with_its_role(
    fc: Fc, server: Server, role: Callable[..., str], account: Any
) -> None:
    arn = role("Runner")
    fc.create(
        "f",
        CALLER,
        role=arn,
        timeout=20,
        memory_size=512,
        environment_variables={"HTTP_PROXY": f"http://127.0.0.1:{server.port}"},
    )
    answer = fc.invoke("f", x_fc_log_type="Tail")
    named, same = json.loads(answer.body.read())
    assert named == f"acs:ram::{account.account_id}:assumed-role/runner/FunctionCompute"
    assert same


def test_a_function_of_a_service_acts_with_the_services_role(
    fc_open: FcOpen, server: Server, role: Callable[..., str], account: Any
) -> None:
    fc_open.service("s", role=role("Keeper"))
    fc_open.create(
        "s",
        "f",
        CALLER,
        timeout=20,
        memory_size=512,
        environment_variables={"HTTP_PROXY": f"http://127.0.0.1:{server.port}"},
    )
    named, _ = json.loads(fc_open.invoke("s", "f").body)
    assert named == f"acs:ram::{account.account_id}:assumed-role/keeper/FunctionCompute"


@pytest.mark.parametrize(
    ("withhold", "found"),
    [
        ("None", [True, True]),
        ("Env", [True, False]),
        ("Request", [False, True]),
        ("All", [False, False]),
    ],
)
def test_credentials_are_withheld_where_that_is_wanted(
    fc: Fc, role: Callable[..., str], withhold: str, found: list[bool]
) -> None:
    fc.create("f", CREDENTIALS, role=role("R"), disable_inject_credentials=withhold)
    assert json.loads(fc.output("f")) == found


def test_without_a_role_there_are_no_credentials(fc: Fc) -> None:
    fc.create("f", CREDENTIALS)
    assert json.loads(fc.output("f")) == [False, False]


def test_a_role_that_trusts_somebody_else_is_not_assumed(
    fc: Fc, fc_open: FcOpen, role: Callable[..., str], ram: Any
) -> None:
    fc.create("f", ECHO, role=role("Other", "ecs.aliyuncs.com"))
    with refused("AccessDenied", 403) as caught:
        fc.invoke("f")
    assert "assume role" in caught.value.message
    fc.update("f", role=role("Mine"))
    assert fc.output("f", b"1") == b"1"
    ram.delete_role(ram_models.DeleteRoleRequest(role_name="Mine"))
    with refused("AccessDenied", 403):
        fc.invoke("f")
    fc_open.service("s", role=fc.get("f").role)
    fc_open.create("s", "f", ECHO)
    with refused("AccessDenied", 403):
        fc_open.invoke("s", "f")


def test_a_role_of_another_account_is_refused(fc: Fc, server: Server) -> None:
    other = server.new_account()
    with refused("AccessDenied", 403):
        fc.create("f", ECHO, role=f"acs:ram::{other.account_id}:role/Any")


def test_giving_a_role_needs_the_permission_to_pass_it(
    server: Server, ram: Any, role: Callable[..., str], new_user: Callable[[str], Clients]
) -> None:
    arn = role("Powerful")
    credential = new_user("maker").ram._credential.get_credential()
    fc = Fc(FcClient(server.config(credential.access_key_id, credential.access_key_secret)))
    allow(ram, "maker", "fc-all", "fc:*", "*")
    fc.create("plain", ECHO)
    with refused("AccessDenied", 403) as caught:
        fc.create("f", ECHO, role=arn)
    assert caught.value.access_denied_detail["AuthAction"] == "ram:PassRole"
    with refused("AccessDenied", 403):
        fc.update("plain", role=arn)
    allow(ram, "maker", "pass", "ram:PassRole", arn)
    fc.create("f", ECHO, role=arn)
    assert fc.get("f").role == arn


def test_permission_for_one_function_is_not_for_another(
    server: Server, fc: Fc, ram: Any, new_user: Callable[[str], Clients], account: Any
) -> None:
    fc.create("mine", ECHO)
    fc.create("other", ECHO)
    credential = new_user("caller").ram._credential.get_credential()
    user = Fc(FcClient(server.config(credential.access_key_id, credential.access_key_secret)))
    named = f"acs:fc:cn-hangzhou:{account.account_id}:functions/mine"
    allow(ram, "caller", "one", "fc:InvokeFunction", named)
    assert user.output("mine", b"1") == b"1"
    with refused("AccessDenied", 403):
        user.invoke("other")
    with refused("AccessDenied", 403):
        user.get("mine")


def allow(ram: Any, user: str, name: str, action: str, resource: str) -> None:
    document = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
    }
    ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name=name, policy_document=json.dumps(document))
    )
    ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(policy_name=name, policy_type="Custom", user_name=user)
    )


def test_more_runs_than_there_is_room_for_are_put_off(
    fc: Fc, fc_open: FcOpen, monkeypatch: pytest.MonkeyPatch
) -> None:
    fc.create("f", ECHO)
    fc_open.service("s")
    fc_open.create("s", "f", ECHO)
    monkeypatch.setattr(children, "SLOTS", 0)
    with refused("ResourceThrottled", 429):
        fc.invoke("f")
    with refused("ResourceThrottled", 429):
        fc_open.invoke("s", "f")


def bench(server: Server) -> Bench:
    running = server.running
    return Bench(call=running.store.call, clock=server.clock, platform=running.pipeline.platform)


def waiting(server: Server, account: Any) -> list[InvocationRow]:
    found: list[InvocationRow] = server.running.store.call(
        lambda tx: tx.find(InvocationRow, account_id=account.account_id)
    )
    return found


def item(server: Server, account: Any) -> QueueRow:
    """Return the item of the account's one call."""
    (call,) = waiting(server, account)
    found = server.running.store.call(lambda tx: tx.get(QueueRow, RUN, call.request_id))
    assert found is not None
    return found  # type: ignore[no-any-return]


def test_an_asynchronous_call_runs_later(
    fc: Fc, fc_open: FcOpen, server: Server, account: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        port = listening.getsockname()[1]
        code = main(
            f"import socket\ndef handler(e, c):\n"
            f"    with socket.create_connection(('127.0.0.1', {port})) as s:\n        s.send(e)"
        )
        fc.create("f", code)
        fc_open.service("s")
        fc_open.create("s", "f", code)
        answer = fc.invoke("f", b"one", x_fc_invocation_type="Async")
        assert (answer.status_code, answer.body.read()) == (202, b"")
        older = fc_open.invoke("s", "f", b"two", x_fc_invocation_type="Async")
        assert (older.status_code, older.body) == (202, b"")
        assert len(waiting(server, account)) == 2
        work_off(jobs.run_later, bench(server))
        heard = set()
        for _ in range(2):
            connection, _ = listening.accept()
            with connection:
                heard.add(connection.recv(10))
        assert heard == {b"one", b"two"}
    assert waiting(server, account) == []


def test_a_failing_asynchronous_call_is_tried_again_and_then_dropped(
    fc: Fc, server: Server, account: Any
) -> None:
    fc.create("f", FAILING)
    fc.invoke("f", x_fc_invocation_type="Async")
    before = server.clock.offset
    try:
        for attempt in (1, 2, 3):
            work_off(jobs.run_later, bench(server))
            left = item(server, account)
            assert (left.attempts, left.lease) == (attempt, "")
            assert left.due_at > server.clock()
            work_off(jobs.run_later, bench(server))
            assert item(server, account).attempts == attempt
            server.clock.offset += 600
        work_off(jobs.run_later, bench(server))
        assert waiting(server, account) == []
    finally:
        server.clock.offset = before


def test_an_asynchronous_call_without_room_is_put_off_uncounted(
    fc: Fc, server: Server, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fc.create("f", ECHO)
    fc.invoke("f", x_fc_invocation_type="Async")
    with monkeypatch.context() as patch:
        patch.setattr(children, "SLOTS", 0)
        work_off(jobs.run_later, bench(server))
    left = item(server, account)
    assert (left.attempts, left.due_at > server.clock()) == (0, True)


def test_an_asynchronous_call_of_a_deleted_function_is_dropped(
    fc: Fc, server: Server, account: Any
) -> None:
    fc.create("f", ECHO)
    fc.invoke("f", x_fc_invocation_type="Async")
    fc.client.delete_function("f")
    work_off(jobs.run_later, bench(server))
    assert waiting(server, account) == []


def test_a_call_claimed_by_a_server_that_was_killed_is_found_again(
    fc: Fc, server: Server, account: Any
) -> None:
    fc.create("f", ECHO)
    fc.invoke("f", x_fc_invocation_type="Async")
    (mine,) = waiting(server, account)
    claimed = take(jobs.run_later, bench(server))
    while claimed is not None and claimed.key != mine.request_id:
        # A call that an earlier test left is due by now.
        claimed = take(jobs.run_later, bench(server))
    assert claimed is not None
    work_off(jobs.run_later, bench(server))
    assert len(waiting(server, account)) == 1
    before = server.clock.offset
    try:
        server.clock.offset += 600
        work_off(jobs.run_later, bench(server))
        assert waiting(server, account) == []
    finally:
        server.clock.offset = before


def test_asynchronous_calls_have_bounds(fc: Fc, fc_open: FcOpen, server: Server) -> None:
    fc.create("f", ECHO)
    fc_open.service("s")
    fc_open.create("s", "f", ECHO)
    large = b"x" * (128 * 1024 + 1)
    with refused("EntityTooLarge", 400):
        fc.invoke("f", large, x_fc_invocation_type="Async")
    with refused("EntityTooLarge", 400):
        fc_open.invoke("s", "f", large, x_fc_invocation_type="Async")
    with quotas(server, {"fc.waiting-invocations": 0}):
        with refused("LimitExceededError", 400):
            fc.invoke("f", x_fc_invocation_type="Async")
        with refused("LimitExceededError", 400):
            fc_open.invoke("s", "f", x_fc_invocation_type="Async")


def test_headers_that_are_not_honoured_are_refused(fc: Fc, fc_open: FcOpen) -> None:
    fc.create("f", ECHO)
    with refused("UnsupportedOperation", 400):
        fc.invoke("f", x_fc_async_task_id="t")
    with refused("InvalidArgument", 400):
        fc.invoke("f", x_fc_invocation_type="Sometimes")
    with refused("UnsupportedOperation", 400):
        fc_open.invoke("s", "f", x_fc_stateful_async_invocation_id="t")
