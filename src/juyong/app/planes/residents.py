"""Processes that live in every server and start when they are needed; shown with the planes."""

from collections.abc import Callable, Mapping

from juyong.api.plane import PlaneHealth, PlaneState
from juyong.app.hardware import Hardware
from juyong.sandbox.children import children

KEYS, FUNCTIONS = "key_process", "functions"


def residents_of(hardware: Hardware) -> Mapping[str, Callable[[], PlaneHealth]]:
    """Return the function that reports on each; none for a key process that is not in use."""
    found: dict[str, Callable[[], PlaneHealth]] = {FUNCTIONS: functions_health}
    if hardware.has_process():
        found[KEYS] = hardware.health
    return found


def functions_health() -> PlaneHealth:
    """Say how the runs of functions do in this process; a refusal is that of the last run."""
    if children.refusal:
        return PlaneHealth(state=PlaneState.NONE, reason=children.refusal)
    return PlaneHealth(state=PlaneState.RUNNING if children.running() else PlaneState.IDLE)
