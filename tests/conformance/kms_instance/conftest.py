"""An account with keys in its instance, and access points made in one line."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.kms.access_calls import KEYS, PASSWORD, SECRETS, Access
from tests.conformance.kms.conftest import inside  # noqa: F401  # a fixture
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms.crypto.conftest import unlimited  # noqa: F401  # a fixture
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_key_jobs import at_once
from tests.conformance.kms_instance.calls import Instance, Refused, opened

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.access import pairs
from juyong.services.kms.keys.jobs import turn
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.tables import default_instance_id

BOTH = [KEYS, SECRETS]


@pytest.fixture(scope="session")
def few_keys() -> Iterator[rsa.RSAPrivateKey]:
    """Private keys for client keys, a few in turn: two of one test differ."""
    return itertools.cycle([rsa.generate_private_key(65537, 2048) for _ in range(4)])


@pytest.fixture(autouse=True)
def quick_pairs(monkeypatch: pytest.MonkeyPatch, few_keys: Iterator[rsa.RSAPrivateKey]) -> None:
    """Make client keys at once; tests/conformance/kms makes them as they are in earnest."""
    monkeypatch.setattr(pairs, "_ROUNDS", 1)
    made = SimpleNamespace(generate_private_key=lambda **_: next(few_keys))
    monkeypatch.setattr(pairs, "rsa", made)


@pytest.fixture
def keys(admin: Clients) -> Kms:
    """What the account's administrator does with keys, at the shared gateway."""
    return Kms(admin.kms)


@pytest.fixture
def access(admin: Clients) -> Access:
    """What the account's administrator does with access points."""
    return Access(admin.kms)


@pytest.fixture
def instance_id(account: NewAccount) -> str:
    return default_instance_id(account.account_id)


@pytest.fixture
def new_key(keys: Kms, instance_id: str) -> Callable[..., str]:
    """Make a key in the instance and return its id: new_key("RSA_2048", key_usage=…)."""

    def make(spec: str = "Aliyun_AES_256", **more: Any) -> str:
        made = keys.new_key(key_spec=spec, dkmsinstance_id=instance_id, **more)
        return str(made.key_id)

    return make


@dataclass
class Points:
    """Makes access points with a policy and a client key of their own."""

    server: Server
    access: Access
    instance_id: str
    made: int = 0

    def __call__(
        self,
        *resources: str,
        permissions: list[str] = BOTH,
        rules: list[str] | None = None,
        **validity: str,
    ) -> Instance:
        self.made += 1
        name = f"point-{self.made}"
        self.access.policy(
            name,
            kms_instance=self.instance_id,
            permissions=json.dumps(permissions),
            resources=json.dumps(resources or ("key/*", "secret/*")),
            access_control_rules=json.dumps({"NetworkRules": rules or []}),
        )
        self.access.point(name, policies=json.dumps([name]))
        return self.key(name, **validity)

    def key(self, point: str, **validity: str) -> Instance:
        """Make a client key of an access point, and return who holds it."""
        made = self.access.client_key(point, **validity)
        private = opened(made.private_key_data, PASSWORD)
        return Instance(self.server, self.instance_id, made.client_key_id, private)


@pytest.fixture
def points(server: Server, access: Access, instance_id: str) -> Points:
    return Points(server, access, instance_id)


@pytest.fixture
def client(points: Points) -> Instance:
    """Who may use every key and secret of the instance."""
    return points()


@contextmanager
def refused(code: str, status: int) -> Iterator[None]:
    """Expect an instance to refuse a call."""
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.code, caught.value.status) == (code, status), str(caught.value)


@pytest.fixture
def later(server: Server) -> Iterator[Callable[[int], None]]:
    """Turn the server's clock: later(seconds)."""

    def turn(seconds: int) -> None:
        server.clock.offset = seconds

    yield turn
    server.clock.offset = 0


@pytest.fixture
def secrets(admin: Clients) -> Secrets:
    """What the account's administrator does with secrets."""
    return Secrets(admin.kms)


@pytest.fixture
def rotated(server: Server) -> Callable[[str], str]:
    """Give a key its next version now, and return the version's id: rotated(key)."""

    def make(key_id: str) -> str:
        running = server.running

        def make_due(tx: Any) -> None:
            row = tx.get(KeyRow, key_id)
            tx.update(row, next_rotation_at=Instant(server.clock()))

        running.store.call(make_due)
        bench = Bench(
            call=running.store.call, clock=server.clock, platform=running.pipeline.platform
        )
        at_once(bench, lambda bench: turn(bench, key_id))
        row = running.store.call(lambda tx: tx.get(KeyRow, key_id))
        return str(row.primary_version)

    return make
