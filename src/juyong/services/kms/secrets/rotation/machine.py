"""Carry rotations out: a killed worker loses nothing, and two workers do nothing twice.

A rotation is an item of the queue. The worker that claimed it proves its lease in every transaction
of a step, so work after a lost lease changes nothing in the store; work outside may be repeated.

    prepare --> (RAM: published at once)
            \\-> set --> published                        databases
    create --> set --> test --> finish                   functions

A rotation whose first step fails is given up after some attempts, since nothing has changed yet. A
later step is never given up, since the new password may be set already: it is tried every hour
until it succeeds or the secret is deleted.
"""

from dataclasses import dataclass, replace
from functools import partial

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.secret import Secret
from juyong.services.kms.acting import Actor
from juyong.services.kms.secrets.config import CustomConfig, RamConfig, RdsConfig
from juyong.services.kms.secrets.rotation import custom, database
from juyong.services.kms.secrets.rotation.access_keys import new_access_key
from juyong.services.kms.secrets.rotation.begin import first_step
from juyong.services.kms.secrets.rotation.outcome import RotationFailed, failed, succeeded
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.stages import CURRENT, put
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow
from juyong.services.kms.secrets.versions import TEXT, board_of, keep_board, keep_version, limits
from juyong.store.errors import Stale
from juyong.store.queue import Claim, extend, finish, put_off

SET = "set"
LEASE_SECONDS = 120
"""Longer than any step outside takes; the own time of a function is added.

The rotation of a killed worker waits as long before another worker goes on with it.
"""
ATTEMPTS = 5
_FIRST_PAUSE, _LATER_PAUSE = 30, 3600
Held = tuple[SecretRow, RotationRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A worker that has a rotation, and the ways of rotations to the outside.

    bench: Refuses every transaction once the lease is lost. claim: The item, by the secret's id.
    """

    bench: Bench
    claim: Claim
    databases: database.Databases = database.REGISTERED
    functions: custom.Plan = custom.deployed

    def run(self) -> None:
        """Take the rotation as far as it goes; raises StoreError."""
        row = self.bench.transact(lambda tx: tx.get(SecretRow, self.claim.key))
        if row is None:
            return
        actor = Actor(bench=self.bench, account_id=row.account_id, region=row.region)
        held = actor.act(self._begin)
        while held is not None:
            held = self._step(replace(actor, request_id=held[1].request_id), *held)

    def _begin(self, ctx: Context) -> Held | None:
        """Return the rotation to go on with; None for a secret that waits to be deleted."""
        row = ctx.tx.get(SecretRow, self.claim.key)
        rotation = ctx.tx.get(RotationRow, self.claim.key)
        if row is None or rotation is None:
            return None
        if row.delete_at is not None and rotation.step == first_step(row):
            # Restoring the secret makes the item due.
            put_off(ctx.tx, self.claim, now=ctx.now, seconds=_LATER_PAUSE, counted=False)
            return None
        return row, rotation

    def _advanced(self, ctx: Context, rotation: RotationRow, step: str) -> RotationRow:
        """Note that a step is done; the next one has all of the lease before it."""
        extend(ctx.tx, self.claim, now=ctx.now, seconds=LEASE_SECONDS)
        return ctx.tx.update(rotation, step=step, attempt=0)

    def _step(self, actor: Actor, row: SecretRow, rotation: RotationRow) -> Held | None:
        """Do one step; returns the state for the next step, None if there is none now."""
        try:
            match row.configured:
                case RdsConfig() as config:
                    return self._database(actor, row, rotation, config)
                case RamConfig() as config:
                    actor.act(partial(self._renew_access_key, row, rotation, config))
                case CustomConfig() as config:
                    return self._function(actor, row, rotation, config)
        except ApiError as error:
            self._note_failure(actor, rotation, error)
        return None

    def _database(
        self, actor: Actor, row: SecretRow, rotation: RotationRow, config: RdsConfig
    ) -> Held | None:
        databases = self.databases

        def prepare(ctx: Context) -> Held:
            renewed = self._advanced(ctx, rotation, SET)
            value = database.new_account(ctx, databases, row, config).value()
            keep_version(ctx, row, rotation.version_id, TEXT, value, pending=True)
            return row, renewed

        if rotation.step != SET:
            return actor.act(prepare)

        def plan(ctx: Context) -> database.Change:
            return database.change_of(ctx, databases, row, config, _pending(ctx, rotation))

        database.apply(databases, actor.act(plan))
        actor.act(partial(self._publish, rotation, None))
        return None

    def _renew_access_key(
        self, row: SecretRow, rotation: RotationRow, config: RamConfig, ctx: Context
    ) -> None:
        self._publish(rotation, new_access_key(ctx, row, config).value(ctx.now), ctx)

    def _function(
        self, actor: Actor, row: SecretRow, rotation: RotationRow, config: CustomConfig
    ) -> Held | None:
        def plan(ctx: Context) -> custom.Run:
            run = custom.plan_step(ctx, self.functions, row, rotation, config)
            extend(ctx.tx, self.claim, now=ctx.now, seconds=LEASE_SECONDS + run.seconds)
            return run

        actor.act(plan).go()

        def after(ctx: Context) -> Held | None:
            step = custom.next_step(ctx, row, rotation)
            if step is not None:
                return row, self._advanced(ctx, rotation, step)
            self._end(ctx, rotation)
            return None

        return actor.act(after)

    def _publish(self, rotation: RotationRow, value: Secret | None, ctx: Context) -> None:
        """Make the version of a rotation current, with the value given or the pending one."""
        row = _fresh(ctx, rotation.secret_id)
        before = board_of(ctx, row)
        if value is None:
            ctx.tx.update(_pending(ctx, rotation), pending=False)
        else:
            keep_version(ctx, row, rotation.version_id, TEXT, value)
        keep_board(ctx, row, before, put(before, rotation.version_id, (CURRENT,), limits(ctx)))
        self._end(ctx, rotation)

    def _end(self, ctx: Context, rotation: RotationRow) -> None:
        """End a rotation, and finish the item in the same transaction."""
        succeeded(ctx, _fresh(ctx, rotation.secret_id), rotation)
        finish(ctx.tx, self.claim, ctx.now)

    def _note_failure(self, actor: Actor, known: RotationRow, error: ApiError) -> None:
        def note(ctx: Context) -> None:
            row, rotation = _fresh(ctx, known.secret_id), ctx.tx.get(RotationRow, known.secret_id)
            if rotation is None:
                return
            attempt = rotation.attempt + 1
            if attempt == ATTEMPTS:
                failed(ctx, row, error)
                if rotation.step == first_step(row) and _made(ctx, rotation) is None:
                    ctx.tx.delete(rotation)
                    finish(ctx.tx, self.claim, ctx.now)
                    return
            pause = _LATER_PAUSE if attempt >= ATTEMPTS else _FIRST_PAUSE << rotation.attempt
            ctx.tx.update(rotation, attempt=attempt, error=error.code)
            put_off(ctx.tx, self.claim, now=ctx.now, seconds=pause)

        actor.act(note)


def _made(ctx: Context, rotation: RotationRow) -> SecretVersionRow | None:
    return ctx.tx.get(SecretVersionRow, rotation.secret_id, rotation.version_id)


def _pending(ctx: Context, rotation: RotationRow) -> SecretVersionRow:
    found = _made(ctx, rotation)
    if found is None:
        raise RotationFailed(reason="the pending version is gone")
    return found


def _fresh(ctx: Context, secret_id: str) -> SecretRow:
    row = ctx.tx.get(SecretRow, secret_id)
    if row is None:
        raise Stale("kms_secret")
    return row
