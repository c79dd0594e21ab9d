"""Functions of version 2023-03-30: made, read, changed, deleted."""

import stat
from typing import Any

import pytest
from alibabacloud_fc20230330 import models as m
from tests.conformance.fc.conftest import Fc
from tests.conformance.fc.packages import ECHO, main, zipped
from tests.conformance.harness import Server, quotas, refused

from juyong.audit.tables import EventRow
from juyong.store.inventory import ResourceEventRow


def test_a_function_is_read_back_as_it_was_made(fc: Fc) -> None:
    made = fc.create(
        "f-1",
        ECHO,
        description="echo",
        timeout=7,
        memory_size=256,
        environment_variables={"A": "1"},
        internet_access=False,
        disable_inject_credentials="Env",
    )
    assert fc.get("f-1").to_map() == made.to_map()
    assert made.function_arn.endswith(":functions/f-1")
    assert made.environment_variables == {"A": "1"}
    assert (made.timeout, made.memory_size, made.runtime) == (7, 256, "python3.10")
    assert (made.internet_access, made.disable_inject_credentials) == (False, "Env")
    assert made.code_size > 0
    assert made.code_checksum.isdigit()


def test_what_is_given_is_changed_and_the_rest_stays(fc: Fc) -> None:
    before = fc.create("f", ECHO, description="one", environment_variables={"A": "1"})
    changed = fc.update("f", timeout=9, environment_variables={"B": "2"}, description="")
    assert (changed.timeout, changed.description) == (9, "")
    assert changed.environment_variables == {"B": "2"}
    assert changed.code_checksum == before.code_checksum
    assert fc.output("f", b"same code") == b"same code"
    recoded = fc.update(
        "f", code=m.InputCodeLocation(zip_file=main("handler = lambda e, c: 'new'"))
    )
    assert recoded.code_checksum != before.code_checksum
    assert fc.output("f") == b"new"
    assert fc.update("f", environment_variables={}).environment_variables == {}


def test_a_deleted_function_is_gone_and_its_name_free(fc: Fc) -> None:
    fc.create("f", ECHO)
    answer = fc.client.delete_function("f")
    assert answer.status_code == 204
    with refused("FunctionNotFound", 404):
        fc.get("f")
    fc.create("f", ECHO)


def test_pages_follow_one_another_by_name(fc: Fc) -> None:
    for name in ("b", "a", "c", "x1"):
        fc.create(name, ECHO)
    first = fc.list(limit=2)
    assert [f.function_name for f in first.functions] == ["a", "b"]
    second = fc.list(limit=2, next_token=first.next_token)
    assert [f.function_name for f in second.functions] == ["c", "x1"]
    assert second.next_token is None
    assert [f.function_name for f in fc.list(prefix="x").functions] == ["x1"]
    with refused("InvalidArgument", 400):
        fc.list(next_token="forged")


def test_names_are_taken_once_and_quotas_hold(fc: Fc, server: Server) -> None:
    fc.create("f", ECHO)
    with refused("FunctionAlreadyExists", 409):
        fc.create("f", ECHO)
    with quotas(server, {"fc.functions": 1}), refused("LimitExceededError", 400):
        fc.create("g", ECHO)


@pytest.mark.parametrize(
    "call",
    [
        lambda fc: fc.get("none"),
        lambda fc: fc.update("none", timeout=5),
        lambda fc: fc.client.delete_function("none"),
        lambda fc: fc.invoke("none"),
    ],
)
def test_a_function_that_is_not_there(fc: Fc, call: Any) -> None:
    with refused("FunctionNotFound", 404):
        call(fc)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "no base64!",
        "bm8gemlw",
        zipped({"../evil.py": "x"}),
        zipped({"link": "/etc/passwd"}, mode=stat.S_IFLNK | 0o777),
        zipped({}),
    ],
)
def test_code_that_cannot_be_run_is_refused(fc: Fc, code: str) -> None:
    with refused("InvalidArgument", 400):
        fc.create("f", code)
    fc.create("f", ECHO)
    with refused("InvalidArgument", 400):
        fc.update("f", code=m.InputCodeLocation(zip_file=code))


def test_checksum_and_size_of_the_code_are_checked(fc: Fc, server: Server) -> None:
    checksum = fc.create("f", ECHO).code_checksum
    fc.update("f", code=m.InputCodeLocation(zip_file=ECHO, checksum=checksum))
    with refused("InvalidArgument", 400):
        fc.update("f", code=m.InputCodeLocation(zip_file=ECHO, checksum="1"))
    with quotas(server, {"fc.code-bytes": 10}), refused("InvalidArgument", 400):
        fc.update("f", code=m.InputCodeLocation(zip_file=ECHO))


@pytest.mark.parametrize(
    "given",
    [
        {"runtime": "nodejs20"},
        {"handler": "nodot"},
        {"timeout": 0},
        {"timeout": 601},
        {"memory_size": 100},
        {"memory_size": 130},
        {"instance_concurrency": 2},
        {"role": "not-an-arn"},
        {"environment_variables": {"1A": "x"}},
        {"environment_variables": {"A": "x" * 5000}},
    ],
)
def test_settings_that_are_out_of_bounds(fc: Fc, given: dict[str, Any]) -> None:
    with refused("InvalidArgument", 400):
        fc.create("f", ECHO, **given)
    fc.create("f", ECHO)
    with refused("InvalidArgument", 400):
        fc.update("f", **given)


@pytest.mark.parametrize(
    "given",
    [
        {"cpu": 0.5},
        {"layers": ["acs:fc:cn-hangzhou:official:layers/x/versions/1"]},
        {"custom_container_config": m.CustomContainerConfig(image="x")},
    ],
)
def test_published_settings_that_are_not_honoured_are_refused_by_name(
    fc: Fc, given: dict[str, Any]
) -> None:
    with refused("UnsupportedOperation", 400):
        fc.create("f", ECHO, **given)


def test_published_operations_that_are_not_served_are_refused_by_name(fc: Fc) -> None:
    with refused("UnsupportedOperation", 400) as caught:
        fc.client.list_triggers("f", m.ListTriggersRequest())
    assert "no event source" in caught.value.message
    with refused("UnsupportedOperation", 400):
        fc.client.list_layers(m.ListLayersRequest())


def test_events_and_snapshots_hold_neither_code_nor_variables(
    fc: Fc, server: Server, account: Any
) -> None:
    source = "SEEN = 'needle-in-code'\ndef handler(e, c):\n    return 1"
    fc.create("f", main(source), environment_variables={"PASSWORD": "needle-in-variable"})
    fc.update("f", environment_variables={"PASSWORD": "needle-in-variable"})
    fc.invoke("f", b"needle-in-event")
    code = main(source)[:40]

    def texts(tx: Any) -> list[str]:
        events = tx.find(EventRow, account_id=account.account_id)
        snapshots = tx.find(ResourceEventRow, account_id=account.account_id)
        return [*(e.body for e in events), *(s.snapshot for s in snapshots)]

    server.running.store.settle()
    found = server.running.store.call(texts)
    assert any("CreateFunction" in text for text in found)
    for text in found:
        assert "needle" not in text
        assert code not in text


def test_variables_are_sealed_in_the_store(fc: Fc, server: Server) -> None:
    import sqlalchemy as sa

    from juyong.services.fc.tables import FunctionRow
    from juyong.store.late import table_of

    fc.create("f", ECHO, environment_variables={"PASSWORD": "needle"})
    column = table_of(FunctionRow).c.environment

    def statement() -> Any:
        return sa.select(column)

    stored = server.running.store.call(lambda tx: tx.query(statement))
    assert stored
    assert all(b"needle" not in bytes(value) for (value,) in stored)


def test_functions_outlive_the_server(tmp_path: Any) -> None:
    from alibabacloud_fc20230330.client import Client as FcClient
    from tests.conformance.harness import serving

    from juyong.app.settings import Settings

    with serving(tmp_path / "home", Settings()) as server:
        made = server.new_account()
        Fc(FcClient(server.config(made.access_key_id, made.secret.reveal()))).create("f", ECHO)
    with serving(tmp_path / "home", Settings()) as server:
        fc = Fc(FcClient(server.config(made.access_key_id, made.secret.reveal())))
        assert fc.output("f", b"still here") == b"still here"


def test_accounts_and_regions_do_not_meet(fc: Fc, server: Server) -> None:
    from alibabacloud_fc20230330.client import Client as FcClient

    fc.create("f", ECHO)
    other = server.new_account()
    stranger = Fc(FcClient(server.config(other.access_key_id, other.secret.reveal())))
    with refused("FunctionNotFound", 404):
        stranger.get("f")
    assert stranger.list().functions == []
