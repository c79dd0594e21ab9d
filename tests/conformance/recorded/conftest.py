"""Raw callers of an account, and of users and sessions in it."""

import json
from collections.abc import Callable

import pytest
from tests.conformance.harness import Server
from tests.conformance.recorded.raw_calls import RawCaller

from juyong.services.identity.facade import NewAccount


@pytest.fixture
def call(server: Server, account: NewAccount) -> RawCaller:
    """The account's administrator."""
    return RawCaller(server, account.access_key_id, account.secret.reveal())


@pytest.fixture
def user(server: Server, call: RawCaller) -> RawCaller:
    """A user without any permission, named `plain`."""
    call("ram", "CreateUser", UserName="plain")
    key = call("ram", "CreateAccessKey", UserName="plain").body["AccessKey"]
    return RawCaller(server, key["AccessKeyId"], key["AccessKeySecret"])


@pytest.fixture
def session(server: Server, call: RawCaller, account: NewAccount) -> Callable[[str], RawCaller]:
    """Assume a new role of a name, which has no permission."""

    def make(role: str, session_name: str = "alice@corp.example") -> RawCaller:
        root = f"acs:ram::{account.account_id}:root"
        trust = {
            "Version": "1",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [root]}}
            ],
        }
        made = call(
            "ram", "CreateRole", RoleName=role, AssumeRolePolicyDocument=json.dumps(trust)
        ).at("Role.Arn")
        given = call("sts", "AssumeRole", RoleArn=made, RoleSessionName=session_name)
        keys = given.body["Credentials"]
        return RawCaller(
            server, keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"]
        )

    return make
