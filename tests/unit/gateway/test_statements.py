"""How many statements a call runs, and what calls that share a commit have in common."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.unit.gateway.calls import v1_call

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.services.ram.facade import NewAccount, create_account
from juyong.store.sqlite import SqliteExecutor

NOW = 1_790_000_000
KMS = {"host": "kms.aliyuncs.com", "Version": "2016-01-20"}
CALLS: dict[str, dict[str, str]] = {
    "DescribeKey": {"KeyId": "{key}"},
    "Encrypt": {"KeyId": "{key}", "Plaintext": "eA=="},
    "GenerateDataKey": {"KeyId": "{key}"},
    "Decrypt": {"CiphertextBlob": "{blob}"},
    "GetSecretValue": {"SecretName": "s"},
}
SHARED = ["BEGIN", "SELECT store_epoch", "INSERT actiontrail_event", "COMMIT"]
EACH = ["SAVEPOINT s1", "INSERT store_nonce", "RELEASE s1"]
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
    ran: list[str] = []
    assert isinstance(running.store, SqliteExecutor)
    connection = running.store._connection.raw
    connection.set_trace_callback(ran.append)
    call(action, times, **params)
    connection.set_trace_callback(None)
    expected = Counter(SHARED) + Counter(EACH * times)
    expected += Counter(f"SELECT {table}" for table in READS[action])
    expected["INSERT actiontrail_event"] = times
    assert Counter(map(told, ran)) == expected


def told(sql: str) -> str:
    """Return what a statement does, and to which table or savepoint."""
    verb, *words = sql.replace('"', "").split()
    match verb:
        case "SELECT":
            return f"SELECT {words[words.index('FROM') + 1]}"
        case "INSERT":
            return f"INSERT {words[1]}"
        case "SAVEPOINT" | "RELEASE":
            return f"{verb} {words[-1]}"
        case _:
            return verb
