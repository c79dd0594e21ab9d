"""What is kept of secrets: sealed, bound to its place, proved by a check, and written nowhere."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from msgspec.structs import replace
from tests.conformance.harness import Server, refused, serving, stored_bytes
from tests.conformance.kms.conftest import module
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secret_rotation import rounds
from tests.conformance.kms.test_secrets import SERVER

from juyong.app.settings import Settings
from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.port import Hsm
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.secrets.checks import check
from juyong.services.kms.secrets.rotation.begin import ROTATE
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow, StageRow
from juyong.store.finding import Finding
from juyong.store.queue import put, withdraw


def findings(server: Server) -> list[tuple[str, str]]:
    keys = server.running.pipeline.platform.keys
    found: list[Finding] = server.running.store.call(lambda tx: list(check(tx, keys)))
    return [(one.code, one.severity) for one in found]


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Server]:
    """A server that no other test writes to."""
    with serving(tmp_path / "home", Settings()) as running:
        yield running


def caller(server: Server) -> tuple[Secrets, NewAccount]:
    made = server.new_account()
    config = server.config(made.access_key_id, made.secret.reveal())
    return Secrets(KmsClient(config)), made


def rows(server: Server, row_type: type[Any]) -> list[Any]:
    return server.running.store.call(lambda tx: tx.find(row_type))  # type: ignore[no-any-return]


def written(server: Server, row: Any, **changes: Any) -> None:
    """Change a row as somebody with the database file would."""
    server.running.store.call(lambda tx: tx.update(row, **changes))


def test_a_sound_store_has_no_findings(alone: Server) -> None:
    secrets, _ = caller(alone)
    secrets.create()
    secrets.put(version_stages='["Mine"]')
    secrets.create("acs/ecs/web", **SERVER)
    secrets.create("gone")
    secrets.delete("gone")
    assert findings(alone) == []


@pytest.mark.parametrize("column", ["value", "data_key"])
def test_every_byte_of_a_version_is_bound(alone: Server, column: str) -> None:
    secrets, _ = caller(alone)
    secrets.create()
    (version,) = rows(alone, SecretVersionRow)
    sealed: bytes = getattr(version, column)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        written(alone, version, **{column: changed})
        assert findings(alone) == [("value-unreadable", "damage")]
    with refused("ServiceUnavailableTemporary", 503):
        secrets.value()
    for short in (b"", sealed[:1], sealed[:13]):
        written(alone, version, **{column: short})
        assert findings(alone) == [("value-unreadable", "damage")]
    written(alone, version, **{column: sealed})
    assert findings(alone) == []
    assert secrets.value().secret_data == "hunter2-value"


@pytest.mark.parametrize(
    "columns", [("value",), ("data_key",), ("value", "data_key"), ("data_type",)]
)
def test_no_version_opens_in_anothers_place(alone: Server, columns: tuple[str, ...]) -> None:
    secrets, _ = caller(alone)
    others, _ = caller(alone)
    secrets.create("one")
    secrets.create("two", secret_data_type="binary")
    secrets.put("one", secret_data_type="binary")
    others.create("one", secret_data_type="binary")
    versions = rows(alone, SecretVersionRow)
    kept = next(v for v in versions if v.data_type == "text")
    for other in versions:
        if other is not kept:
            written(alone, kept, **{name: getattr(other, name) for name in columns})
            assert findings(alone) == [("value-unreadable", "damage")]
            written(alone, kept, **{name: getattr(kept, name) for name in columns})
    assert findings(alone) == []


def test_a_secret_under_anothers_key_does_not_open(alone: Server) -> None:
    secrets, _ = caller(alone)
    secrets.create()
    made: Any = secrets.client.create_key(models.CreateKeyRequest())
    (row,) = rows(alone, SecretRow)
    written(alone, row, key_id=made.body.key_metadata.key_id)
    assert findings(alone) == [("value-unreadable", "damage")]


def test_a_check_finds_what_does_not_fit(alone: Server) -> None:
    secrets, account = caller(alone)
    secrets.create()
    (row,) = rows(alone, SecretRow)
    (version,) = rows(alone, SecretVersionRow)
    (stage,) = rows(alone, StageRow)
    call = alone.running.store.call
    written(alone, stage, version_id="nothing")
    assert findings(alone) == [("stage-without-version", "damage")]
    written(alone, replace(stage, version=1), version_id="v1")
    call(lambda tx: tx.delete(replace(stage, version=2)))
    assert findings(alone) == [("secret-without-current", "damage")]
    call(lambda tx: tx.insert(replace(stage, version=0)))
    written(alone, version, pending=True)
    assert findings(alone) == [("version-without-rotation", "damage")]
    written(alone, version, pending=False)
    rotation = RotationRow(
        secret_id="nothing",
        account_id=account.account_id,
        version_id="r1",
        step="set",
        automatic=False,
        request_id="R",
        started_at=row.created_at,
    )
    call(lambda tx: tx.insert(rotation))
    assert findings(alone) == [
        ("rotation-without-secret", "damage"),
        ("rotation-without-work", "damage"),
    ]
    call(lambda tx: put(tx, ROTATE, "nothing", now=row.created_at))
    assert findings(alone) == [("rotation-without-secret", "damage")]
    call(lambda tx: withdraw(tx, ROTATE, "nothing"))
    call(lambda tx: tx.delete(rotation))
    written(alone, row, policy="{}")
    assert findings(alone) == [("document-unreadable", "damage")]
    row = rows(alone, SecretRow)[0]
    written(alone, row, policy=None, key_id="nothing")
    assert findings(alone) == [("secret-without-key", "notice")]
    row = rows(alone, SecretRow)[0]
    call(lambda tx: tx.delete(row))
    assert findings(alone) == [("version-without-secret", "damage")]


# --- keys in a hardware module ---


def test_a_key_in_the_module_seals_and_opens(
    secrets: Secrets, new_key: Callable[..., Any], server: Server, hsm: Hsm
) -> None:
    key = new_key(protection_level="HSM")
    secrets.create("inside", encryption_key_id=key.key_id)
    secrets.put("inside")
    secrets.put("inside", data="of-v2")
    assert secrets.value("inside").secret_data == "of-v2"
    assert secrets.value("inside", version_stage="ACSPrevious").secret_data == "hunter2-value"
    both = secrets.batch({"secret_name": "inside"}, {"secret_name": "inside", "version_id": "v1"})
    assert [v.secret_data for v in both.secret_values] == ["of-v2", "hunter2-value"]

    def lost() -> Hsm:
        raise HsmUnavailable("the token was pulled out")

    with module(server, lost):
        for attempt in (
            lambda: secrets.value("inside"),
            lambda: secrets.put("inside", version="v3"),
            lambda: secrets.create("more", encryption_key_id=key.key_id),
        ):
            with refused("Rejected.Unavailable", 409):
                attempt()
        (error,) = secrets.batch({"secret_name": "inside"}).errors
        assert error.code == "Rejected.Unavailable"
    assert secrets.value("inside").secret_data == "of-v2"
    secrets.delete("inside", force_delete_without_recovery="true")
    del hsm


def test_a_rotated_key_still_opens_what_it_sealed(
    secrets: Secrets, new_key: Callable[..., Any], server: Server
) -> None:
    key = new_key(enable_automatic_rotation=True, rotation_interval="7d")
    secrets.create("old", encryption_key_id=key.key_id)
    secrets.client.update_rotation_policy(
        models.UpdateRotationPolicyRequest(
            key_id=key.key_id, enable_automatic_rotation=True, rotation_interval="7d"
        )
    )
    from juyong.api.bench import Bench
    from juyong.services.kms.keys.jobs import turn

    later = server.clock() + 8 * 86_400
    turn(
        Bench(
            call=server.running.store.call,
            clock=lambda: later,
            platform=server.running.pipeline.platform,
        ),
        key.key_id,
    )
    row = server.running.store.call(lambda tx: tx.get(KeyRow, key.key_id))
    assert row.primary_version != key.primary_key_version
    secrets.put("old")
    assert secrets.value("old", version_id="v1").secret_data == "hunter2-value"
    assert secrets.value("old").secret_data == "of-v2"


# --- nothing is written anywhere ---


def test_values_are_in_no_file_event_or_log(
    alone: Server, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Everything that was written, searched for every value that was sent, also in refused calls."""
    secrets, account = caller(alone)
    ram = alone.config(account.access_key_id, account.secret.reveal())
    marks = [f"hunter2-{n}-needle" for n in range(8)]
    secrets.create("a", secret_data=marks[0])
    secrets.put("a", data=marks[1])
    with refused("Rejected.ResourceExist", 409):
        secrets.create("a", secret_data=marks[2])
    with refused("Rejected.ResourceExist", 409):
        secrets.put("a", data=marks[3])
    with refused("InvalidParameter", 400):
        secrets.create("b", secret_data=marks[4], secret_type="Rds", extended_config={"X": "y"})
    server = {**SERVER, "secret_data": json.dumps({"UserName": "root", "Password": marks[5]})}
    secrets.create("acs/ecs/web", **server)
    with refused("InvalidParameter", 400):
        secrets.create("acs/ecs/w2", **{**server, "secret_data": json.dumps({"U": marks[6]})})
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.put("nothing", data=marks[7])
    secrets.value("a")
    secrets.batch({"secret_name": "a"}, {"secret_name": "acs/ecs/web"})
    rounds(alone)
    assert ram.access_key_id
    home = alone.running.home.path
    written_bytes = stored_bytes(home)
    assert b"PutSecretValue" in written_bytes
    out, err = capfd.readouterr()
    everything = written_bytes + (out + err + caplog.text).encode()
    found = [mark for mark in marks if mark.encode() in everything]
    assert found == []


def test_the_data_keys_are_in_no_row(alone: Server) -> None:
    """What opens a value is nowhere but under the CMK."""
    secrets, _ = caller(alone)
    secrets.create()
    (version,) = rows(alone, SecretVersionRow)
    assert len(version.data_key) == 1 + 12 + 32 + 16
    assert len(version.value) == 1 + 12 + len("hunter2-value") + 16
    with sa.create_engine(f"sqlite:///{alone.running.home.database}").connect() as connection:
        names = sa.inspect(connection).get_table_names()
    assert "kms_secret_version" in names
