"""Dates as HTTP writes them."""

from email.utils import formatdate

import pytest

from juyong.base.clock import Instant, http_date


@pytest.mark.parametrize("at", [0, 951_782_400, 1_709_164_800, 1_800_000_000, 4_102_444_799])
def test_http_date_is_what_the_library_writes(at: int) -> None:
    assert http_date(Instant(at)) == formatdate(at, usegmt=True)


def test_every_day_and_month_has_its_name() -> None:
    for day in range(366):
        at = Instant(day * 86_400)
        assert http_date(at) == formatdate(at, usegmt=True)
