"""Jobs on keys: expiry, rotation, deletion, and the removal of objects from the hardware module.

Each key is one transaction that judges the key as it is then, so several servers may do this at
once, and a job that was killed goes on where it was. Every action leaves an event and a snapshot,
as a call would, by the service itself.

Erased objects are removed from the module, and those that no version names. A call makes its object
before it commits the row that names it, so an object without a row may belong to a call still under
way, or to one that failed. It is destroyed an hour after it was first seen, and never while a row
names it.

SECURITY: an object that is a day old when it is first seen is left alone: a database that was
restored from an older backup does not know the newest keys, which may still be in use.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

from juyong.api.bench import Bench
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.in_service import context_as
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.services.kms.acting import own, tell
from juyong.services.kms.keys.deletion import delete_for_good, erase_some, is_over
from juyong.services.kms.keys.hardware import answering, drawn_at, has_module, module_of
from juyong.services.kms.keys.importing import wipe
from juyong.services.kms.keys.key import has_expired
from juyong.services.kms.keys.material import PURPOSE, make
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow, State, TokenObjectRow
from juyong.services.kms.keys.versions import is_due, rotate
from juyong.store.chunks import CHUNK_ROWS, delete_some
from juyong.store.errors import Stale, StoreError
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

T = TypeVar("T")
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
    return _reached("next_rotation_at").where(table_of(KeyRow).c.state == State.ENABLED)


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

    def apply(ctx: Context, row: KeyRow) -> None:
        wipe(ctx, row)
        tell(ctx, "ExpireKeyMaterial")

    _if_due(bench, key_id, has_expired, apply)


def turn(bench: Bench, key_id: str) -> None:
    """Give a key the new version that is due.

    Raises KeyUnavailable, UnsupportedProtection, UnsupportedOperation (it cannot be made now).
    """
    seen = bench.transact(lambda tx: tx.get(KeyRow, key_id))
    if seen is None or not is_due(seen, bench.clock()):
        return
    fresh = make(bench.platform, seen.spec, seen.protection, bench.clock())

    def apply(ctx: Context, row: KeyRow) -> bool:
        rotate(ctx, row, fresh)
        tell(ctx, "RotateKey")
        return True

    with suppress(Stale):
        if _if_due(bench, key_id, is_due, apply):
            return
    # After any other failure the commit may have happened; a later job removes what is left over.
    if fresh.token_label is not None:
        with answering():
            module_of(bench.platform).destroy(fresh.token_label)


def end(bench: Bench, key_id: str) -> None:
    """Delete a key for good, its aliases with it.

    For a key with very many versions, transactions of their own erase some first; the waiting is
    over, so the rest cannot be used.
    """

    def some(ctx: Context, row: KeyRow) -> bool:
        return erase_some(ctx.tx, row, ctx.now, _VERSIONS)

    def apply(ctx: Context, row: KeyRow) -> None:
        delete_for_good(ctx.tx, row, ctx.now, ctx.journal)
        tell(ctx, "DeleteKey")

    while _if_due(bench, key_id, is_over, some):
        pass
    _if_due(bench, key_id, is_over, apply)


def _if_due(
    bench: Bench,
    key_id: str,
    due: Callable[[KeyRow, Instant], bool],
    act: Callable[[Context, KeyRow], T],
) -> T | None:
    """Act on a key in one transaction, as the service, if it is still due then."""

    def apply(tx: Transaction) -> T | None:
        row = tx.get(KeyRow, key_id)
        if row is None or not due(row, bench.clock()):
            return None
        return act(context_as(bench, tx, own(row.account_id), row.region), row)

    return bench.transact(apply)


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


# --- objects in the hardware module ---

GRACE_SECONDS = 3600
OLD_SECONDS = 86_400
NEVER = Instant(253_402_300_799)


def _all_named() -> "sa.Select[tuple[str, str]]":
    version = table_of(KeyVersionRow)
    return sa.select(version.c.token_label, version.c.key_id).where(
        version.c.token_label.is_not(None)
    )


def _due() -> "sa.Select[tuple[str]]":
    version, found = table_of(KeyVersionRow), table_of(TokenObjectRow)
    return (
        sa.select(found.c.label)
        .where(
            found.c.destroy_at <= sa.bindparam("now"),
            ~sa.exists().where(version.c.token_label == found.c.label),
        )
        .order_by(found.c.destroy_at)
        .limit(_MOST)
    )


def _forget() -> "sa.Delete":
    found = table_of(TokenObjectRow)
    return sa.delete(found).where(found.c.label == sa.bindparam("name"))


def _forget_named() -> "sa.Delete":
    version, found = table_of(KeyVersionRow), table_of(TokenObjectRow)
    return delete_some(TokenObjectRow, sa.exists().where(version.c.token_label == found.c.label))


class TokenObjectsMissing(Exception):
    """Versions name objects that the hardware module does not hold; their keys cannot be used."""


class TokenObjectsUnknown(Exception):
    """The hardware module holds old objects of juyong without a version; they are left alone."""


def destroy_doomed(bench: Bench) -> None:
    """Destroy due objects; an object stays noted until it is gone.

    Raises KeyUnavailable, UnsupportedProtection (the module does not serve now).
    """
    now = bench.clock()
    due = bench.transact(lambda tx: [label for (label,) in tx.query(_due, now=now)])
    for label in due:
        with answering():
            module_of(bench.platform).destroy(label)
        bench.transact(lambda tx, label=label: tx.change(_forget, name=label))  # type: ignore[misc]


def compare_with_module(bench: Bench) -> None:
    """Note objects that no version names, and report versions whose object is gone.

    Raises TokenObjectsMissing (some are gone; the text names the keys); TokenObjectsUnknown (old
    objects were seen for the first time); KeyUnavailable (the module does not serve now).

    Cost: the labels of all objects and rows.
    """
    if not has_module(bench.platform):
        return
    root = bench.platform.keys[PURPOSE]
    before = bench.transact(_named)
    with answering():
        labels = frozenset(module_of(bench.platform).labels())
    drawn = {label: at for label in labels if (at := drawn_at(root, label)) is not None}
    now = bench.clock()
    while bench.transact(lambda tx: tx.change(_forget_named, most=CHUNK_ROWS)) == CHUNK_ROWS:
        pass
    unnamed = sorted(drawn.keys() - bench.transact(_named).keys())
    old: list[str] = []
    for begin in range(0, len(unnamed), CHUNK_ROWS):
        some = {label: drawn[label] for label in unnamed[begin : begin + CHUNK_ROWS]}
        old += bench.transact(partial(_note, some, now))
    # A version made meanwhile may not be among the labels; one removed meanwhile is no loss.
    gone = {label: key for label, key in before.items() if label not in labels}
    after = bench.transact(_named) if gone else {}
    lost = sorted({key for label, key in gone.items() if label in after})
    if lost:
        raise TokenObjectsMissing(f"the hardware module has lost versions of: {', '.join(lost)}")
    if old:
        raise TokenObjectsUnknown(f"no version names these: {', '.join(old)}")


def _named(tx: Transaction) -> dict[str, str]:
    return {str(label): str(key_id) for label, key_id in tx.query(_all_named)}


def _note(drawn: Mapping[str, Instant], now: Instant, tx: Transaction) -> list[str]:
    """Note objects that no version names; returns those too old to be destroyed, the first time.

    A label that a version has got meanwhile is noted too: an object that a row names is never
    destroyed, and the next round forgets the note.
    """
    old: list[str] = []
    for label, since in drawn.items():
        if tx.get(TokenObjectRow, label) is not None:
            continue
        keep = since + OLD_SECONDS <= now
        at = NEVER if keep else Instant(now + GRACE_SECONDS)
        tx.insert(TokenObjectRow(label=label, destroy_at=at))
        old += [label] if keep else []
    return old
