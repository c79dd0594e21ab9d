"""Rotation: what it leaves, what interrupts it, and what two workers do of it."""

import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.services.kms.rotation_bench import (
    NOW,
    Database,
    Functions,
    Killed,
    Platform,
)

from juyong.audit.tables import EventRow
from juyong.base.secret import Secret
from juyong.services.kms.secrets.read import get_secret_value
from juyong.services.kms.secrets.rotation.machine import ATTEMPTS, LEASE_SECONDS
from juyong.services.kms.secrets.secret import find_live_secret
from juyong.services.kms.secrets.tables import SecretVersionRow
from juyong.services.kms.secrets.versions import put_secret_value, update_secret_version_stage
from juyong.services.rds.facade import Unreachable

FIRST = {"AccountName": "app", "AccountPassword": "hunter2-first"}
SECOND = {"AccountName": "app2", "AccountPassword": "hunter2-second"}
SCHEMES = ("SingleUser", "DoubleUsers", "Cloned")


def make(platform: Platform, scheme: str, **more: Any) -> None:
    accounts = [FIRST, SECOND] if scheme == "DoubleUsers" else [FIRST]
    sub_type = "SingleUser" if scheme == "SingleUser" else "DoubleUsers"
    config = {"SecretSubType": sub_type, "DBInstanceId": "rm-1"}
    platform.create("db", {"Accounts": accounts}, config, secret_type="Rds", **more)


def events(platform: Platform, outcome: str) -> list[dict[str, Any]]:
    found = platform.running.store.call(
        lambda tx: tx.find(EventRow, event_name=f"Secret:RotateSecret:{outcome}")
    )
    return [json.loads(e.body) for e in found]


def account(value: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(value.secret_data.reveal())
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_rotation_makes_a_new_current_version(
    platform: Platform, database: Database, scheme: str
) -> None:
    make(platform, scheme)
    platform.rotate()
    assert account(platform.value()) == FIRST
    platform.now += 10
    platform.machine(databases=database).run()
    current = platform.value()
    assert current.version_id == "r1"
    assert database.opens(current.secret_data)
    expected = {"SingleUser": "app", "DoubleUsers": "app2", "Cloned": "app_clone"}[scheme]
    assert account(current)["AccountName"] == expected
    previous = platform.value(stage="ACSPrevious")
    assert account(previous) == FIRST
    assert database.opens(previous.secret_data) is (scheme != "SingleUser")
    assert database.granted == ([("app", "app_clone")] if scheme == "Cloned" else [])
    assert platform.rows() == []
    assert platform.secret().last_rotation_at == platform.now
    (event,) = events(platform, "Success")
    extra = event["additionalEventData"]
    assert (extra["secretName"], extra["rotationStatus"]) == ("db", "Success")
    assert "hunter2" not in json.dumps(event)


@pytest.mark.parametrize("scheme", ["DoubleUsers", "Cloned"])
def test_two_accounts_take_turns(platform: Platform, database: Database, scheme: str) -> None:
    make(platform, scheme)
    names = []
    for number in range(1, 5):
        platform.rotate(version=f"r{number}")
        platform.machine(databases=database).run()
        names.append(account(platform.value())["AccountName"])
        assert database.opens(platform.value().secret_data)
        assert database.opens(platform.value(stage="ACSPrevious").secret_data)
    other = "app2" if scheme == "DoubleUsers" else "app_clone"
    assert names == [other, "app", other, "app"]


def test_many_rotations_keep_ten_versions(platform: Platform, database: Database) -> None:
    make(platform, "SingleUser")
    for number in range(12):
        platform.rotate(version=f"r{number}")
        platform.machine(databases=database).run()
    assert len(platform.stages()) == 10
    assert database.opens(platform.value().secret_data)


# --- killed anywhere ---


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("boundary", range(1, 40))
def test_a_worker_killed_anywhere_leaves_a_secret_that_opens(
    platform: Platform, database: Database, scheme: str, boundary: int
) -> None:
    make(platform, scheme)
    platform.rotate()
    platform.killer.at, platform.killer.passed = boundary, 0
    try:
        platform.machine(databases=database).run()
    except Killed:
        killed = True
    else:
        killed = False
        assert platform.killer.passed < boundary
    platform.killer.at = -1
    set_before_the_kill = "set" in database.calls
    works = database.opens(platform.value().secret_data)
    # With one account, the moment between the two passwords cannot be spared.
    assert works or (killed and scheme == "SingleUser" and set_before_the_kill)
    platform.machine(databases=database).run()
    platform.now += LEASE_SECONDS
    platform.machine(databases=database).run()
    current = platform.value()
    assert current.version_id == "r1"
    assert database.opens(current.secret_data)
    assert platform.rows() == []
    assert len(events(platform, "Success")) == 1
    assert not [v for v in versions(platform) if v.pending]
    if scheme != "SingleUser":
        assert database.opens(platform.value(stage="ACSPrevious").secret_data)
    if scheme == "Cloned":
        assert ("app", "app_clone") in database.granted


def versions(platform: Platform) -> list[SecretVersionRow]:
    return platform.running.store.call(
        lambda tx: tx.find(SecretVersionRow, account_id=platform.account.account_id)
    )


def test_there_are_boundaries_enough_to_be_killed_at(
    platform: Platform, database: Database
) -> None:
    """The range above must reach beyond the last one."""
    make(platform, "Cloned")
    platform.rotate()
    platform.killer.passed = 0
    platform.machine(databases=database).run()
    assert 12 < platform.killer.passed < 39


def test_no_password_is_set_that_is_not_stored(platform: Platform, database: Database) -> None:
    make(platform, "DoubleUsers")
    platform.rotate()
    stored: list[bool] = []
    original = database.set_password

    def spy(target: Any, name: str, password: Secret) -> None:
        stored.append(any(v.pending for v in versions(platform)))
        original(target, name, password)

    database.set_password = spy  # type: ignore[method-assign]
    platform.machine(databases=database).run()
    assert stored == [True]


def test_pending_versions_are_not_seen(platform: Platform, database: Database) -> None:
    make(platform, "DoubleUsers")
    platform.rotate()
    database.failures = 1
    platform.machine(databases=database).run()
    assert [v.version_id for v in versions(platform) if v.pending] == ["r1"]
    assert "r1" not in platform.stages()
    platform.now += 30
    platform.machine(databases=database).run()
    assert "r1" in platform.stages()


# --- two workers ---


@pytest.mark.parametrize("scheme", SCHEMES)
def test_of_two_workers_one_does_it(platform: Platform, database: Database, scheme: str) -> None:
    make(platform, scheme)
    platform.rotate()
    machines = [platform.machine(databases=database) for _ in range(4)]
    threads = [threading.Thread(target=m.run) for m in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.calls.count("set") + database.calls.count("create") == 1
    assert len(events(platform, "Success")) == 1
    assert database.opens(platform.value().secret_data)


def test_a_worker_that_lost_its_lease_publishes_nothing(
    platform: Platform, database: Database
) -> None:
    """It was slow outside; another one took over and finished meanwhile."""
    make(platform, "DoubleUsers")
    platform.rotate()
    original = database.can_log_in
    taken: list[bool] = []

    def slow(target: Any, name: str, password: Secret) -> bool:
        if not taken:
            taken.append(True)
            platform.now += LEASE_SECONDS
            platform.machine(databases=database).run()
        return original(target, name, password)

    database.can_log_in = slow  # type: ignore[method-assign]
    platform.machine(databases=database).run()
    assert len(events(platform, "Success")) == 1
    assert platform.stages() == {
        "r1": ["ACSCurrent"],
        "v1": ["ACSPrevious"],
        **{v: [] for v in platform.stages() if v not in ("r1", "v1")},
    }


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("outcome", ["opens", "fails"])
def test_a_worker_that_wakes_in_the_next_rotation_leaves_it_alone(
    platform: Platform, database: Database, scheme: str, outcome: str
) -> None:
    """Its own was finished by another; the next one's worker set the password, and died."""
    make(platform, scheme)
    platform.rotate()
    original = database.can_log_in
    taken: list[bool] = []
    left: list[Any] = []

    def die(*_: Any) -> bool:
        raise Killed

    def slow(target: Any, name: str, password: Secret) -> bool:
        if taken:
            return original(target, name, password)
        taken.append(True)
        opens = original(target, name, password)
        platform.now += LEASE_SECONDS
        platform.machine(databases=database).run()
        platform.rotate(version="r2")
        database.can_log_in = die  # type: ignore[method-assign]
        with pytest.raises(Killed):
            platform.machine(databases=database).run()
        database.can_log_in = original  # type: ignore[method-assign]
        left.extend((platform.rows(), platform.stages()))
        if outcome == "fails":
            raise Unreachable("the server does not answer")
        return opens

    database.can_log_in = slow  # type: ignore[method-assign]
    platform.machine(databases=database).run()
    assert [row.version_id for row in platform.rows()] == ["r2"]
    assert [platform.rows(), platform.stages()] == left
    assert len(events(platform, "Success")) == 1
    platform.now += LEASE_SECONDS
    platform.machine(databases=database).run()
    assert platform.value().version_id == "r2"
    assert database.opens(platform.value().secret_data)


def test_a_function_that_ends_in_the_next_rotation_moves_nothing_of_it(
    platform: Platform, function: Functions
) -> None:
    platform.create("own", "hunter2-first", FUNCTION)
    platform.rotate("own")
    finish, left = function.does["finish"], []

    def slow(event: dict[str, Any]) -> None:
        function.does["finish"] = finish
        platform.now += LEASE_SECONDS + function.seconds
        platform.machine(functions=function.plan).run()
        platform.rotate("own", version="r2")
        left.extend(platform.rows())

    function.does["finish"] = slow
    platform.machine(functions=function.plan).run()
    assert [row.version_id for row in left] == ["r2"]
    assert platform.rows() == left
    assert len(events(platform, "Success")) == 1


# --- failures ---


def test_a_failure_is_tried_again_later_and_later(platform: Platform, database: Database) -> None:
    make(platform, "SingleUser", enable_automatic_rotation=True, rotation_interval="7d")
    platform.rotate()
    tries = []
    database.failures = 1000
    for _ in range(300):
        before = database.failures
        platform.machine(databases=database).run()
        if database.failures < before:
            tries.append(platform.now - NOW)
        platform.now += 30
    assert tries[:5] == [0, 30, 90, 210, 450]
    assert [b - a for a, b in itertools.pairwise(tries[4:])] == [3600, 3600]
    assert platform.secret().automatic_rotation == "Invalid"
    assert platform.secret().next_rotation_at is None
    (event,) = events(platform, "Failure")
    info = json.loads(event["additionalEventData"]["failureInfo"])
    assert info["errorCode"] == "Rejected.RotationFailed"
    assert "Unreachable" in info["errorMessage"]
    database.failures = 0
    platform.rotate()
    platform.machine(databases=database).run()
    assert database.opens(platform.value().secret_data)
    assert platform.secret().automatic_rotation == "Enabled"
    assert platform.secret().next_rotation_at == platform.now + 7 * 86_400


def test_a_rotation_that_has_not_begun_outside_is_given_up(
    platform: Platform, database: Database
) -> None:
    database.passwords["app_clone"] = "somebody-elses"
    make(platform, "Cloned")
    platform.rotate()
    for _ in range(ATTEMPTS):
        platform.machine(databases=database).run()
        platform.now += 3600
    assert platform.rows() == []
    assert database.passwords["app_clone"] == "somebody-elses"
    assert platform.stages() == {"v1": ["ACSCurrent"]}
    (event,) = events(platform, "Failure")
    assert "app_clone" in event["errorMessage"]
    platform.rotate(version="r2")


def test_a_password_that_does_not_open_is_not_published(
    platform: Platform, database: Database
) -> None:
    make(platform, "DoubleUsers")
    platform.rotate()
    database.can_log_in = lambda *_: False  # type: ignore[method-assign]
    platform.machine(databases=database).run()
    assert account(platform.value()) == FIRST
    assert platform.rows()[0].error == "Rejected.RotationFailed"


# --- its date comes ---


def test_rotation_comes_when_it_is_due(platform: Platform, database: Database) -> None:
    make(platform, "DoubleUsers", enable_automatic_rotation=True, rotation_interval="7d")
    reach: dict[str, Any] = {"databases": database}
    platform.round(**reach)
    assert platform.value().version_id == "v1"
    for turn in range(1, 53):
        platform.now = NOW + turn * 7 * 86_400
        platform.round(**reach)
        platform.round(**reach)
        assert platform.secret().last_rotation_at == platform.now
    assert len(events(platform, "Success")) == 52
    assert database.opens(platform.value().secret_data)


# --- functions ---

FUNCTION = {
    "SecretSubType": "Custom",
    "RotationFunction": "acs:fc:cn-hangzhou:1234567890123456:functions/turn",
}


@pytest.fixture
def function(platform: Platform) -> Functions:
    """What the documented workflow does, with the ordinary operations."""

    def create(event: dict[str, Any]) -> None:
        platform.act(
            lambda ctx: put_secret_value(
                ctx,
                find_live_secret(ctx, event["SecretName"]),
                version_id=event["VersionId"],
                secret_data=Secret("hunter2-of-the-function"),
                version_stages=["MyPendingLabel"],
            )
        )

    def test(event: dict[str, Any]) -> None:
        value = platform.act(
            lambda ctx: get_secret_value(
                ctx,
                find_live_secret(ctx, event["SecretName"]),
                version_stage="MyPendingLabel",
            )
        )
        assert value.secret_data.reveal() == "hunter2-of-the-function"

    def move(stage: str, event: dict[str, Any], to: str | None, off: str) -> None:
        platform.act(
            lambda ctx: update_secret_version_stage(
                ctx,
                find_live_secret(ctx, event["SecretName"]),
                version_stage=stage,
                move_to_version=to,
                remove_from_version=off,
            )
        )

    def finish(event: dict[str, Any]) -> None:
        move("ACSCurrent", event, event["VersionId"], platform.value("own").version_id)
        move("MyPendingLabel", event, None, event["VersionId"])

    return Functions({"create": create, "set": lambda _: None, "test": test, "finish": finish})


def test_a_function_rotates_a_generic_secret(platform: Platform, function: Functions) -> None:
    platform.create("own", "hunter2-first", FUNCTION)
    platform.rotate("own")
    platform.machine(functions=function.plan).run()
    assert [e["Step"] for e in function.events] == ["create", "set", "test", "finish"]
    assert function.events[0] == {
        "Step": "create",
        "SecretName": "own",
        "SecretArn": f"acs:kms:cn-hangzhou:{platform.account.account_id}:secret/own",
        "VersionId": "r1",
        "RequestId": function.events[3]["RequestId"],
        "Attempt": 1,
    }
    assert platform.value("own").secret_data.reveal() == "hunter2-of-the-function"
    assert platform.stages("own") == {"r1": ["ACSCurrent"], "v1": ["ACSPrevious"]}
    assert platform.rows() == []
    assert len(events(platform, "Success")) == 1


def fails(message: str) -> Callable[[dict[str, Any]], None]:
    def step(_: dict[str, Any]) -> None:
        raise ValueError(message)

    return step


@pytest.mark.parametrize("step", ["create", "set", "test", "finish"])
def test_a_step_that_fails_is_repeated_and_the_ones_before_are_not(
    platform: Platform, function: Functions, step: str
) -> None:
    platform.create("own", "hunter2-first", FUNCTION)
    platform.rotate("own")
    works = function.does[step]
    function.does[step] = fails("the backend is away")
    platform.machine(functions=function.plan).run()
    assert platform.value("own").secret_data.reveal() == "hunter2-first"
    function.does[step] = works
    platform.now += 30
    platform.machine(functions=function.plan).run()
    assert platform.value("own").secret_data.reveal() == "hunter2-of-the-function"
    attempts = [e["Attempt"] for e in function.events if e["Step"] == step]
    assert attempts == [1, 2]
    assert len(function.events) == 5


@pytest.mark.parametrize(("step", "reason"), [("create", "made no version"), ("finish", "current")])
def test_a_function_that_only_says_it_did_is_not_believed(
    platform: Platform, function: Functions, step: str, reason: str
) -> None:
    platform.create("own", "hunter2-first", FUNCTION)
    platform.rotate("own")
    function.does[step] = lambda _: None
    for _ in range(ATTEMPTS):
        platform.machine(functions=function.plan).run()
        platform.now += 3600
    (event,) = events(platform, "Failure")
    assert reason in event["errorMessage"]
    assert bool(platform.rows()) is (step == "finish")


def test_a_slow_function_keeps_its_lease(platform: Platform, function: Functions) -> None:
    platform.create("own", "hunter2-first", FUNCTION)
    platform.rotate("own")
    function.seconds = 3600
    creates = function.does["create"]

    def slow(event: dict[str, Any]) -> None:
        platform.now += LEASE_SECONDS + 3500
        platform.machine(functions=function.plan).run()
        creates(event)

    function.does["create"] = slow
    platform.machine(functions=function.plan).run()
    assert [e["Step"] for e in function.events].count("create") == 1
