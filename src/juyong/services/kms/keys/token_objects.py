"""Objects to be removed from the hardware module: erased ones, and those that no version names.

A call makes its object before it commits the row that names it, so an object without a row may
belong to a call still under way, or to one that failed. It is destroyed an hour after it was first
seen, and never while a row names it.

SECURITY: an object that is a day old when it is first seen is left alone: a database that was
restored from an older backup does not know the newest keys, which may still be in use.
"""

from collections.abc import Mapping
from functools import partial

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.services.kms.keys.hardware import answering, drawn_at, has_module, module_of
from juyong.services.kms.keys.material import PURPOSE
from juyong.services.kms.keys.tables import KeyVersionRow, TokenObjectRow
from juyong.store.chunks import CHUNK_ROWS, delete_some
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

GRACE_SECONDS = 3600
OLD_SECONDS = 86_400
NEVER = Instant(253_402_300_799)
_MOST = 1000


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


def doom(tx: Transaction, label: str, at: Instant) -> None:
    """Have an object destroyed, once no version names it any more."""
    known = tx.get(TokenObjectRow, label)
    if known is None:
        tx.insert(TokenObjectRow(label=label, destroy_at=at))
    elif at < known.destroy_at:
        tx.update(known, destroy_at=at)


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
