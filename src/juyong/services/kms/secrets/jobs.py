"""Jobs on secrets: deletion windows end, rotations begin and go on."""

from collections.abc import Callable
from functools import partial

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_uuid
from juyong.services.kms.acting import Actor, tell
from juyong.services.kms.secrets.deletion import erase
from juyong.services.kms.secrets.rotation.begin import ENABLED, ROTATE, begin
from juyong.services.kms.secrets.rotation.machine import LEASE_SECONDS, Machine
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.tables import SecretRow
from juyong.store.errors import Stale, StoreError
from juyong.store.late import sa, table_of
from juyong.store.queue import Claim
from juyong.store.transaction import Transaction

_MOST = 1000


def _reached(column: str) -> "sa.Select[tuple[str, str, str]]":
    secret = table_of(SecretRow)
    at = secret.c[column]
    return (
        sa.select(secret.c.secret_id, secret.c.account_id, secret.c.region)
        .where(at <= sa.bindparam("now", type_=sa.BigInteger()))
        .order_by(at)
        .limit(_MOST)
    )


_over = partial(_reached, "delete_at")


def _rotating() -> "sa.Select[tuple[str, str, str]]":
    secret = table_of(SecretRow)
    return _reached("next_rotation_at").where(
        secret.c.automatic_rotation == ENABLED, secret.c.delete_at.is_(None)
    )


@job("kms.secrets", every=60)
def work(bench: Bench) -> None:
    """End windows that are over, and begin rotations that are due; raises ExceptionGroup."""
    failures: list[Exception] = []
    for due, act in ((_over, _end), (_rotating, _begin)):
        now = bench.clock()
        for secret_id, account_id, region in bench.transact(partial(_places, due, now)):
            try:
                actor = Actor(bench=bench, account_id=account_id, region=region)
                actor.act(partial(act, secret_id))
            except Stale:
                # Another server does it at this moment.
                continue
            except (ApiError, StoreError) as failure:
                failures.append(failure)
    if failures:
        raise ExceptionGroup("secrets", failures)


@job(ROTATE, lease_seconds=LEASE_SECONDS, attempts=None)
def rotate(bench: Bench, claim: Claim) -> None:
    """Carry one rotation as far as it goes; a rotation that began is never given up (ADR 0022)."""
    Machine(bench=bench, claim=claim).run()


def _places(
    due: "Callable[[], sa.Select[tuple[str, str, str]]]", now: Instant, tx: Transaction
) -> list[tuple[str, AccountId, str]]:
    return [(one, AccountId(account), region) for one, account, region in tx.query(due, now=now)]


def _end(secret_id: str, ctx: Context) -> None:
    """Erase a secret whose window is over."""
    row = ctx.tx.get(SecretRow, secret_id)
    if row is None or row.delete_at is None or row.delete_at > ctx.now:
        return
    erase(ctx, row)
    tell(ctx, "DeleteSecret")


def _begin(secret_id: str, ctx: Context) -> None:
    """Begin the rotation that is due, unless one is under way."""
    row = ctx.tx.get(SecretRow, secret_id)
    if row is None or ctx.tx.get(RotationRow, secret_id) is not None:
        return
    due = row.next_rotation_at is not None and row.next_rotation_at <= ctx.now
    if due and row.automatic_rotation == ENABLED and row.delete_at is None:
        begin(ctx, row, new_uuid(), automatic=True)
