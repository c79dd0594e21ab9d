"""What becomes of secrets without anybody calling: windows end, rotations begin and go on."""

from functools import partial

import sqlalchemy as sa

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.base.ids import AccountId, new_request_id, new_uuid
from juyong.services.actiontrail.facade import ServiceAction, record_service_action
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.secrets.deletion import erase
from juyong.services.kms.secrets.rotation.acting import Actor
from juyong.services.kms.secrets.rotation.begin import begin
from juyong.services.kms.secrets.rotation.intervals import ENABLED
from juyong.services.kms.secrets.rotation.machine import Machine
from juyong.services.kms.secrets.rotation.role import SERVICE
from juyong.services.kms.secrets.rotation.tables import RotationRow
from juyong.services.kms.secrets.tables import SecretRow
from juyong.store.errors import Stale
from juyong.store.table import spec_of

_MOST = 1000
_secret = spec_of(SecretRow).table
_NOW = sa.bindparam("now", type_=sa.BigInteger())
_PLACE = (_secret.c.secret_id, _secret.c.account_id, _secret.c.region)
_OVER = sa.select(*_PLACE).where(_secret.c.delete_at <= _NOW).limit(_MOST)
_ROTATING = (
    sa.select(*_PLACE)
    .where(
        _secret.c.next_rotation_at <= _NOW,
        _secret.c.automatic_rotation == ENABLED,
        _secret.c.delete_at.is_(None),
    )
    .order_by(_secret.c.next_rotation_at)
    .limit(_MOST)
)


def work(bench: Bench) -> None:
    """Do everything that is due once."""
    now = bench.clock()
    for secret_id, account_id, region in bench.transact(lambda tx: tx.query(_OVER, now=now)):
        _actor(bench, account_id, region).act(partial(_end, secret_id=secret_id))
    for secret_id, account_id, region in bench.transact(lambda tx: tx.query(_ROTATING, now=now)):
        try:
            _actor(bench, account_id, region).act(partial(_begin, secret_id=secret_id))
        except Stale:
            # Another server begins it at this moment.
            continue
    Machine(bench=bench).run()


def _actor(bench: Bench, account_id: AccountId, region: str) -> Actor:
    return Actor(bench=bench, account_id=account_id, region=region, request_id=new_request_id())


def _end(ctx: Context, secret_id: str) -> None:
    """Erase a secret whose window is over."""
    row = ctx.tx.get(SecretRow, secret_id)
    if row is None or row.delete_at is None or row.delete_at > ctx.now:
        return
    erase(ctx, row)
    record_service_action(
        ctx.tx,
        ctx.platform,
        ServiceAction(
            service=Service(account_id=row.account_id, name=SERVICE),
            product=KMS,
            name="DeleteSecret",
            region=row.region,
            journal=ctx.journal,
            at=ctx.now,
        ),
    )


def _begin(ctx: Context, secret_id: str) -> None:
    """Begin the rotation that is due, unless one is under way."""
    row = ctx.tx.get(SecretRow, secret_id)
    if row is None or ctx.tx.get(RotationRow, secret_id) is not None:
        return
    due = row.next_rotation_at is not None and row.next_rotation_at <= ctx.now
    if due and row.automatic_rotation == ENABLED and row.delete_at is None:
        begin(ctx, row, new_uuid(), automatic=True)
