"""Counts of planes, for /metrics."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from juyong.api.plane import PlaneHealth, PlaneState


class PlaneFigures(msgspec.Struct, kw_only=True):
    """Counted by the thread of one plane, read by pages; times in seconds."""

    applies: int = 0
    apply_seconds: float = 0.0
    events: int = 0
    events_lost: int = 0


_MEANINGS = {
    "applies": "States that planes converged to.",
    "apply_seconds": "Seconds that planes took to converge, in all.",
    "events": "Events that planes gave back and services took.",
    "events_lost": "Events of planes that were dropped, since services failed at them.",
}


def families(
    health: Mapping[str, PlaneHealth], figures: Mapping[str, PlaneFigures]
) -> Iterator[Any]:
    """Yield the metric families of planes, by their names."""
    from prometheus_client.core import (  # noqa: PLC0415  # counting does not need it
        CounterMetricFamily,
        GaugeMetricFamily,
    )

    states = GaugeMetricFamily(
        "juyong_plane_state", "1 for the state of a plane.", labels=["plane", "state"]
    )
    restarts = CounterMetricFamily(
        "juyong_plane_restarts", "How often planes ended and were started again.", labels=["plane"]
    )
    for name, how in health.items():
        for state in PlaneState:
            states.add_metric([name, state.value], state is how.state)
        restarts.add_metric([name], how.restarts)
    yield states
    yield restarts
    for what, meaning in _MEANINGS.items():
        family = CounterMetricFamily(f"juyong_plane_{what}", meaning, labels=["plane"])
        for name, counted in figures.items():
            family.add_metric([name], getattr(counted, what))
        yield family
