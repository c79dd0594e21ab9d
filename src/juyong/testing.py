"""A pytest plugin: the platform for the tests of your own code.

It is there as soon as juyong is installed; ask for the fixture:

    def test_bucket_policy(juyong):
        client = Client(Config(
            access_key_id=juyong.access_key_id,
            access_key_secret=juyong.access_key_secret,
            endpoint=juyong.endpoint.removeprefix("http://"),
            protocol="http",
        ))

    def test_terraform(juyong):
        subprocess.run(["terraform", "apply"], env=juyong.client_environment(), check=True)

One server runs for the whole session, in a process of its own, on free ports, with a home among
pytest's temporary directories. Each test that asks for `juyong` starts from a reset platform: the
account `default` with its administrator, whose AccessKey stays the same throughout. Under
pytest-xdist each worker has a server of its own.

Fixtures: `juyong` (function), `juyong_platform` (session, never reset by itself), and
`juyong_environ`, which puts the client environment into the test's own process while it runs.
Clients that read the environment when they are imported, as alibabacloud_credentials does, want a
process of their own.

PERF: pytest imports this module in every run, also where no test asks for the platform; so each
function imports what it needs of the platform.
"""

import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from juyong.app.home import Home
    from juyong.app.presence import Presence
    from juyong.app.settings import Settings
    from juyong.app.state import State
    from juyong.store.executor import Executor

_COMMAND = (sys.executable, "-m", "juyong.cli.start")
_START_SECONDS = 30.0
_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account and the AccessKey of its administrator, who may do everything in it.

    environment: As Juyong.environment, for this account.
    """

    account_id: str
    name: str
    user_name: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Juyong:
    """A running platform.

    endpoint: `http://127.0.0.1:PORT`; every product answers there.
    region: The platform's region.
    account_id, access_key_id, access_key_secret: The first account and its administrator's key.
    environment: The variables `juyong env` prints: a client that gets them needs no endpoint.
    unset: Variables that would lead such a client elsewhere.
    """

    endpoint: str
    region: str
    account_id: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    unset: tuple[str, ...] = field(repr=False)
    state: "State" = field(repr=False)

    def client_environment(self, account: Account | None = None) -> dict[str, str]:
        """Return the whole environment for a subprocess: this process's, with the client's
        variables over it.

        Args:
            account: Act as this account's administrator instead of the first one's.
        """
        kept = {name: value for name, value in os.environ.items() if name not in self.unset}
        return {**kept, **(account.environment if account else self.environment)}

    def reset(self) -> None:
        """Return to the state after the first start; takes some milliseconds."""
        from juyong.app.state import reset  # noqa: PLC0415  # see above

        reset(self.state)

    def account(self, name: str) -> Account:
        """Create a further account; it lasts until the next reset.

        Raises:
            Duplicate: there is one of that name.
        """
        from juyong.base.clock import system_clock  # noqa: PLC0415  # see above
        from juyong.services.identity.facade import create_account  # noqa: PLC0415

        made = self.state.transact(lambda tx: create_account(tx, name, system_clock()))
        swap = {
            self.account_id: made.account_id,
            self.access_key_id: made.access_key_id,
            self.access_key_secret: made.secret.reveal(),
        }
        return Account(
            account_id=made.account_id,
            name=name,
            user_name=made.user_name,
            access_key_id=made.access_key_id,
            access_key_secret=made.secret.reveal(),
            environment={k: swap.get(v, v) for k, v in self.environment.items()},
        )


@pytest.fixture(scope="session")
def juyong_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Juyong]:
    """Run a platform for the session."""
    from juyong.app.home import Home, open_home  # noqa: PLC0415  # see above
    from juyong.app.keys import open_keys  # noqa: PLC0415
    from juyong.app.platform import open_store  # noqa: PLC0415
    from juyong.app.settings import load_settings  # noqa: PLC0415
    from juyong.app.state import State  # noqa: PLC0415

    path = tmp_path_factory.mktemp("juyong")
    # A test's state need not survive a power cut.
    environment = {**os.environ, "JUYONG_DURABLE": "false"}
    server = subprocess.Popen(  # noqa: S603  # our own command
        [*_COMMAND, "serve", "--home", str(path), "--port", "0", "--tls-port", "0"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    store: Executor | None = None
    try:
        home = Home(path)
        presence = _wait(home, server)
        open_home(path)
        settings = load_settings(home.settings, {"JUYONG_DURABLE": "false"})
        keys = open_keys(home)
        store = open_store(home, settings, keys)
        state = State(home=home, settings=settings, keys=keys, store=store)
        yield _platform(state, presence, settings)
    finally:
        if store is not None:
            store.close()
        server.terminate()
        server.wait(_STOP_SECONDS)


@pytest.fixture
def juyong(juyong_platform: Juyong) -> Juyong:
    """The platform, reset."""
    juyong_platform.reset()
    return juyong_platform


@pytest.fixture
def juyong_environ(juyong: Juyong, monkeypatch: pytest.MonkeyPatch) -> Juyong:
    """The platform, reset, with its client environment in this process."""
    for name in juyong.unset:
        monkeypatch.delenv(name, raising=False)
    for name, value in juyong.environment.items():
        monkeypatch.setenv(name, value)
    return juyong


def _wait(home: "Home", server: subprocess.Popen[bytes]) -> "Presence":
    from juyong.app.presence import running_server  # noqa: PLC0415  # see above

    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"juyong serve ended with status {server.returncode}")
        presence = running_server(home)
        if presence is not None and _healthy(presence):
            return presence
        time.sleep(0.02)
    raise TimeoutError("juyong serve did not become ready")


def _healthy(presence: "Presence") -> bool:
    # SECURITY: the address is our own child's; proxies of the environment must not be asked.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{presence.port}/health", timeout=5) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def _platform(state: "State", presence: "Presence", settings: "Settings") -> Juyong:
    from juyong.app.bootstrap import read_credentials  # noqa: PLC0415  # see above

    credentials = read_credentials(state.home)
    return Juyong(
        endpoint=f"http://127.0.0.1:{presence.port}",
        region=settings.region,
        account_id=credentials.account_id,
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        environment=json.loads(_output(state.home, "--json")),
        unset=_unset(_output(state.home)),
        state=state,
    )


def _output(home: "Home", *options: str) -> str:
    command = [*_COMMAND, "env", "--home", str(home.path), *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def _unset(exports: str) -> tuple[str, ...]:
    """Read the names off the `unset` lines of the shell form."""
    lines = [shlex.split(line) for line in exports.splitlines() if line.startswith("unset ")]
    return tuple(name for line in lines for name in line[1:])
