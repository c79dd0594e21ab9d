"""List resources whose tag keys clash."""

from collections.abc import Iterator, Mapping

from juyong.api.tag_keys import held_clashes
from juyong.store.finding import Finding
from juyong.store.tags import TagRow
from juyong.store.transaction import Transaction


def check(tx: Transaction, _keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report tag keys that differ in case alone."""
    return held_clashes(tx, TagRow)
