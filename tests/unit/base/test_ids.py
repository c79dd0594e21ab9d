"""Identifiers: their shapes, and the order of those that rise."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from juyong.base.ids import new_account_id, new_request_id, new_role_id, new_user_id


@pytest.mark.parametrize(
    ("draw", "shape"),
    [(new_account_id, "1[0-9]{15}"), (new_user_id, "2[0-9]{17}"), (new_role_id, "3[0-9]{17}")],
)
def test_ids_of_digits_have_their_length_and_first_digit(
    draw: Callable[[], str], shape: str
) -> None:
    drawn = {draw() for _ in range(500)}
    assert len(drawn) == 500
    assert all(re.fullmatch(shape, each) for each in drawn)


def test_ids_of_users_rise_in_small_uneven_steps() -> None:
    drawn = [int(new_user_id()) for _ in range(500)]
    steps = {later - earlier for earlier, later in pairwise(drawn)}
    assert min(steps) >= 1
    assert max(steps) <= 511
    assert len(steps) > 50


def test_threads_never_draw_the_same_id() -> None:
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda _: (new_user_id(), new_request_id()), range(4000)))
    users, requests = zip(*drawn, strict=True)
    assert len(set(users)) == len(set(requests)) == 4000


def test_a_child_of_a_process_draws_other_request_ids() -> None:
    code = """
import os
from juyong.base.ids import new_request_id
new_request_id()
if child := os.fork():
    os.waitpid(child, 0)
print(new_request_id(), flush=True)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    one, other = ran.stdout.split()
    assert one.split("-")[3:] != other.split("-")[3:]


def test_each_process_begins_somewhere_else() -> None:
    code = "from juyong.base.ids import new_user_id; print(new_user_id())"
    ran = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
        for _ in range(2)
    ]
    one, other = (int(each.stdout) for each in ran)
    assert abs(one - other) > 10**6


def test_request_ids_are_uuids_of_version_7_that_rise_with_the_time() -> None:
    drawn = [new_request_id() for _ in range(500)]
    shape = "[0-9A-F]{8}-[0-9A-F]{4}-7[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}"
    assert all(re.fullmatch(shape, each) for each in drawn)
    assert len({each[14:] for each in drawn}) == 500
    times = [each[:13] for each in drawn]
    assert times == sorted(times)


def test_a_child_of_the_process_draws_request_ids_of_its_own() -> None:
    new_request_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "".join(new_request_id()[14:] for _ in range(200)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    size = len(new_request_id()[14:])
    told = os.read(reading, 200 * size).decode()
    os.close(reading)
    os.close(writing)
    theirs = {told[at : at + size] for at in range(0, len(told), size)}
    assert len(theirs) == 200
    assert not theirs & {new_request_id()[14:] for _ in range(200)}
