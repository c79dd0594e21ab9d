"""Processes that are born below a process between."""

import errno
import os
import signal

import pytest

from juyong.netplane.helper import births
from juyong.netplane.helper.births import Births


@pytest.fixture
def below(monkeypatch):
    """Births of a helper that has no power to come back."""

    def refuse(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(births.linux, "enter", refuse)
    return Births()


def be(_):
    os._exit(0)


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def refuse_namespace():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_process_waits_until_its_caller_is_the_parent(below):
    heard, say = os.pipe()

    def be_heard(wait):
        wait()
        os.write(say, b"%d" % os.getpid())
        os._exit(0)

    born = below.born(lambda: None, be_heard)
    os.close(say)
    with os.fdopen(heard, "rb") as lines:
        assert int(lines.read()) == born


def test_a_process_between_that_is_killed_is_said_so(below):
    with pytest.raises(OSError, match="the process between was killed by SIGKILL") as told:
        below.born(kill_itself, be)
    assert "Success" not in str(told.value)


def test_a_process_between_that_says_nothing_is_said_so(below):
    with pytest.raises(OSError, match="ended with 0 and said nothing"):
        below.born(lambda: os._exit(0), be)


def test_what_the_system_refuses_is_said(below):
    with pytest.raises(OSError, match="No space left on device") as told:
        below.born(refuse_namespace, be)
    assert told.value.errno == errno.ENOSPC
