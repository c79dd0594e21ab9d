"""One plane for the tests of a file: each begins with nothing desired."""

import pytest
from tests.unit.netplane.networks import running_plane

from juyong.netplane.desired import Desired


@pytest.fixture(scope="module")
def _plane():
    with running_plane() as plane:
        yield plane


@pytest.fixture
def plane(_plane):
    assert _plane.alive()
    _plane.apply(Desired())
    _plane.events()
    return _plane
