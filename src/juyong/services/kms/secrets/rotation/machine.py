"""Carry rotations out: a killed worker loses nothing, and two do nothing twice.

A worker leases a rotation: it writes its name and until when into the row, and whoever finds the
lease over takes it. Each transaction of a step reads the row again and compares it, so what a
worker does after it lost its lease changes nothing here; what it does outside may be repeated.

    prepare --> (RAM: published at once)
            \\-> set --> published                        databases
    create --> set --> test --> finish                   functions

A rotation whose first step fails is given up after some attempts: nothing has happened yet. Later
ones never are, since the new password may be set already: they are tried every hour until they go
through or the secret is deleted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import Instant
from juyong.base.ids import new_token
from juyong.base.secret import Secret
from juyong.services.kms.secrets.config import CustomConfig, RamConfig, RdsConfig, config_of
from juyong.services.kms.secrets.create import TEXT
from juyong.services.kms.secrets.rotation import custom
from juyong.services.kms.secrets.rotation.access_keys import new_access_key
from juyong.services.kms.secrets.rotation.acting import Actor
from juyong.services.kms.secrets.rotation.begin import first_step
from juyong.services.kms.secrets.rotation.database import Change, apply, change_of, new_account
from juyong.services.kms.secrets.rotation.databases import REGISTERED, Databases
from juyong.services.kms.secrets.rotation.functions import DEPLOYED, Functions, Run
from juyong.services.kms.secrets.rotation.outcome import RotationFailed, failed, succeeded
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.stages import CURRENT, put
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.versions import (
    board_of,
    keep_board,
    keep_version,
    limits,
)
from juyong.store.errors import Stale, StoreError
from juyong.store.table import spec_of
from juyong.store.transaction import Transaction

T = TypeVar("T")
SET = "set"
LEASE_SECONDS = 120
"""Longer than any step outside takes, but for a function's own time, which comes on top.

It is also how long a killed worker's rotation waits for another to go on with it.
"""
ATTEMPTS = 5
_FIRST_PAUSE, _LATER_PAUSE = 30, 3600
_MOST = 100
_table = spec_of(RotationRow).table
_DUE = (
    sa.select(_table.c.secret_id)
    .where(_table.c.due_at <= sa.bindparam("now", type_=sa.BigInteger()))
    .order_by(_table.c.due_at)
    .limit(_MOST)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A worker with its own name, and what rotations reach outside."""

    bench: Bench
    databases: Databases = REGISTERED
    functions: Functions = DEPLOYED
    name: str = field(default_factory=lambda: new_token(12))

    def run(self) -> None:
        """Carry on every rotation that is due.

        Raises:
            ExceptionGroup: the store failed for some of them.
        """
        now = self.bench.clock()
        failures: list[Exception] = []
        for (secret_id,) in self.bench.transact(lambda tx: tx.query(_DUE, now=now)):
            try:
                self.carry_on(secret_id)
            except StoreError as failure:
                # Its lease ends, and then it is tried again; the others need not wait for it.
                failures.append(failure)
        if failures:
            raise ExceptionGroup("rotations of secrets", failures)

    def carry_on(self, secret_id: str) -> None:
        """Take one rotation as far as it goes, unless another worker has it."""
        try:
            held = self.bench.transact(lambda tx: self._lease(tx, secret_id))
            while held is not None:
                held = self._step(*held)
        except Stale:
            # Another worker was faster, or took over: it is that one's now.
            return

    def _lease(self, tx: Transaction, secret_id: str) -> tuple[SecretRow, RotationRow] | None:
        row, rotation = tx.get(SecretRow, secret_id), tx.get(RotationRow, secret_id)
        if row is None or rotation is None or rotation.due_at > self.bench.clock():
            return None
        if row.delete_at is not None and rotation.step == first_step(row):
            return None
        return row, self._renewed(tx, rotation, rotation.step, rotation.attempt)

    def _renewed(
        self, tx: Transaction, rotation: RotationRow, step: str, attempt: int
    ) -> RotationRow:
        lease = Instant(self.bench.clock() + LEASE_SECONDS)
        return tx.update(rotation, step=step, attempt=attempt, holder=self.name, due_at=lease)

    def _step(self, row: SecretRow, rotation: RotationRow) -> tuple[SecretRow, RotationRow] | None:
        """Do one step; returns what is to be done next, None when that is nothing now."""
        actor = Actor(
            bench=self.bench,
            account_id=row.account_id,
            region=row.region,
            request_id=rotation.request_id,
        )
        try:
            match config_of(row.secret_type, row.config):
                case RdsConfig() as config:
                    return self._database(actor, row, rotation, config)
                case RamConfig() as config:
                    publish = partial(_publish_access_key, row, rotation, config)
                    actor.act(_while_held(rotation, publish))
                case CustomConfig() as config:
                    return self._function(actor, row, rotation, config)
        except ApiError as error:
            self._note_failure(actor, rotation, error)
        return None

    def _database(
        self, actor: Actor, row: SecretRow, rotation: RotationRow, config: RdsConfig
    ) -> tuple[SecretRow, RotationRow] | None:
        databases = self.databases

        def prepare(ctx: Context) -> tuple[SecretRow, RotationRow]:
            renewed = self._renewed(ctx.tx, rotation, SET, 0)
            value = new_account(ctx, databases, row, config).value()
            keep_version(ctx, row, rotation.version_id, TEXT, value, pending=True)
            return row, renewed

        if rotation.step != SET:
            return actor.act(_while_held(rotation, prepare))

        def plan(ctx: Context) -> Change:
            return change_of(ctx, databases, row, config, _pending(ctx, rotation))

        apply(databases, actor.act(_while_held(rotation, plan)))
        actor.act(_while_held(rotation, partial(_publish_pending, row.secret_id, rotation)))
        return None

    def _function(
        self, actor: Actor, row: SecretRow, rotation: RotationRow, config: CustomConfig
    ) -> tuple[SecretRow, RotationRow] | None:
        def plan(ctx: Context) -> tuple[RotationRow, Run]:
            run = custom.plan_step(ctx, self.functions, row, rotation, config)
            lease = Instant(ctx.now + LEASE_SECONDS + run.seconds)
            return ctx.tx.update(rotation, due_at=lease), run

        leased, run = actor.act(_while_held(rotation, plan))
        run.go()

        def after(ctx: Context) -> tuple[SecretRow, RotationRow] | None:
            step = custom.next_step(ctx, row, leased)
            if step is not None:
                return row, self._renewed(ctx.tx, leased, step, 0)
            succeeded(ctx, _fresh(ctx, row.secret_id), leased)
            return None

        return actor.act(_while_held(leased, after))

    def _note_failure(self, actor: Actor, known: RotationRow, error: ApiError) -> None:
        def note(ctx: Context) -> None:
            row, rotation = _fresh(ctx, known.secret_id), _held(ctx, known)
            attempt = rotation.attempt + 1
            if attempt == ATTEMPTS:
                failed(ctx, row, error)
                if rotation.step == first_step(row) and not _has_version(ctx, rotation):
                    ctx.tx.delete(rotation)
                    return
            pause = _LATER_PAUSE if attempt >= ATTEMPTS else _FIRST_PAUSE << rotation.attempt
            ctx.tx.update(
                rotation,
                attempt=attempt,
                holder="",
                due_at=Instant(ctx.now + pause),
                error=error.code,
            )

        actor.act(note)


def _while_held(rotation: RotationRow, work: Callable[[Context], T]) -> Callable[[Context], T]:
    """Make work that raises Stale unless the worker still has the rotation."""

    def checked(ctx: Context) -> T:
        _held(ctx, rotation)
        return work(ctx)

    return checked


def _held(ctx: Context, known: RotationRow) -> RotationRow:
    """Return the row of a rotation as it is now, if its worker still has it.

    Versions of rows are not enough: the secret's next rotation has the same key, and begins at the
    same version.

    Raises:
        Stale: it is over, or another worker has it.
    """
    found = ctx.tx.get(RotationRow, known.secret_id)
    if found is None or _turn(found) != _turn(known):
        raise Stale("kms_secret_rotation")
    return found


def _turn(rotation: RotationRow) -> tuple[str, str, Instant, str]:
    return rotation.version_id, rotation.request_id, rotation.started_at, rotation.holder


def _publish_access_key(
    row: SecretRow, rotation: RotationRow, config: RamConfig, ctx: Context
) -> None:
    value = new_access_key(ctx, row, config).value(ctx.now)
    _publish(ctx, row.secret_id, rotation, value)


def _publish_pending(secret_id: str, rotation: RotationRow, ctx: Context) -> None:
    _publish(ctx, secret_id, rotation, None)


def _publish(ctx: Context, secret_id: str, rotation: RotationRow, value: Secret | None) -> None:
    """Make the version of a rotation current, with the value given or the one that is pending."""
    row = _fresh(ctx, secret_id)
    before = board_of(ctx, row)
    if value is None:
        ctx.tx.update(_pending(ctx, rotation), pending=False)
    else:
        keep_version(ctx, row, rotation.version_id, TEXT, value)
    keep_board(ctx, row, before, put(before, rotation.version_id, (CURRENT,), limits(ctx)))
    succeeded(ctx, row, rotation)


def _pending(ctx: Context, rotation: RotationRow) -> SecretVersionRow:
    found = ctx.tx.get(SecretVersionRow, rotation.secret_id, rotation.version_id)
    if found is None:
        raise RotationFailed(reason="the pending version is gone")
    return found


def _has_version(ctx: Context, rotation: RotationRow) -> bool:
    return ctx.tx.get(SecretVersionRow, rotation.secret_id, rotation.version_id) is not None


def _fresh(ctx: Context, secret_id: str) -> SecretRow:
    row = ctx.tx.get(SecretRow, secret_id)
    if row is None:
        raise Stale("kms_secret")
    return row
