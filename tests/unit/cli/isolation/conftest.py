"""A platform to arrive at, and the users who isolate commands."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.cli.isolation.world import Recorder, as_nobody, nobody_can, refusal


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as made:
        yield made


@pytest.fixture(params=["myself", "an ordinary user"])
def user(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Options of `drive` for the user to be; skips where the system isolates nothing."""
    why_not = refusal()
    if why_not is not None:
        pytest.skip(f"this system isolates nothing: {why_not}")
    if request.param == "myself":
        return {}
    if not nobody_can():
        pytest.skip("only root can act as an ordinary user, who must be able to read this code")
    return as_nobody()
