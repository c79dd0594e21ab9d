"""Secrets rotated on a real store, with databases and functions of our own that can be killed."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.jobs import work_off

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.services.identity.facade import create_account
from juyong.services.kms.acting import Actor
from juyong.services.kms.secrets import jobs
from juyong.services.kms.secrets.create import create_secret
from juyong.services.kms.secrets.read import get_secret_value
from juyong.services.kms.secrets.rotation.begin import rotate_secret
from juyong.services.kms.secrets.rotation.custom import Run
from juyong.services.kms.secrets.rotation.machine import Machine
from juyong.services.kms.secrets.rotation.outcome import RotationFailed
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.secret import find_live_secret
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.versions import list_secret_version_ids
from juyong.services.rds.facade import NoSuchAccount, Unreachable
from juyong.store.queue import Claim
from juyong.store.transaction import Transaction

REGION = "cn-hangzhou"
NOW = 1_790_000_000


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Killer:
    """Counts boundaries, and ends the process at one of them."""

    at: int = -1
    passed: int = 0

    def boundary(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


@dataclass
class Database:
    """Accounts and their passwords; each call has a boundary before and after its effect."""

    passwords: dict[str, str]
    killer: Killer = field(default_factory=Killer)
    failures: int = 0
    granted: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def find_instance(self, _tx: Any, _account: Any, _region: str, instance: str) -> str | None:
        return instance if instance == "rm-1" else None

    def has_account(self, _target: Any, name: str) -> bool:
        return self._do("has", lambda: name in self.passwords)

    def set_password(self, _target: Any, name: str, password: Secret) -> None:
        if name not in self.passwords:
            raise NoSuchAccount(name)
        self._do("set", lambda: self.passwords.update({name: password.reveal()}))

    def create_account(self, _target: Any, name: str, password: Secret) -> None:
        self._do("create", lambda: self.passwords.update({name: password.reveal()}))

    def clone_privileges(self, _target: Any, source: str, copy: str) -> None:
        self._do("clone", lambda: self.granted.append((source, copy)))

    def can_log_in(self, _target: Any, name: str, password: Secret) -> bool:
        return self._do("log in", lambda: self.passwords.get(name) == password.reveal())

    def opens(self, data: Secret) -> bool:
        account = json.loads(data.reveal())
        return self.passwords.get(account["AccountName"]) == account["AccountPassword"]

    def _do(self, call: str, effect: Callable[[], Any]) -> Any:
        self.killer.boundary()
        if self.failures:
            self.failures -= 1
            raise Unreachable("the server does not answer")
        self.calls.append(call)
        done = effect()
        self.killer.boundary()
        return done


@dataclass
class Functions:
    """A function that does what a customer's would; `does` maps a step to what it does."""

    does: dict[str, Callable[[dict[str, Any]], None]]
    events: list[dict[str, Any]] = field(default_factory=list)
    seconds: int = 60

    def plan(self, _ctx: Context, _arn: str, event: bytes) -> Run:
        given = json.loads(event)

        def go() -> None:
            self.events.append(given)
            try:
                self.does[given["Step"]](given)
            except ValueError as bad:
                raise RotationFailed(reason=str(bad)) from bad

        return Run(seconds=self.seconds, go=go)


@dataclass
class Worker:
    """Carries out every rotation that is due, with what rotations reach outside."""

    bench: Bench
    reach: dict[str, Any]

    def run(self) -> None:
        def rotate(bench: Bench, claim: Claim) -> None:
            Machine(bench=bench, claim=claim, **self.reach).run()

        work_off(replace(jobs.rotate, run=rotate), self.bench)


class Platform:
    """A platform without a server, and one account on it."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.running: Running = open_platform(
            home, settings=Settings(), clock=lambda: Instant(self.now)
        )
        self.account = self.running.store.call(
            lambda tx: create_account(tx, "rotation", Instant(self.now))
        )
        self.killer = Killer()

    def bench(self) -> Bench:
        """Return a bench whose every transaction has a boundary before and after it."""

        def call(work: Callable[[Transaction], Any]) -> Any:
            self.killer.boundary()
            done = self.running.store.call(work)
            self.killer.boundary()
            return done

        return Bench(
            call=call,
            clock=lambda: Instant(self.now),
            platform=self.running.pipeline.platform,
        )

    def act(self, work: Callable[[Context], Any]) -> Any:
        calm = Bench(
            call=self.running.store.call,
            clock=lambda: Instant(self.now),
            platform=self.running.pipeline.platform,
        )
        return Actor(
            bench=calm,
            account_id=self.account.account_id,
            region=REGION,
            request_id=f"REQUEST-{next(_COUNT)}",
        ).act(work)

    def create(self, name: str, data: object, config: dict[str, Any], **more: Any) -> None:
        """Make a managed secret."""
        self.act(
            lambda ctx: create_secret(
                ctx,
                secret_name=name,
                version_id="v1",
                secret_data=Secret(data if isinstance(data, str) else json.dumps(data)),
                extended_config=json.dumps(config),
                **more,
            )
        )

    def rotate(self, name: str = "db", version: str = "r1") -> Any:
        return self.act(
            lambda ctx: rotate_secret(ctx, find_live_secret(ctx, name), version_id=version)
        )

    def value(self, name: str = "db", stage: str = "ACSCurrent") -> Any:
        return self.act(
            lambda ctx: get_secret_value(ctx, find_live_secret(ctx, name), version_stage=stage)
        )

    def stages(self, name: str = "db") -> dict[str, list[str]]:
        found = self.act(
            lambda ctx: list_secret_version_ids(
                ctx, find_live_secret(ctx, name), include_deprecated=True
            )
        )
        return {v.version_id: [*v.version_stages] for v in found.items}

    def rows(self) -> list[RotationRow]:
        return self.running.store.call(
            lambda tx: tx.find(RotationRow, account_id=self.account.account_id)
        )

    def secret(self, name: str = "db") -> SecretRow:
        found: Any = self.running.store.call(
            lambda tx: tx.find_one(
                SecretRow, account_id=self.account.account_id, region=REGION, name=name
            )
        )
        return found  # type: ignore[no-any-return]

    def machine(self, **reach: Any) -> "Worker":
        return Worker(self.bench(), reach)

    def round(self, **reach: Any) -> None:
        """Run the jobs of secrets once, with what rotations reach outside."""
        jobs.work(self.bench())
        self.machine(**reach).run()

    def close(self) -> None:
        self.running.store.close()


_COUNT = itertools.count()
