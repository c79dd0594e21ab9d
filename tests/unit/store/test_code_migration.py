"""Code that the version before kept in rows: used where it is, moved to blobs, killed on the way."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.conformance.fc.packages import ECHO, FAILING, zipped
from tests.unit.gateway.test_roa_calls import NOW, V2023, Roa, creation
from tests.unit.store.killed_job import carried_out
from tests.unit.store.older import without_later_tables

from juyong.app.bootstrap import read_credentials
from juyong.app.home import open_home
from juyong.app.keys import open_keys
from juyong.app.keys.unlocking import by_settings
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state.check import check
from juyong.app.state.state import State
from juyong.base.clock import Instant
from juyong.services.fc.tables import CodeRow
from juyong.store.database import engine_of
from juyong.store.queue import QueueRow

LARGE = zipped({"index.py": "def handler(e, c):\n    return e", "data": os.urandom(40_000).hex()})
CODE = {"echo": ECHO, "failing": FAILING, "large": LARGE}


class Old:
    """A home whose code is in rows."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        self.settings = Settings(
            database="sqlite" if url.startswith("sqlite") else url, hsm_module="none"
        )

    @contextmanager
    def opened(self) -> Iterator[Roa]:
        running = open_platform(self.home, settings=self.settings, clock=lambda: Instant(NOW))
        try:
            yield Roa(running, read_credentials(running.home))
        finally:
            running.close()

    def change(self, *statements: "sa.TextClause") -> None:
        url = self.url if self.url.startswith("postgresql") else f"sqlite:///{self.home}/juyong.db"
        engine = engine_of(url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
        engine.dispose()

    def work(self, most: int) -> int:
        names = ("juyong.services.fc.jobs", "move_code")
        return carried_out(self.home, self.settings.database, most, *names)

    def code(self) -> list[CodeRow]:
        with self.opened() as roa:
            return roa.running.store.call(lambda tx: tx.find(CodeRow, order=("function_name",)))


@pytest.fixture
def old(tmp_path: Path, url: str) -> Old:
    """Make functions, and put their home back to the revision before."""
    made = Old(tmp_path / "home", url)
    with made.opened() as roa:
        for name, code in CODE.items():
            body = creation(name, code={"zipFile": code})
            assert roa(roa.v3("POST", f"/{V2023}/functions", body=body)).status == 200
    rows = (
        sa.text("UPDATE fc_code SET package = :p WHERE function_name = :n").bindparams(
            p=base64.b64decode(code), n=name
        )
        for name, code in CODE.items()
    )
    back = (
        *without_later_tables(),
        "ALTER TABLE oss_upload DROP COLUMN keys",
        "ALTER TABLE oss_object DROP COLUMN accessed_at",
        *(f"DROP TABLE audit_{name}" for name in ("log", "bundle", "tile")),
        "DROP TABLE oss_log_line",
        "DELETE FROM store_blob",
        "ALTER TABLE fc_code DROP COLUMN blob_id",
        "UPDATE alembic_version SET version_num = '0012'",
    )
    made.change(*rows, *map(sa.text, back))
    for path in (made.home / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    return made


def assert_whole(old: Old) -> None:
    with old.opened() as roa:
        for name, event, found in (
            ("echo", b"1", b"1"),
            ("large", b"2", b"2"),
            ("failing", b"", b"no such luck"),
        ):
            path = f"/{V2023}/functions/{name}/invocations"
            assert found in roa(roa.v3("POST", path, body=event)).body


def test_functions_run_before_their_code_is_moved(old: Old) -> None:
    assert_whole(old)
    assert [row.blob_id for row in old.code()] == ["", "", ""]
    with old.opened() as roa:
        body = json.dumps({"code": {"zipFile": FAILING}}).encode()
        assert roa(roa.v3("PUT", f"/{V2023}/functions/large", body=body)).status == 200
        assert roa(roa.v3("DELETE", f"/{V2023}/functions/echo")).status == 204
    assert old.work(10**6) == 0
    assert [(row.function_name, row.package) for row in old.code()] == [
        ("failing", b""),
        ("large", b""),
    ]


@pytest.mark.parametrize("kill_at", [2, 3, 6])
def test_code_is_moved_by_a_job_that_may_be_killed(old: Old, kill_at: int) -> None:
    assert old.work(kill_at) == -signal.SIGKILL
    assert_whole(old)
    old.change(sa.text("UPDATE store_queue SET due_at = 0"))
    assert old.work(10**6) == 0
    assert_whole(old)
    rows = old.code()
    assert [row.package for row in rows] == [b"", b"", b""]
    assert len({row.blob_id for row in rows}) == 3
    with old.opened() as roa:
        assert roa.running.store.call(lambda tx: tx.find(QueueRow, kind="fc.move-code")) == []
    home = open_home(old.home)
    keys = open_keys(home, by_settings(old.settings))
    state = State(home=home, settings=old.settings, keys=keys)
    assert [each for each in check(state) if each.severity == "damage"] == []


@pytest.mark.parametrize(
    ("lost", "kind"),
    [("fc_code", "function-without-code"), ("store_blob", "function-code-missing")],
)
def test_a_function_without_its_code_is_found(old: Old, lost: str, kind: str) -> None:
    assert old.work(10**6) == 0
    old.change(sa.text(f"DELETE FROM {lost}"))  # noqa: S608  # a name of ours
    home = open_home(old.home)
    keys = open_keys(home, by_settings(old.settings))
    found = check(State(home=home, settings=old.settings, keys=keys))
    assert {each.code for each in found if each.severity == "damage"} == {kind}
