"""After any calls the inventory is what the rows are, and what a replay of its history gives."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from tests.local import Local, Refused

from juyong.services.resourcecenter.checks import check

CALLS = 1000
NAMES = ("a", "b", "c", "d")
TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": ["ecs.aliyuncs.com"]},
            }
        ],
    }
)
POLICY = json.dumps(
    {"Version": "1", "Statement": [{"Action": "kms:*", "Effect": "Allow", "Resource": "*"}]}
)


def steps(
    pick: random.Random, call: Callable[..., Any], keys: list[str]
) -> list[Callable[[], Any]]:
    """Return what the next call may be."""
    one, two = pick.choice(NAMES), pick.choice(NAMES)
    key = pick.choice(keys) if keys else "none"
    ram, kms = (
        (lambda action, **p: call("Ram", action, **p)),
        (lambda action, **p: call("Kms", action, **p)),
    )
    tag = [{"Key": one, "Value": two}]
    made = json.dumps([{"TagKey": one, "TagValue": two}])

    def new_key() -> None:
        keys.append(kms("CreateKey", Tags=made)["KeyMetadata"]["KeyId"])

    return [
        lambda: ram("CreateUser", UserName=one),
        lambda: ram("UpdateUser", UserName=one, NewUserName=two, NewComments=two),
        lambda: ram("DeleteUser", UserName=one),
        lambda: ram("CreateGroup", GroupName=one),
        lambda: ram("DeleteGroup", GroupName=one),
        lambda: ram("AddUserToGroup", UserName=one, GroupName=two),
        lambda: ram("RemoveUserFromGroup", UserName=one, GroupName=two),
        lambda: ram("CreatePolicy", PolicyName=one, PolicyDocument=POLICY),
        lambda: ram("DeletePolicy", PolicyName=one),
        lambda: ram("AttachPolicyToUser", PolicyName=one, PolicyType="Custom", UserName=two),
        lambda: ram("DetachPolicyFromUser", PolicyName=one, PolicyType="Custom", UserName=two),
        lambda: ram("AttachPolicyToRole", PolicyName=one, PolicyType="Custom", RoleName=two),
        lambda: ram("CreateRole", RoleName=one, AssumeRolePolicyDocument=TRUST),
        lambda: ram("DeleteRole", RoleName=one),
        lambda: ram("CreateAccessKey", UserName=one),
        lambda: ram("TagResources", ResourceType="role", ResourceNames=[one], Tag=tag),
        lambda: ram("UntagResources", ResourceType="role", ResourceNames=[one], TagKey=[two]),
        new_key,
        lambda: kms("UpdateKeyDescription", KeyId=key, Description=two),
        lambda: kms("CreateAlias", KeyId=key, AliasName=f"alias/{one}"),
        lambda: kms("DeleteAlias", AliasName=f"alias/{one}"),
        lambda: kms("CreateSecret", SecretName=one, VersionId="1", SecretData="x", Tags=made),
        lambda: kms("DeleteSecret", SecretName=one, ForceDeleteWithoutRecovery="true"),
        lambda: kms("TagResource", KeyId=key, Tags=made),
        lambda: kms("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7),
    ]


@pytest.mark.parametrize("seed", [1])
def test_inventory_is_what_the_rows_are(local: Local, seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311  # a test's choices
    call = local.administrator(local.new_account())
    keys: list[str] = []
    done = 0
    for _ in range(CALLS):
        with suppress(Refused):
            pick.choice(steps(pick, call, keys))()
            done += 1
    assert done > CALLS / 5
    found = local.running.store.call(lambda tx: list(check(tx, {})))
    # Other tests on this platform store rows themselves, which the inventory then does not know.
    assert [each for each in found if each.where.startswith(call.account.account_id)] == []
