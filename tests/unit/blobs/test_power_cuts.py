"""At a power cut a blob is there whole, or not at all; one that was finished is there."""

import random

import pytest
from tests.unit.blobs.disks import ForgetfulDisk, PowerCut

from juyong.blobs.blob import SMALL, Spool
from juyong.blobs.blocks import BLOCK, sealed_length

SEEDS = 1000


@pytest.mark.parametrize("first", range(0, SEEDS, 100))
def test_after_a_power_cut_at_any_step(first: int) -> None:
    for seed in range(first, first + 100):
        chance = random.Random(seed)  # noqa: S311  # the same cuts in each run
        size = chance.choice([SMALL + 1, BLOCK, BLOCK + 1, 2 * BLOCK + chance.randrange(BLOCK)])
        disk = ForgetfulDisk(steps=chance.randrange(9))
        spool = Spool(disk)
        finished = None
        try:
            whole, rest = divmod(size, BLOCK)
            for _ in range(whole):
                spool.add(bytes(BLOCK))
            finished = spool.finish(bytes(rest))
        except PowerCut:
            pass
        left = disk.after_the_cut()
        assert all(len(content) == sealed_length(size) for content in left.values()), seed
        if finished is not None:
            assert finished.blob_id in left, seed
