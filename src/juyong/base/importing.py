"""Imports that no two threads may begin at once."""

import importlib
import threading
from types import ModuleType

_alone = threading.RLock()


def import_alone(*names: str) -> ModuleType:
    """Import modules, in order, while no other thread imports by this function; returns the last.

    For libraries whose modules import each other in circles, such as SQLAlchemy: two threads that
    enter the circle at different places would wait for each other, and Python then gives each
    thread a half-made module of the other.
    """
    with _alone:
        for name in names:
            module = importlib.import_module(name)
    return module
