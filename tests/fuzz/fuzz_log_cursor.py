"""Cursors: none, or the place of a batch, which is written as a cursor of the same place."""

from juyong.services.sls.data.cursors import place_of, written

SEEDS = [b"MA==", b"MTIz", b"OTk5OTk5OTk5OTk5OTk5OTk5", b"MDA3", b"LTE=", b"MQ", b"\xd9\xa1==", b""]


def target(data: bytes) -> None:
    """Read a cursor, and write the place that comes out."""
    place = place_of(data.decode("utf-8", "replace"))
    if place is not None:
        assert 0 <= place < 10**18
        assert place_of(written(place)) == place
