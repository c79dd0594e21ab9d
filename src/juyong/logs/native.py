"""The extent of a group by the native core, where the distribution `juyong-logs-core` is installed.

The core is built from `core/logs` and is never needed: without it Python gives the same answers,
slower. It speaks of groups of the usual spelling only; all others, and all bad ones, are left to
`loggroup.measure_in_python`, which gives the reason of a refusal.
"""

from collections.abc import Callable

CORE_VERSION = "0.1.0"
"""The version of the core that this module speaks to."""
MOST_BYTES = 8_000_000
"""Raw bytes of the largest group that the core reads."""

Extent = tuple[int, int, int]
"""The logs of a group, and the Unix seconds of the first and of the last."""


def _found() -> Callable[[bytes], Extent | None] | None:
    """Return the function of an installed core of this version."""
    try:
        import juyong_logs_core  # noqa: PLC0415  # need not be there
    except ImportError:
        return None
    return juyong_logs_core.extent_of if juyong_logs_core.VERSION == CORE_VERSION else None


_extent_of = _found()


def native_ready() -> bool:
    """Tell whether a core of this version is installed."""
    return _extent_of is not None


def extent_of(raw: bytes) -> Extent | None:
    """Return the extent of a group.

    Returns:
        None where no core is installed, or the core says nothing of the group.

    Cost: about 1 ms for 4,096 logs of ten keys; other threads run meanwhile.
    """
    return None if _extent_of is None else _extent_of(raw)
