"""Jobs on keys: expiry, rotation, deletion.

Each key is one transaction that judges the key as it is then, so several servers may do this at
once, and a job that was killed goes on where it was. Every action leaves an event and a snapshot,
as a call would, by the service itself.
"""

from collections.abc import Callable

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Journal
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.services.actiontrail.facade import ServiceAction, record_service_action
from juyong.services.kms.keys.deletion import delete_for_good, erase_some, is_over
from juyong.services.kms.keys.hardware import answering, module_of
from juyong.services.kms.keys.importing import wipe
from juyong.services.kms.keys.key import has_expired, note_key
from juyong.services.kms.keys.material import PURPOSE, Fresh, Vault, make
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.keys.token_objects import (
    TokenObjectsMissing,
    TokenObjectsUnknown,
    compare_with_module,
    destroy_doomed,
)
from juyong.services.kms.keys.versions import is_due, rotate
from juyong.services.kms.product import KMS
from juyong.store.errors import Stale, StoreError
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

SERVICE = "kms.aliyuncs.com"
_MOST = 1000
_VERSIONS = 200
"""Erased in one transaction, each with up to three more rows."""


def _reached(column: str) -> "sa.Select[tuple[str]]":
    key = table_of(KeyRow)
    at = key.c[column]
    return sa.select(key.c.key_id).where(at <= sa.bindparam("now")).order_by(at).limit(_MOST)


def _expired() -> "sa.Select[tuple[str]]":
    return _reached("material_expires_at")


def _rotating() -> "sa.Select[tuple[str]]":
    return _reached("next_rotation_at").where(table_of(KeyRow).c.state == "Enabled")


def _over() -> "sa.Select[tuple[str]]":
    return _reached("delete_at")


@job("kms.keys", every=60)
def work(bench: Bench) -> None:
    """Do everything that is due once; raises ExceptionGroup."""
    failures: list[Exception] = []
    steps: tuple[Callable[[Bench], None], ...] = (
        *(_each(_expired, expire), _each(_rotating, turn), _each(_over, end)),
        *(destroy_doomed, compare_with_module),
    )
    for step in steps:
        try:
            step(bench)
        except ExceptionGroup as several:
            failures += several.exceptions
        except (ApiError, StoreError, TokenObjectsMissing, TokenObjectsUnknown) as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup("keys", failures)


def expire(bench: Bench, key_id: str) -> None:
    """Wipe imported material whose time is over."""

    def apply(tx: Transaction) -> None:
        row = tx.get(KeyRow, key_id)
        if row is not None and has_expired(row, now):
            row = wipe(tx, row, now)
            _tell(bench, tx, row, "ExpireKeyMaterial", _journal(tx, row))

    now = bench.clock()
    bench.transact(apply)


def turn(bench: Bench, key_id: str) -> None:
    """Give a key the new version that is due.

    Raises KeyUnavailable, UnsupportedProtection, UnsupportedOperation (it cannot be made now).
    """
    seen = bench.transact(lambda tx: tx.get(KeyRow, key_id))
    if seen is None or not is_due(seen, bench.clock()):
        return
    fresh = make(bench.platform, seen.spec, seen.protection, bench.clock())

    def apply(tx: Transaction) -> bool:
        now = bench.clock()
        row = tx.get(KeyRow, key_id)
        if row is None or not is_due(row, now):
            return False
        row = rotate(Vault(tx=tx, root=bench.platform.keys[PURPOSE], now=now), row, fresh)
        _tell(bench, tx, row, "RotateKey", _journal(tx, row))
        return True

    try:
        done = bench.transact(apply)
    except Stale:
        done = False
    # After any other failure the commit may have happened; token_objects removes what is left over.
    if not done:
        _discard(bench, fresh)


def end(bench: Bench, key_id: str) -> None:
    """Delete a key for good, its aliases with it.

    For a key with very many versions, transactions of their own erase some first; the waiting is
    over, so the rest cannot be used.
    """

    def some(tx: Transaction) -> bool:
        row = tx.get(KeyRow, key_id)
        return row is not None and is_over(row, now) and erase_some(tx, row, now, _VERSIONS)

    def apply(tx: Transaction) -> None:
        row = tx.get(KeyRow, key_id)
        if row is not None and is_over(row, now):
            journal = Journal()
            delete_for_good(tx, row, now, journal)
            _tell(bench, tx, row, "DeleteKey", journal)

    now = bench.clock()
    while bench.transact(some):
        pass
    bench.transact(apply)


def _each(
    due: "Callable[[], sa.Select[tuple[str]]]", act: Callable[[Bench, str], None]
) -> Callable[[Bench], None]:
    def step(bench: Bench) -> None:
        now = bench.clock()
        failures: list[Exception] = []
        for (key_id,) in bench.transact(lambda tx: tx.query(due, now=now)):
            try:
                act(bench, key_id)
            except (ApiError, StoreError) as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup(act.__name__, failures)

    return step


def _discard(bench: Bench, fresh: Fresh) -> None:
    """Remove an object that no row will name, since its transaction did not commit."""
    if fresh.token_label is not None:
        with answering():
            module_of(bench.platform).destroy(fresh.token_label)


def _journal(tx: Transaction, row: KeyRow) -> Journal:
    journal = Journal()
    note_key(tx, journal, "updated", row)
    return journal


def _tell(bench: Bench, tx: Transaction, row: KeyRow, name: str, journal: Journal) -> None:
    record_service_action(
        tx,
        bench.platform,
        ServiceAction(
            service=Service(account_id=row.account_id, name=SERVICE),
            product=KMS,
            name=name,
            region=row.region,
            journal=journal,
            at=bench.clock(),
        ),
    )
