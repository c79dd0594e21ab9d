"""Threads of a server that wait for the interpreter get it soon."""

import sys

import pytest

from juyong.app.server import _hand_over_sooner


def test_a_thread_that_waits_gets_the_interpreter_after_half_a_millisecond() -> None:
    before = sys.getswitchinterval()
    try:
        _hand_over_sooner()
        assert sys.getswitchinterval() == pytest.approx(0.0005)
    finally:
        sys.setswitchinterval(before)
