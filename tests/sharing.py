"""A part of a long run: some of the tests, others for each commit."""

import zlib

import pytest


def add_options(parser: pytest.Parser) -> None:
    """Add `--share` and `--share-seed`."""
    parser.addoption("--share", type=int, default=1, help="run one test of this many")
    parser.addoption("--share-seed", default="", help="another one chooses other tests")


def is_whole(config: pytest.Config) -> bool:
    """Tell whether all tests run that were asked for."""
    return int(config.option.share) == 1


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the tests of other parts out of a run; the same seed chooses the same tests."""
    if is_whole(config):
        return
    seed, parts = config.option.share_seed, config.option.share
    chosen = [zlib.crc32(f"{seed} {item.nodeid}".encode()) % parts == 0 for item in items]
    left_out = [item for item, stays in zip(items, chosen, strict=True) if not stays]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item, stays in zip(items, chosen, strict=True) if stays]
