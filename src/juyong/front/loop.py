"""The event loop that serves best."""

import asyncio
from collections.abc import Callable


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return a factory for `asyncio.Runner`: uvloop's where it is installed, else asyncio's."""
    try:
        import uvloop  # noqa: PLC0415  # absent on some platforms, and slow to import
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
