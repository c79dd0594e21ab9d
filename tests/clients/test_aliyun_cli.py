"""The official `aliyun` CLI, as its users type the commands: no endpoint, no profile, no flag of ours.

The CLI is tested where it is installed; the other clients stand for its SDK elsewhere.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.build import need
from tests.clients.client import Platform

LONGEST_SECRET = 10_240
"""Characters of three bytes that a secret of 30,720 bytes holds."""
POLICY = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["ecs:RunInstances", "ecs:StartInstance", "ecs:StopInstance"],
            "Resource": "*",
            "Condition": {"StringEquals": {"ecs:VpcId": "vpc-1"}},
        }
    ],
}
TRUST = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::{}:root"]}}
    ],
}
Aliyun = Callable[..., dict[str, Any]]


@pytest.fixture
def aliyun(platform: Platform) -> Aliyun:
    program = need("aliyun")

    def run(*words: str) -> dict[str, Any]:
        done = platform.run_client([program, *words])
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


def refusal(platform: Platform, *words: str) -> str:
    done = platform.run_client([need("aliyun"), *words])
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def test_users_groups_policies_and_roles(platform: Platform, aliyun: Aliyun) -> None:
    user, policy, role = "cli-dev", "RestrictedECSAccess", "cli-ops"
    named, kept = ("--UserName", user), ("--PolicyType", "Custom", "--PolicyName", policy)
    made = aliyun("ram", "CreateUser", *named, "--DisplayName", "Dev")["User"]
    assert (made["UserName"], made["DisplayName"]) == (user, "Dev")
    password = ("--Password", "Aa1!cli-words-2026", "--PasswordResetRequired", "true")
    profile = aliyun("ram", "CreateLoginProfile", *named, *password, "--MFABindRequired", "true")
    assert profile["LoginProfile"]["MFABindRequired"] is True
    assert aliyun("ram", "CreateAccessKey", *named)["AccessKey"]["AccessKeyId"].startswith("LTAI")
    document = ("--PolicyDocument", json.dumps(POLICY))
    assert aliyun("ram", "CreatePolicy", "--PolicyName", policy, *document)["Policy"]
    aliyun("ram", "AttachPolicyToUser", *kept, *named)
    listed = aliyun("ram", "ListPoliciesForUser", *named)["Policies"]["Policy"]
    assert [each["PolicyName"] for each in listed] == [policy]
    read = aliyun("ram", "GetPolicy", *kept)["DefaultPolicyVersion"]["PolicyDocument"]
    assert json.loads(read) == POLICY

    aliyun("ram", "CreateGroup", "--GroupName", "cli-devs")
    aliyun("ram", "AddUserToGroup", *named, "--GroupName", "cli-devs")
    groups = aliyun("ram", "ListGroupsForUser", *named)["Groups"]["Group"]
    assert [each["GroupName"] for each in groups] == ["cli-devs"]

    trust = json.dumps(TRUST).replace("{}", platform.account_id, 1)
    made = aliyun("ram", "CreateRole", "--RoleName", role, "--AssumeRolePolicyDocument", trust)
    arn = ("--RoleArn", made["Role"]["Arn"])
    session = aliyun("sts", "AssumeRole", *arn, "--RoleSessionName", "cli")
    assert session["Credentials"]["AccessKeyId"].startswith("STS.")
    rules = ("--MinimumPasswordLength", "14", "--RequireSymbols", "true", "--MaxPasswordAge", "90")
    set_to = aliyun("ram", "SetPasswordPolicy", *rules)["PasswordPolicy"]
    assert (set_to["MinimumPasswordLength"], set_to["RequireSymbols"]) == (14, True)
    assert aliyun("ims", "GetAccountSummary")["SummaryMap"]["Users"] >= 2


def test_keys_encrypt_and_rotate(aliyun: Aliyun) -> None:
    rotates = ("--EnableAutomaticRotation", "true", "--RotationInterval", "365d")
    specified = ("--KeySpec", "Aliyun_AES_256", "--KeyUsage", "ENCRYPT/DECRYPT")
    made = aliyun("kms", "CreateKey", *specified, *rotates, "--ProtectionLevel", "HSM")[
        "KeyMetadata"
    ]
    assert (made["ProtectionLevel"], made["AutomaticRotation"]) == ("HSM", "Enabled")
    key = ("--KeyId", made["KeyId"])
    aliyun("kms", "CreateAlias", *key, "--AliasName", "alias/cli")
    plain = base64.b64encode(b"words").decode()
    sealed = aliyun("kms", "Encrypt", "--KeyId", "alias/cli", "--Plaintext", plain)
    opened = aliyun("kms", "Decrypt", "--CiphertextBlob", sealed["CiphertextBlob"])
    assert opened["Plaintext"] == plain
    data = aliyun("kms", "GenerateDataKey", *key, "--KeySpec", "AES_256")
    assert len(base64.b64decode(data["Plaintext"])) == 32
    tags = json.dumps([{"TagKey": "Env", "TagValue": "prod"}])
    aliyun("kms", "TagResource", *key, "--Tags", tags)
    assert aliyun("kms", "ListResourceTags", *key)["Tags"]["Tag"][0]["TagValue"] == "prod"
    aliyun("kms", "DeleteAlias", "--AliasName", "alias/cli")
    aliyun("kms", "ScheduleKeyDeletion", *key, "--PendingWindowInDays", "7")
    assert aliyun("kms", "DescribeKey", *key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_secrets_hold_as_many_characters_as_documented(aliyun: Aliyun) -> None:
    longest = "密" * LONGEST_SECRET
    named = ("--SecretName", "cli/longest")
    aliyun("kms", "CreateSecret", *named, "--VersionId", "v1", "--SecretData", longest)
    assert aliyun("kms", "GetSecretValue", *named)["SecretData"] == longest
    aliyun("kms", "PutSecretValue", *named, "--VersionId", "v2", "--SecretData", "next")
    assert aliyun("kms", "GetSecretValue", *named)["SecretData"] == "next"
    aliyun("kms", "DeleteSecret", *named, "--ForceDeleteWithoutRecovery", "true")


def test_what_happened_is_looked_up(aliyun: Aliyun) -> None:
    aliyun("ram", "ListUsers")
    wanted = ("--LookupAttribute.1.Key", "EventName", "--LookupAttribute.1.Value", "ListUsers")
    events = aliyun("actiontrail", "LookupEvents", *wanted)["Events"]
    assert {each["eventName"] for each in events} == {"ListUsers"}


def test_tags_and_the_inventory(aliyun: Aliyun) -> None:
    """The CLI's own table has Resource Center in cn-shanghai only."""
    inventory = ("--region", "cn-shanghai")
    aliyun("resourcecenter", "EnableResourceCenter", *inventory)
    aliyun("ecs", "CreateKeyPair", "--KeyPairName", "cli-pair")
    pair = ("--ResourceType", "keypair", "--ResourceId.1", "cli-pair")
    aliyun("ecs", "TagResources", *pair, "--Tag.1.Key", "team", "--Tag.1.Value", "red")
    kind = ("--Filter.1.Key", "ResourceType", "--Filter.1.Value.1", "ACS::ECS::KeyPair")
    (found,) = aliyun("resourcecenter", "SearchResources", *inventory, *kind)["Resources"]
    assert (found["ResourceName"], found["Tags"]) == ("cli-pair", [{"Key": "team", "Value": "red"}])
    arn = f"arn:acs:ecs:cn-hangzhou:{found['AccountId']}:keypair/cli-pair"
    aliyun("tag", "TagResources", "--ResourceARN.1", arn, "--Tags", '{"env":"prod"}')
    assert len(aliyun("ecs", "ListTagResources", *pair)["TagResources"]["TagResource"]) == 2
    aliyun("tag", "UntagResources", "--ResourceARN.1", arn, "--TagKey.1", "team")
    one = ("--ResourceType", "ACS::ECS::KeyPair", "--ResourceId", found["ResourceId"])
    where = ("--ResourceRegionId", found["RegionId"])
    told = aliyun("resourcecenter", "GetResourceConfiguration", *inventory, *one, *where)
    assert told["Tags"] == [{"Key": "env", "Value": "prod"}]
    aliyun("ecs", "DeleteKeyPairs", "--KeyPairNames", '["cli-pair"]')
    assert aliyun("resourcecenter", "SearchResources", *inventory, *kind)["Resources"] == []


def test_objects_are_put_and_read(platform: Platform, tmp_path: Path) -> None:
    if platform.run_client(["true"], options=("--isolate",)).returncode:
        pytest.skip("this system isolates no command, and `aliyun oss` asks for no proxy")

    def oss(*words: str | Path) -> str:
        done = platform.run_client([need("aliyun"), "oss", *words])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    sent, read = tmp_path / "sent.txt", tmp_path / "read.txt"
    sent.write_text("words\n")
    oss("mb", "oss://cli-bucket")
    oss("cp", sent, "oss://cli-bucket/a/sent.txt")
    assert "oss://cli-bucket/a/sent.txt" in oss("ls", "oss://cli-bucket")
    oss("cp", "oss://cli-bucket/a/sent.txt", read)
    assert read.read_text() == "words\n"
    oss("rm", "oss://cli-bucket", "--recursive", "--bucket", "--force")
    assert "cli-bucket" not in oss("ls")


def test_mistakes_are_told_by_code(platform: Platform) -> None:
    assert "ErrorCode: EntityNotExist.User" in refusal(
        platform, "ram", "GetUser", "--UserName", "cli-absent"
    )
    assert "ErrorCode: Forbidden.KeyNotFound" in refusal(
        platform, "kms", "DescribeKey", "--KeyId", "absent"
    )
    assert "ErrorCode: MalformedPolicyDocument" in refusal(
        platform, "ram", "CreatePolicy", "--PolicyName", "cli-bad", "--PolicyDocument", "{}"
    )
