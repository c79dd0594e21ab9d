"""How many statements a call runs, and what calls that share a commit have in common.

Each COMMIT of a transaction that wrote is one fsync; reads commit to the intake log alone.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from tests.unit.gateway.calls import v1_call

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.services.identity.facade import NewAccount, create_account
from juyong.store.executor import Executor
from juyong.store.sqlite_executor import SqliteExecutor

NOW = 1_790_000_000
KMS = {"host": "kms.aliyuncs.com", "Version": "2016-01-20"}
CALLS: dict[str, dict[str, str]] = {
    "DescribeKey": {"KeyId": "{key}"},
    "Encrypt": {"KeyId": "{key}", "Plaintext": "eA=="},
    "GenerateDataKey": {"KeyId": "{key}"},
    "Decrypt": {"CiphertextBlob": "{blob}"},
    "GetSecretValue": {"SecretName": "s"},
}
READER = ["BEGIN", "SELECT intake.log", "SELECT store_epoch", "COMMIT"]
LOG = ["BEGIN", "COMMIT"]
EACH_READ = ["INSERT nonce", "INSERT actiontrail_event"]
WRITTEN = ["store_nonce", "actiontrail_event", "store_resource_event"]
READS = {
    "DescribeKey": ["kms_key"],
    "Encrypt": ["kms_key", "kms_key_version"],
    "GenerateDataKey": ["kms_key", "kms_key_version"],
    "Decrypt": ["kms_key", "kms_key_version"],
    "GetSecretValue": [
        *("kms_secret", "kms_secret_stage", "kms_secret_version"),
        *("kms_key", "kms_key_version"),
    ],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    opened = open_platform(
        tmp_path_factory.mktemp("home"), settings=Settings(), clock=lambda: Instant(NOW)
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def caller(running: Running) -> NewAccount:
    return running.store.call(lambda tx: create_account(tx, "a", Instant(NOW)))


Call = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def call(running: Running, caller: NewAccount) -> Call:
    """Make so many equal calls at once."""

    def at_once(action: str, times: int = 1, **params: str) -> list[dict[str, Any]]:
        async def all_of_them() -> list[dict[str, Any]]:
            secret = caller.secret.reveal()
            given = {**KMS, **params, "Action": action}
            requests = [v1_call(caller.access_key_id, secret, NOW, **given) for _ in range(times)]
            answers = await asyncio.gather(*map(running.pipeline.serve, requests))
            assert {answer.status for answer in answers} == {200}, answers[0].body
            return [json.loads(answer.body) for answer in answers]

        return asyncio.run(all_of_them())

    return at_once


@pytest.fixture(scope="module")
def named(call: Call) -> dict[str, str]:
    (made,) = call("CreateKey")
    key_id = made["KeyMetadata"]["KeyId"]
    # The second finds the first one's claim of messages committed.
    call("Encrypt", KeyId=key_id, Plaintext="eA==")
    (sealed,) = call("Encrypt", KeyId=key_id, Plaintext="eA==")
    call("CreateSecret", SecretName="s", VersionId="v", SecretData="x")
    return {"key": key_id, "blob": sealed["CiphertextBlob"]}


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("times", [1, 8])
def test_a_call_reads_no_row_twice(
    running: Running, call: Call, named: dict[str, str], action: str, times: int
) -> None:
    params = {name: value.format(**named) for name, value in CALLS[action].items()}
    call(action, **params)
    with told_by(running.store) as ran:
        call(action, times, **params)
    rows = Counter(f"SELECT {table}" for table in READS[action])
    assert ran == {
        "writer": Counter(),
        "reader": Counter(READER) + rows,
        "log": Counter(LOG) + Counter(EACH_READ * times),
    }


@pytest.mark.parametrize("times", [1, 8])
def test_writes_share_one_transaction(
    running: Running, call: Call, named: dict[str, str], times: int
) -> None:
    params = {"KeyId": named["key"], "Description": "d"}
    call("UpdateKeyDescription", **params)
    with told_by(running.store) as ran:
        call("UpdateKeyDescription", times, **params)
    assert ran["reader"] == ran["log"] == Counter()
    assert ran["writer"] == Counter(
        {
            **dict.fromkeys(("BEGIN", "SELECT store_epoch", "COMMIT"), 1),
            "SAVEPOINT s1": times,
            "RELEASE s1": times,
            "SELECT main.store_nonce": times,
            **{f"INSERT {name}": times for name in WRITTEN},
            "SELECT kms_key": times,
            "UPDATE kms_key": times,
            # What the inventory keeps of one key, read and written once.
            **dict.fromkeys(("SELECT store_tag", "SELECT store_link", "INSERT store_resource"), 1),
        }
    )


@contextmanager
def told_by(store: Executor) -> Iterator[dict[str, Counter[str]]]:
    """Collect what the connections of the event loop run."""
    assert isinstance(store, SqliteExecutor)
    assert store.reads.log is not None
    connections = {
        "writer": store.writes.connection,
        "reader": store.reads.connection,
        "log": store.reads.log.connection,
    }
    ran: dict[str, Counter[str]] = {name: Counter() for name in connections}

    def note(name: str, sql: str) -> None:
        ran[name][told(sql)] += 1

    for name, connection in connections.items():
        assert connection is not None
        connection.raw.set_trace_callback(partial(note, name))
    yield ran
    for connection in connections.values():
        assert connection is not None
        connection.raw.set_trace_callback(None)


def told(sql: str) -> str:
    """Return what a statement does, and to which table or savepoint."""
    verb, *words = sql.replace('"', "").split()
    match verb:
        case "SELECT":
            return f"SELECT {words[words.index('FROM') + 1]}"
        case "INSERT":
            return f"INSERT {words[1].removeprefix('main.')}"
        case "UPDATE":
            return f"UPDATE {words[0]}"
        case "SAVEPOINT" | "RELEASE":
            return f"{verb} {words[-1]}"
        case _:
            return verb
