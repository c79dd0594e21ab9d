"""The published rate of 100 calls a second, and what it is counted by."""

from collections.abc import Iterator
from typing import Any

import pytest
from alibabacloud_sts20150401 import models as s
from tests.conformance.harness import Server, refused
from tests.conformance.sts.roles import assume, make_trusting, role_arn

from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import NewAccount


@pytest.fixture
def throttle(server: Server) -> Iterator[Throttle]:
    """A limiter whose time stands still."""
    pipeline = server.running.pipeline
    before = pipeline.throttle
    pipeline.throttle = Throttle(clock=lambda: 0.0)
    yield pipeline.throttle
    pipeline.throttle = before


def drain(throttle: Throttle, operation: str, whose: str, calls: int) -> None:
    for _ in range(calls):
        assert throttle.allows(("Sts", operation, whose), 100)


def test_hundredth_call_of_a_second_is_the_last(
    admin: Any, account: NewAccount, throttle: Throttle
) -> None:
    make_trusting(admin.ram, account)
    drain(throttle, "AssumeRole", account.account_id, 99)
    assume(admin.sts, role_arn(account, "r"))
    with refused("Throttling.User", 400):
        assume(admin.sts, role_arn(account, "r"))
    # Each operation has a rate of its own.
    admin.sts.get_caller_identity()


def test_unsigned_call_counts_once_for_its_address(admin: Any, throttle: Throttle) -> None:
    arn = "acs:ram::1000000000000000"
    request = s.AssumeRoleWithOIDCRequest(
        oidcprovider_arn=f"{arn}:oidc-provider/x",
        role_arn=f"{arn}:role/x",
        oidctoken="abcd",
        role_session_name="pod",
    )
    drain(throttle, "AssumeRoleWithOIDC", "127.0.0.1", 99)
    with refused("AuthenticationFail.NoPermission", 401):
        admin.sts.assume_role_with_oidc(request)
    with refused("Throttling.User", 400):
        admin.sts.assume_role_with_oidc(request)
