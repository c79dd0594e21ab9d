"""Commands of the desired state: begun before they start, run once, killed when not desired."""

import pytest
from msgspec.structs import replace
from tests.unit.netplane.networks import desired, pair
from tests.waiting import wait_until

from juyong.netplane.desired import Command, CommandBegun, CommandEnded, CommandFailed

SECRET = "echo begun >> /root/made; echo s3cret"


def command(name="t-1/i-1", script=SECRET, **more):
    told = {"id": name, "machine_id": "i-1", "argv": ("sh", "-c", script), "directory": "/root"}
    return Command(**(told | more))


@pytest.fixture
def want(plane):
    """Have the plane converge to a machine and some commands."""

    def one(*commands):
        plane.apply(replace(desired(pair(), 1), commands=commands))

    return one


def heard(plane, count=1):
    found = []
    wait_until(lambda: found.extend(plane.events()) or len(found) >= count)
    return found


def made(plane):
    return plane.run("i-1", ["sh", "-c", "cat /root/made 2>/dev/null"]).output


def begin(plane, want, one):
    want(one)
    assert heard(plane) == [CommandBegun(id=one.id)]
    want(replace(one, begun=True))


def test_a_command_starts_once_the_store_says_that_it_was_begun(plane, want):
    one = command()
    want(one)
    want(one)
    assert heard(plane) == [CommandBegun(id=one.id)]
    assert made(plane) == b""
    want(replace(one, begun=True))
    want(replace(one, begun=True))
    (ended,) = heard(plane)
    assert ended == CommandEnded(id=one.id, code=0, output=b"s3cret\n")
    want(replace(one, begun=True))
    assert (made(plane), plane.events()) == (b"begun\n", [])
    assert "s3cret" not in f"{one} {ended}"


def test_a_command_of_another_life_is_not_run_again(plane, want):
    one = command(begun=True)
    want(one)
    want(one)
    assert heard(plane) == [CommandFailed(id=one.id)]
    assert (made(plane), plane.events()) == (b"", [])


def test_a_command_is_killed_when_its_time_is_over(plane, want):
    begin(plane, want, command(script="echo begun; sleep 1000", timeout_s=0.3))
    (ended,) = heard(plane)
    assert (ended.timed_out, ended.output) == (True, b"begun\n")


def test_a_command_that_is_not_desired_is_killed_and_told_no_more(plane, want):
    one = command(script="echo $$ > /root/made; exec sleep 1000")
    begin(plane, want, one)
    wait_until(lambda: made(plane))
    want()
    wait_until(lambda: plane.run("i-1", ["sh", "-c", "kill -0 $(cat /root/made)"]).code != 0)
    other = command("t-2/i-1")
    begin(plane, want, other)
    assert [each.id for each in heard(plane)] == [other.id]


@pytest.mark.parametrize(
    ("more", "no_directory"),
    [({"directory": "/none"}, True), ({"machine_id": "i-9"}, False)],
)
def test_a_command_that_cannot_start_is_told(plane, want, more, no_directory):
    begin(plane, want, command(**more))
    assert heard(plane) == [CommandFailed(id="t-1/i-1", no_directory=no_directory)]


def test_more_commands_than_run_at_once_wait(plane, want):
    many = [command(f"t-{number}/i-1", "echo one >> /root/made") for number in range(40)]
    want(*many)
    assert len(heard(plane, 40)) == 40
    want(*(replace(each, begun=True) for each in many))
    assert {each.code for each in heard(plane, 40)} == {0}
    assert made(plane) == b"one\n" * 40
