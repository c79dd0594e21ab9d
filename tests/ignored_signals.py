"""Processes that tests start begin as in a terminal, also where a run of tests ignores signals."""

import signal

_OF_A_TERMINAL = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""Ignored under `nohup`, and in what a script runs in the background."""


def hear_ignored_signals() -> None:
    """Hear signals that are ignored, and do nothing.

    A child inherits that a signal is ignored, and not what its parent does when it hears one.
    """
    for each in _OF_A_TERMINAL:
        if signal.getsignal(each) is signal.SIG_IGN:
            signal.signal(each, _do_nothing)


def _do_nothing(*_: object) -> None:
    pass
