"""Calls of operations in the test's own process: the whole pipeline, without a network or an SDK.

    def test_name_is_unique(call):
        call("Ram", "CreateGroup", GroupName="devs")
        with refused("EntityAlreadyExists.Group", 409):
            call("Ram", "CreateGroup", GroupName="devs")

A call is signed, routed, authenticated, decoded, authorised and executed as any other; its event
and snapshots are written. The fixtures `local` and `call` (tests/conftest.py) give a platform on
each database, and the administrator of an account that is new in each test.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.platforms import Clock, Recorder, settings_on
from tests.unit.gateway.calls import v1_call

from juyong.api.product import Product, Style
from juyong.api.registry import packages
from juyong.app.platform import Running, open_platform
from juyong.services.identity.facade import NewAccount, create_account

REGION = "cn-hangzhou"


class Refused(Exception):
    """A call that was refused; `members` are those of the error body."""

    def __init__(self, action: str, status: int, members: dict[str, Any]) -> None:
        self.status, self.members = status, members
        self.code, self.message = members["Code"], members["Message"]
        super().__init__(f"{action}: {status} {self.code}: {self.message}")


@contextmanager
def refused(code: str, status: int) -> Iterator[Any]:
    """Expect a call to be refused with a code and an HTTP status."""
    with pytest.raises(Refused) as caught:
        yield caught
    assert (caught.value.code, caught.value.status) == (code, status), str(caught.value)


@dataclass
class Local:
    """A platform whose pipeline is called directly."""

    running: Running
    clock: Clock
    runner: asyncio.Runner
    accounts: int = 0

    def new_account(self, name: str = "") -> NewAccount:
        """Create an account; its administrator may do everything."""
        title = name or f"local-{self.accounts}"
        self.accounts += 1
        return self.running.store.call(lambda tx: create_account(tx, title, self.clock()))

    def administrator(self, account: NewAccount) -> "Caller":
        """Return the administrator of an account as a caller."""
        return Caller(self, account, account.access_key_id, account.secret.reveal())


@dataclass(frozen=True, slots=True)
class Caller:
    """An AccessKey or a session that calls; account: Where it is from; region: Whose hosts."""

    local: Local
    account: NewAccount
    access_key_id: str
    secret: str
    token: str = ""
    region: str = REGION

    def __call__(self, product: str, action: str, **params: Any) -> dict[str, Any]:
        """Make a call and return the members of its answer.

        Args:
            product: Its code, such as `Ram`; one whose operations have paths is not for here.
            params: By their names on the wire. A list stands for `Name.1` and on, a dictionary in
                it for `Name.1.Key`; None for a parameter that is not sent.

        Raises:
            Refused: the answer is an error.
        """
        found = _product(product)
        given = {"Action": action, "Version": found.version, **_flat(params)}
        if self.token:
            given["SecurityToken"] = self.token
        host = found.host_in(self.region)
        now = self.local.clock()
        raw = v1_call(self.access_key_id, self.secret, now, host=host, **given)
        answer = self.local.runner.run(self.local.running.pipeline.serve(raw))
        members: dict[str, Any] = json.loads(answer.body)
        if answer.status >= 400:
            raise Refused(action, answer.status, members)
        return members

    def as_key(self, access_key_id: str, secret: str, token: str = "") -> "Caller":
        """Return another credential of the account as a caller."""
        return replace(self, access_key_id=access_key_id, secret=secret, token=token)

    def in_region(self, region: str) -> "Caller":
        """Return the caller at the hosts of another region."""
        return replace(self, region=region)

    def new_user(self, name: str) -> "Caller":
        """Create a RAM user without any permission and return it as a caller."""
        self("Ram", "CreateUser", UserName=name)
        key = self("Ram", "CreateAccessKey", UserName=name)["AccessKey"]
        return self.as_key(key["AccessKeyId"], key["AccessKeySecret"])


def _product(code: str) -> Product:
    (found,) = (each for each in packages().values() if each.code == code)
    if found.style is not Style.RPC:
        raise TypeError(f"{code}: its operations are called by path")
    return found


def _flat(params: dict[str, Any]) -> dict[str, str]:
    """Write parameters as a query has them."""
    flat: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, dict):
            flat |= _flat({f"{name}.{key}": each for key, each in value.items()})
        elif isinstance(value, list):
            flat |= _flat({f"{name}.{n}": each for n, each in enumerate(value, start=1)})
        elif isinstance(value, bool):
            flat[name] = str(value).lower()
        elif value is not None:
            flat[name] = str(value)
    return flat


class LocalPlatforms:
    """One platform a database for many tests, and another after some hundred accounts.

    What looks at all accounts takes longer the more there are.
    """

    _MOST_ACCOUNTS = 250

    def __init__(self, new_home: Callable[[str], Path]) -> None:
        self._new_home = new_home
        self._held: dict[str, tuple[Local, ExitStack]] = {}

    def on(self, database: str) -> Local:
        """Return the platform on a database; see `local_platform`."""
        if database in self._held and self._held[database][0].accounts >= self._MOST_ACCOUNTS:
            self._held.pop(database)[1].close()
        if database not in self._held:
            stack = ExitStack()
            home = self._new_home(f"local-{database}")
            self._held[database] = stack.enter_context(local_platform(home, database)), stack
        return self._held[database][0]

    def close(self) -> None:
        """Close the platforms."""
        while self._held:
            self._held.popitem()[1][1].close()


@contextmanager
def local_platform(
    home: Path, database: str = "sqlite", clock: Clock | None = None
) -> Iterator[Local]:
    """Open a platform in a new home, on `sqlite` or `postgres`, until the block ends."""
    clock = clock or Clock()
    with settings_on(database) as settings, asyncio.Runner() as runner:
        # A test's state need not survive a power cut.
        running = open_platform(home, settings=replace(settings, durable=False), clock=clock)
        running.pipeline.metrics = recorder = Recorder(running.metrics.usage)
        try:
            yield Local(running, clock, runner)
        finally:
            running.close()
            recorder.close()
