"""What a call leaves to the worker is begun when the call is over, not a minute later."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.conftest import served
from tests.conformance.fc.conftest import Fc, fc
from tests.conformance.fc.packages import ECHO
from tests.conformance.harness import Server
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secret_rotation import NAME, new_role, ram_secret, robot
from tests.postgres import DATABASES
from tests.waiting import wait_until

from juyong.app.server import worker_of
from juyong.services.fc.tables import InvocationRow
from juyong.services.identity.facade import NewAccount
from juyong.worker import worker

__all__ = ["fc", "robot"]
_SOON_SECONDS = 30


@pytest.fixture(scope="module", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of these tests alone: its worker has no work that other tests left."""
    with served(request.param, tmp_path_factory.mktemp(f"at-once-{request.param}")) as running:
        yield running
    running.recorder.close()


@pytest.fixture(autouse=True)
def no_early_round(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Let a server that was just started wait a whole minute too, and hear each ring soon."""
    monkeypatch.setattr(worker, "_FIRST_SECONDS", worker.PERIOD_SECONDS)
    monkeypatch.setattr(server.running.bell, "_moment", 0.05)
    monkeypatch.setattr(server.running.bell, "_least", 0.1)


def happens_soon(server: Server, happened: Callable[[], bool]) -> bool:
    """Let the server's own worker listen; tell whether something happens before its minute."""

    async def work() -> bool:
        working = asyncio.create_task(worker_of(server.running).run())
        try:
            await asyncio.to_thread(wait_until, happened, _SOON_SECONDS)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return True

    return asyncio.run(work())


def test_a_rotation_begins_at_once(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], server: Server
) -> None:
    new_role(ram)
    ram_secret(secrets, robot)
    secrets.rotate(NAME, "soon")
    assert secrets.value(NAME).version_id != "soon"
    assert happens_soon(server, lambda: secrets.value(NAME).version_id == "soon")


def test_an_asynchronous_call_begins_at_once(fc: Fc, server: Server, account: NewAccount) -> None:
    fc.create("f", ECHO)
    fc.invoke("f", b"one", x_fc_invocation_type="Async")

    def is_done() -> bool:
        mine = account.account_id
        return server.running.store.call(lambda tx: tx.count(InvocationRow, account_id=mine)) == 0

    assert not is_done()
    assert happens_soon(server, is_done)
