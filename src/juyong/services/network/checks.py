"""Prove the networks: the packet engine takes every part."""

from collections.abc import Iterator, Mapping

from juyong.services.network.picture import picture
from juyong.store.finding import Finding
from juyong.store.transaction import Transaction


def check(tx: Transaction, _keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report the parts of networks that the packet engine refuses, which are denied meanwhile.

    Cost: as `picture`.
    """
    for part in picture(tx).left_out:
        yield Finding("network-part-refused", f"network {part.id}", f"is denied: {part.reason}")
