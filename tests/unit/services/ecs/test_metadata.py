"""The metadata service: who gets which answer, and credentials that really call."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.networks import REGION, ZONE, Net
from tests.unit.services.ecs.conftest import IMAGE, Launch
from tests.unit.services.ecs.test_roles_and_key_pairs import new_role, on

from juyong.services.ecs.facade import Answer, Asked, answer_at

TOKEN = "x-aliyun-ecs-metadata-token"  # a header
TTL = "x-aliyun-ecs-metadata-token-ttl-seconds"
ADDRESS = "10.0.0.1"
Ask = Callable[..., Answer]


@pytest.fixture
def ask(local: Local, net: Net) -> Ask:
    """Ask as the instance at an address of the network."""

    def one(path: str, method: str = "GET", at: str = ADDRESS, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = Asked(method=method, path=path, headers=named)
        platform = local.running.pipeline.platform
        now, place = local.clock(), (net.vpc_id, at)
        return local.running.store.call(lambda tx: answer_at(tx, platform, now, place, asked))

    return one


def text(answer: Answer) -> str:
    assert answer.status == 200
    return answer.body.decode()


def new_token(ask: Ask, seconds: str = "60") -> str:
    return text(ask("/latest/api/token", "PUT", **{TTL: seconds}))


def test_an_instance_reads_what_it_is(call: Caller, net: Net, launch: Launch, ask: Ask) -> None:
    pair = call("Ecs", "CreateKeyPair", RegionId=REGION, KeyPairName="pair")
    assert pair["KeyPairName"] == "pair"
    one = launch(
        HostName="web-1",
        InstanceName="web",
        KeyPairName="pair",
        UserData=base64.b64encode(b"#!/bin/sh\n\x00").decode(),
    )
    base = "/latest/meta-data/"
    for name, value in {
        "instance-id": one,
        "hostname": "web-1",
        "region-id": REGION,
        "zone-id": ZONE,
        "image-id": IMAGE,
        "owner-account-id": call.account.account_id,
        "vpc-id": net.vpc_id,
        "vpc-cidr-block": "10.0.0.0/8",
        "vswitch-id": net.vswitch_id,
        "vswitch-cidr-block": "10.0.0.0/24",
        "private-ipv4": ADDRESS,
        "network-type": "vpc",
        "dns-conf/nameservers": "100.100.2.136\n100.100.2.138",
        "instance/instance-name": "web",
        "instance/instance-type": "ecs.c6.large",
        "public-keys/": "0/",
    }.items():
        assert text(ask(base + name)) == value, name
    assert text(ask(base + "public-keys/0/openssh-key")).startswith("ssh-rsa ")
    mac = text(ask(base + "mac"))
    card = f"{base}network/interfaces/macs/{mac}/"
    assert text(ask(card + "gateway")) == "10.0.0.253"
    assert text(ask(card + "netmask")) == "255.255.255.0"
    assert json.loads(text(ask(card + "private-ipv4s"))) == [ADDRESS]
    (disk,) = text(ask(base + "disks/")).splitlines()
    assert text(ask(f"{base}disks/{disk}id")) == f"d-{disk.rstrip('/')}"
    assert ask("/latest/user-data").body == b"#!/bin/sh\n\x00"
    assert text(ask("/latest/")).splitlines() == ["dynamic/", "meta-data/", "user-data"]
    document = ask("/latest/dynamic/instance-identity/document")
    assert json.loads(document.body)["instance-id"] == one
    assert document.body == ask("/latest/dynamic/instance-identity/document").body


@pytest.mark.parametrize(
    "path",
    [
        "/latest/user-data",
        "/latest/meta-data/ram/",
        "/latest/meta-data/ram/security-credentials/",
        "/latest/meta-data/tags/",
        "/latest/meta-data/public-keys/",
        "/latest/meta-data/eipv4",
        "/latest/meta-data/none",
        "/latest/meta-data/hostname/",
        "/latest/meta-data/../user-data",
        "/older/",
    ],
)
def test_what_an_instance_has_not(launch: Launch, ask: Ask, path: str) -> None:
    launch()
    assert ask(path).status == 404


def test_tags_where_they_are_to_be_told(call: Caller, launch: Launch, ask: Ask) -> None:
    one = launch(Tag=[{"Key": "a/b", "Value": "c"}])
    call(
        *("Ecs", "ModifyInstanceMetadataOptions"),
        RegionId=REGION,
        InstanceId=one,
        HttpEndpoint="enabled",
        InstanceMetadataTags="enabled",
    )
    assert text(ask("/latest/meta-data/tags/instance/")) == "a/b"
    assert text(ask("/latest/meta-data/tags/instance/a%2Fb")) == "c"


def test_only_the_instance_at_the_address_is_answered(
    call: Caller, launch: Launch, ask: Ask
) -> None:
    one = launch()
    assert ask("/latest/meta-data/instance-id", at="10.0.0.99").status == 404
    call("Ecs", "StopInstance", InstanceId=one)
    assert ask("/latest/meta-data/instance-id").status == 404


def test_tokens(local: Local, launch: Launch, ask: Ask) -> None:
    one, other = launch(), launch()
    token = new_token(ask)
    path = "/latest/meta-data/instance-id"
    assert text(ask(path, **{TOKEN: token})) == one
    assert ask(path, at="10.0.0.2", **{TOKEN: token}).status == 401
    assert text(ask(path, at="10.0.0.2")) == other
    for bad in ("", "x", token[:-4], token[:-1] + "é", "A" * len(token)):
        assert ask(path, **{TOKEN: bad}).status == 401
    for seconds in ("0", "21601", "-1", "x", "1.0", ""):
        assert ask("/latest/api/token", "PUT", **{TTL: seconds}).status == 400
    assert ask("/latest/api/token", "PUT").status == 400
    forwarded = {TTL: "60", "x-forwarded-for": "192.0.2.1"}
    assert ask("/latest/api/token", "PUT", **forwarded).status == 403
    local.clock.offset += 60
    try:
        assert ask(path, **{TOKEN: token}).status == 401
    finally:
        local.clock.offset -= 60
    assert text(ask(path, **{TOKEN: new_token(ask, "21600")})) == one


def test_hardened_mode_wants_a_token(call: Caller, launch: Launch, ask: Ask) -> None:
    one = launch(HttpTokens="required")
    path = "/latest/meta-data/instance-id"
    assert ask(path).status == 403
    assert text(ask(path, **{TOKEN: new_token(ask)})) == one
    assert ask(path, "POST", **{TOKEN: new_token(ask)}).status == 405
    call(
        *("Ecs", "ModifyInstanceMetadataOptions"),
        RegionId=REGION,
        InstanceId=one,
        HttpEndpoint="disabled",
    )
    assert ask(path, **{TOKEN: "x"}).status == 403
    assert ask("/latest/api/token", "PUT", **{TTL: "60"}).status == 403


def credentials(ask: Ask, role: str = "web") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        text(ask(f"/latest/meta-data/ram/security-credentials/{role}"))
    )
    return found


def test_credentials_of_the_role_call(local: Local, call: Caller, launch: Launch, ask: Ask) -> None:
    new_role(call, "web")
    one = launch(RamRoleName="web")
    assert text(ask("/latest/meta-data/ram/security-credentials/")) == "web"
    found = credentials(ask)
    assert found["Code"] == "Success"
    session = call.as_key(found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"])
    assert session("Sts", "GetCallerIdentity")["Arn"].endswith(f":assumed-role/web/{one}")
    assert credentials(ask) == found
    local.clock.offset += 1800
    try:
        assert credentials(ask)["AccessKeyId"] != found["AccessKeyId"]
    finally:
        local.clock.offset -= 1800
    assert ask("/latest/meta-data/ram/security-credentials/other").status == 404
    assert "Secret" not in repr(ask("/latest/meta-data/ram/security-credentials/web"))


def test_a_session_is_in_the_trail(local: Local, call: Caller, launch: Launch, ask: Ask) -> None:
    new_role(call, "web")
    launch(RamRoleName="web")
    found = credentials(ask)
    events = call(
        "Actiontrail", "LookupEvents", LookupAttribute=[{"Key": "EventName", "Value": "AssumeRole"}]
    )["Events"]
    (event,) = events
    assert event["userIdentity"]["principalId"] == "ecs.aliyuncs.com", event["userIdentity"]
    assert found["AccessKeyId"] in json.dumps(event)
    assert found["AccessKeySecret"] not in json.dumps(event)


def test_a_role_that_trusts_no_more_gives_nothing(call: Caller, launch: Launch, ask: Ask) -> None:
    new_role(call, "web")
    one = launch(RamRoleName="web")
    credentials(ask)
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["fc.aliyuncs.com"]},
            }
        ],
    }
    call("Ram", "UpdateRole", RoleName="web", NewAssumeRolePolicyDocument=json.dumps(trust))
    assert ask("/latest/meta-data/ram/security-credentials/web").status == 404
    on(call, "DetachInstanceRamRole", one)
    assert ask("/latest/meta-data/ram/").status == 404


def test_what_a_role_may_do_decides(call: Caller, launch: Launch, ask: Ask) -> None:
    new_role(call, "web")
    launch(RamRoleName="web")
    found = credentials(ask)
    session = call.as_key(found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"])
    document = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}],
    }
    with refused("Forbidden.RAM", 403):
        session("Ecs", "DescribeInstances", RegionId=REGION)
    call("Ram", "CreatePolicy", PolicyName="see", PolicyDocument=json.dumps(document))
    call("Ram", "AttachPolicyToRole", RoleName="web", PolicyName="see", PolicyType="Custom")
    assert session("Ecs", "DescribeInstances", RegionId=REGION)["TotalCount"] == 1
