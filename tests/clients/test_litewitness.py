"""A platform has its log cosigned by litewitness, which public transparency logs use.

It is a program of others, filippo.io/torchwood/cmd/litewitness, whose key is in an ssh-agent.
"""

import sqlite3
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from tests.clients.build import built_litewitness, need
from tests.postgres import free_port
from tests.unit.app.state.conftest import NOW
from tests.unit.audit.ledger.conftest import Record
from tests.waiting import wait_until

from juyong.app.anchor import HomeAnchor
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.witness.asking import HttpWitness
from juyong.audit.ledger.stored import checkpoints_in
from juyong.engines.ledger import COSIGNING, Key, Note
from juyong.worker.figures import Figures
from juyong.worker.witnessing import LogUnknown, Witnessing, WitnessRefuses

pytestmark = pytest.mark.timeout(600)
NAME = "witness.test/lite"
TABLES = ("actiontrail_event", "audit_bundle", "audit_tile", "audit_log")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_litewitness(tmp_path_factory.mktemp("litewitness"))


@contextmanager
def process(*command: str | Path, place: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (
        (place / f"{Path(command[0]).name}.log").open("wb") as log,
        subprocess.Popen(command, cwd=place, stdout=log, stderr=log) as running,
    ):
        try:
            yield running
        finally:
            running.terminate()


@pytest.fixture
def witness(program: Path, tmp_path: Path) -> Iterator[HttpWitness]:
    place = tmp_path / "lite"
    place.mkdir()
    agent, port = place / "agent", free_port()
    pair = place / "key"
    subprocess.run([need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", pair], check=True)
    told = subprocess.run(["ssh-keygen", "-lf", pair], check=True, capture_output=True, text=True)
    public = b64decode(pair.with_suffix(".pub").read_text().split()[1])[-32:]
    with ExitStack() as running:
        running.enter_context(process(need("ssh-agent"), "-D", "-a", agent, place=place))
        wait_until(agent.exists)
        environment = {"SSH_AUTH_SOCK": str(agent)}
        subprocess.run([need("ssh-add"), "-q", pair], check=True, env=environment)
        command = [program, "-name", NAME, "-ssh-agent", agent, "-key", told.stdout.split()[1]]
        listens = ("-listen", f"127.0.0.1:{port}", "-db", place / "db")
        running.enter_context(process(*command, *listens, place=place))
        key = Key(name=NAME, public=public, sort=COSIGNING)
        asked = HttpWitness(f"http://127.0.0.1:{port}", key.text)

        def answers() -> bool:
            try:
                return asked.add(b"").status == 400
            except OSError:
                return False

        wait_until(answers)
        yield asked


def add_log(place: Path, key: str) -> None:
    """Make a log known, as litewitness's own tool does."""
    origin = key.partition("+")[0]
    with closing(sqlite3.connect(place / "db")) as database:
        empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        database.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, empty))
        database.execute("INSERT INTO key VALUES (?, ?)", (origin, key))
        database.commit()


def test_a_log_is_cosigned_and_its_fork_refused(witness: HttpWitness, tmp_path: Path) -> None:
    running = open_platform(tmp_path / "p", settings=Settings(durable=False), clock=lambda: NOW)
    record, anchor = Record(running), HomeAnchor(running.home)
    work = Witnessing(
        store=running.store,
        keys=record.state.keys,
        keeper=anchor,
        witness=witness,
        figures=Figures(),
    )
    record.write(3)
    record.sequence()
    with pytest.raises(LogUnknown, match="or knows another key"):
        work.round()
    key = anchor.key()
    assert key is not None
    add_log(tmp_path / "lite", key)
    for count in (0, 300, 1):
        record.write(count)
        record.sequence()
        work.round()
    cosigned = anchor.cosigned()
    assert cosigned is not None
    Note.parse(cosigned).check([witness.key])
    assert checkpoints_in([cosigned], record.public)[0].size == 304
    (tmp_path / "p" / "audit-cosigned").unlink()
    for table in TABLES:
        record.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608
    record.write(2)
    record.sequence()
    work.round()
    for table in TABLES:
        record.tamper(f"DELETE FROM {table}")  # noqa: S608
        record.tamper(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
    with pytest.raises(WitnessRefuses, match="cut off"):
        work.round()
    record.write(9)
    record.sequence()
    with pytest.raises(WitnessRefuses, match="a fork"):
        work.round()
    running.close()
