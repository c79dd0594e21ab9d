"""Whatever is added, deleted or forged between two pages, a walk of all pages is the list."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from juyong.api.errors import BadParameter
from juyong.api.listing import MARKED, Paging, bad_token, by_token, numbered
from juyong.api.registry import load_tables
from juyong.api.wrapping import Listing
from juyong.base.ids import AccountId
from juyong.base.paging import page_token
from juyong.services.ecs.tables import KeyPairRow
from juyong.store.database import StoreSettings, open_database
from juyong.store.seal import AesSealer
from juyong.store.transaction import Transaction

ACCOUNT = AccountId("1000000000000001")
BY_TOKEN = by_token(bad_token("NextToken"))
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=4)
LIMITS = st.integers(1, 5)
VALUES = st.lists(st.text(max_size=3) | st.integers(-(2**70), 2**70), max_size=3)


class Undone(Exception):
    """Ends a transaction of a test without keeping it."""


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[Callable[[Transaction], None]], None]]:
    """Give what runs a test's work in a transaction that is not kept."""
    with tempfile.TemporaryDirectory() as folder:
        settings = StoreSettings(url=f"sqlite:///{Path(folder) / 'p.db'}", durable=False)
        store = open_database(settings, AesSealer(b"k" * 32), load_tables)

        def run(work: Callable[[Transaction], None]) -> None:
            def undone(tx: Transaction) -> None:
                work(tx)
                raise Undone

            with pytest.raises(Undone):
                store.call(undone)

        yield run
        store.close()


def row(name: str, account: AccountId = ACCOUNT) -> KeyPairRow:
    return KeyPairRow(
        account_id=account,
        region="cn-hangzhou",
        key_pair_name=name,
        key_pair_id=f"ssh-{name}",
        public_key="ssh-rsa",
        fingerprint=f"even {len(name) % 2 == 0}",
        created_at=0,  # type: ignore[arg-type]
    )


def called(tx: Transaction) -> Any:
    return SimpleNamespace(tx=tx, account_id=ACCOUNT)


def walk(read: Callable[[str], Listing[Any, Any]], between: Callable[[], None]) -> list[Any]:
    """Read all pages, and do something after each."""
    found: list[Any] = []
    token = ""
    while True:
        page = read(token)
        found += page.items
        between()
        if not isinstance(page.page.marker, str):
            assert not page.page.is_truncated
            return found
        assert page.page.is_truncated
        token = page.page.marker


@given(st.sets(NAMES, max_size=12), LIMITS, st.booleans())
def test_a_walk_of_stored_pages_is_the_whole_list(
    run: Any, names: set[str], limit: int, some: bool
) -> None:
    def kept(each: KeyPairRow) -> bool:
        return each.fingerprint == "even True"

    def work(tx: Transaction) -> None:
        for name in names:
            tx.insert(row(name))
            tx.insert(row(name, AccountId("2000000000000002")))

        def read(token: str) -> Listing[KeyPairRow, Any]:
            return MARKED.stored(
                called(tx),
                KeyPairRow,
                "key_pair_name",
                token=token,
                limit=limit,
                keep=kept if some else None,
                region="cn-hangzhou",
            )

        wanted = [name for name in sorted(names) if not some or len(name) % 2 == 0]
        pages: list[int] = []
        found = walk(read, lambda: pages.append(1))
        assert [each.key_pair_name for each in found] == wanted
        assert {each.account_id for each in found} <= {ACCOUNT}
        assert len(pages) == max(1, -(-len(wanted) // limit))

    run(work)


@given(st.sets(NAMES, min_size=3, max_size=9), LIMITS, st.data())
def test_what_is_added_or_deleted_behind_the_position_moves_no_page(
    run: Any, names: set[str], limit: int, data: st.DataObject
) -> None:
    first = sorted(names)[:limit]
    assume(len(names) > limit)
    added = data.draw(
        NAMES.filter(lambda name: name <= first[-1] and name not in names) | st.none()
    )

    def work(tx: Transaction) -> None:
        for name in names:
            tx.insert(row(name))
        done: list[str] = []

        def read(token: str) -> Listing[KeyPairRow, Any]:
            return MARKED.stored(called(tx), KeyPairRow, "key_pair_name", token=token, limit=limit)

        def between() -> None:
            if not done:
                tx.delete(row(first[0]))
                if added is not None:
                    tx.insert(row(added))
            done.append("once")

        assert [each.key_pair_name for each in walk(read, between)] == sorted(names)

    run(work)


@given(st.sets(st.tuples(NAMES, NAMES), max_size=12), LIMITS)
def test_a_walk_of_pages_from_memory_is_the_whole_list(
    items: set[tuple[str, str]], limit: int
) -> None:
    def read(token: str) -> Listing[tuple[str, str], Any]:
        return MARKED.part("tags", items, key=lambda i: i, token=token, limit=limit, width=2)

    assert walk(read, lambda: None) == sorted(items)


@given(st.lists(st.integers(), max_size=12), LIMITS)
def test_numbered_pages_are_the_list_and_then_nothing(items: list[int], size: int) -> None:
    most = len(items) // size + 2
    pages = [numbered(items, number, size) for number in range(1, most + 1)]
    assert [item for page in pages for item in page.items] == items
    assert pages[-1].items == []
    assert {page.page.total_count for page in pages} == {len(items)}


@pytest.mark.parametrize("paging", [MARKED, BY_TOKEN])
@given(values=VALUES)
def test_a_position_of_other_types_is_refused(paging: Paging[Any], values: list[str | int]) -> None:
    """A token is not signed: whoever makes one may only name a place that the list could have."""
    token = page_token("list", values)
    storable = [type(value) for value in values] == [str, int]
    if storable and "\x00" not in str(values[0]) and 0 <= int(values[1]) < 2**63:
        assert paging.position("list", token, "", 0) == tuple(values)
        return
    with pytest.raises(BadParameter):
        paging.position("list", token, "", 0)


@given(NAMES, st.text(max_size=40))
def test_a_token_of_another_list_and_garbage_are_refused(name: str, garbage: str) -> None:
    other = page_token("other", [name])
    with pytest.raises(BadParameter) as refused:
        MARKED.part("list", [name], key=lambda i: (i,), token=other, limit=1)
    assert refused.value.code == "InvalidParameter.Marker"
    assume(garbage)
    with pytest.raises(BadParameter):
        BY_TOKEN.position("list", garbage, "")


def test_without_a_token_a_list_starts_at_the_start() -> None:
    assert BY_TOKEN.position("list", "", "", 7) == ("", 7)
