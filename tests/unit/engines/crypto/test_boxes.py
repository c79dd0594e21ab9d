"""Boxes: sealed with the public half of a pair, opened with the secret one."""

import pytest

from juyong.engines.crypto.boxes import open_with, public_half, seal_to
from juyong.engines.crypto.keys import BadInput, Undecipherable

SECRET, DRAWN = bytes(range(32)), bytes(range(32, 64))


def box(place: bytes = b"here") -> bytes:
    return seal_to(public_half(SECRET), b"content", place, drawn=DRAWN)


def test_a_box_opens_with_the_secret_half_in_its_place() -> None:
    assert open_with(SECRET, box(), b"here") == b"content"
    for secret, place in ((DRAWN, b"here"), (SECRET, b"there")):
        with pytest.raises(Undecipherable):
            open_with(secret, box(), place)


def test_a_box_that_was_changed_does_not_open() -> None:
    sealed = box()
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Undecipherable):
            open_with(SECRET, bytes(changed), b"here")
    for cut in (b"", sealed[:20], sealed[:-1]):
        with pytest.raises(Undecipherable):
            open_with(SECRET, cut, b"here")


def test_halves_of_another_length_are_refused() -> None:
    with pytest.raises(BadInput):
        public_half(b"short")
    with pytest.raises(BadInput):
        seal_to(b"short", b"content", b"here", drawn=DRAWN)
    with pytest.raises(BadInput):
        seal_to(bytes(32), b"content", b"here", drawn=DRAWN)
