"""The keys in memory: handed out until they are forgotten, and overwritten then."""

import pytest

from juyong.app.keys import PURPOSES, KeyRing, KeysForgotten

MASTER = bytes(range(32))


def test_ring_is_a_mapping_of_purposes() -> None:
    ring = KeyRing(MASTER)
    assert list(ring) == list(PURPOSES)
    assert len(ring) == len(PURPOSES)
    assert dict(ring)["audit"] == ring["audit"]
    with pytest.raises(KeyError):
        ring["nothing"]


def test_forgotten_keys_are_overwritten_and_refused() -> None:
    ring = KeyRing(MASTER)
    buffers = list(ring._buffers.values())
    assert all(any(buffer) for buffer in buffers)
    ring.forget()
    assert len(buffers) == len(PURPOSES)
    assert not any(any(buffer) for buffer in buffers)
    with pytest.raises(KeysForgotten):
        ring["audit"]
    ring.forget()


def test_ring_does_not_show_its_keys() -> None:
    ring = KeyRing(MASTER)
    assert repr(ring) == str(ring) == "KeyRing(****)"
