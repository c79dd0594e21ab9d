"""Instances as callers see them, their tags, and who may reach them."""

import json
from contextlib import closing
from dataclasses import replace

import pytest
from alibabacloud_rds20140815 import models as m
from alibabacloud_rds20140815.client import Client
from tests.conformance.databases import Database
from tests.conformance.harness import refused, serving

from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.services.rds.facade import Target, add_instance
from juyong.store.tags import TagRow

NOWHERE = Target(
    engine="PostgreSQL", host="db.example.com", port=5432, user="a", password=Secret("b")
)


def instances(rds: Client, **asked):
    asked.setdefault("region_id", "cn-hangzhou")
    return rds.describe_dbinstances(m.DescribeDBInstancesRequest(**asked)).body


def ids(rds: Client, **asked) -> list[str]:
    return [i.dbinstance_id for i in instances(rds, **asked).items.dbinstance]


def attribute(rds: Client, instance: str):
    return rds.describe_dbinstance_attribute(
        m.DescribeDBInstanceAttributeRequest(dbinstance_id=instance)
    ).body.items.dbinstance_attribute[0]


def tag(rds: Client, *instances: str, **tags: str) -> None:
    rds.tag_resources(
        m.TagResourcesRequest(
            region_id="cn-hangzhou",
            resource_type="INSTANCE",
            resource_id=list(instances),
            tag=[m.TagResourcesRequestTag(key=k, value=v) for k, v in tags.items()],
        )
    )


def untag(rds: Client, *instances: str, keys: list[str] | None = None, everything=None) -> None:
    rds.untag_resources(
        m.UntagResourcesRequest(
            region_id="cn-hangzhou",
            resource_type="INSTANCE",
            resource_id=list(instances),
            tag_key=keys,
            all=everything,
        )
    )


def tags(rds: Client, *instances: str, **wanted: str):
    return rds.list_tag_resources(
        m.ListTagResourcesRequest(
            region_id="cn-hangzhou",
            resource_type="INSTANCE",
            resource_id=list(instances) or None,
            tag=[m.ListTagResourcesRequestTag(key=k, value=v) for k, v in wanted.items()] or None,
        )
    ).body.tag_resources.tag_resource


def test_a_running_instance(rds: Client, database: Database, instance: str) -> None:
    found = attribute(rds, instance)
    assert found.dbinstance_status == "Running"
    assert found.engine == database.engine
    assert found.engine_version != "1.0"
    assert (found.connection_string, found.port) == ("127.0.0.1", str(database.port))
    assert found.dbinstance_description == "a registered database"
    net = rds.describe_dbinstance_net_info(
        m.DescribeDBInstanceNetInfoRequest(dbinstance_id=instance)
    ).body.dbinstance_net_infos.dbinstance_net_info
    assert [(n.connection_string, n.ipaddress, n.port) for n in net] == [
        ("127.0.0.1", "127.0.0.1", str(database.port))
    ]


def test_a_host_name_is_no_address(rds: Client, register) -> None:
    instance = register(NOWHERE)
    asked = {"dbinstance_id": instance}
    net = rds.describe_dbinstance_net_info(m.DescribeDBInstanceNetInfoRequest(**asked)).body
    found = net.dbinstance_net_infos.dbinstance_net_info[0]
    assert (found.connection_string, found.ipaddress) == ("db.example.com", None)
    asked["dbinstance_net_rwsplit_type"] = "ReadWriteSplitting"
    net = rds.describe_dbinstance_net_info(m.DescribeDBInstanceNetInfoRequest(**asked)).body
    assert net.dbinstance_net_infos.dbinstance_net_info == []


def test_an_instance_that_is_absent(rds: Client) -> None:
    with refused("InvalidDBInstanceId.NotFound", 404):
        attribute(rds, "rm-nowhere")
    with refused("InvalidDBInstanceId.NotFound", 404):
        rds.describe_dbinstance_net_info(
            m.DescribeDBInstanceNetInfoRequest(dbinstance_id="rm-nowhere")
        )


def test_lists_are_of_a_region(rds: Client, register) -> None:
    here, there = register(NOWHERE), register(NOWHERE, region="cn-beijing")
    assert ids(rds) == [here]
    assert ids(rds, region_id="cn-beijing") == [there]
    assert ids(rds, region_id="cn-shanghai") == []


def test_lists_are_filtered(rds: Client, register) -> None:
    one, two = register(NOWHERE), register(NOWHERE, engine="MySQL", host="192.0.2.1")
    both = sorted((one, two))
    assert ids(rds) == both
    assert ids(rds, dbinstance_id=one) == [one]
    assert ids(rds, engine="MySQL") == [two]
    assert ids(rds, engine="SQLServer") == []
    assert ids(rds, engine_version="9") == []
    assert ids(rds, connection_string="192.0.2.1") == [two]
    assert ids(rds, search_key=one[4:]) == [one]
    assert ids(rds, search_key="registered") == both
    assert ids(rds, dbinstance_type="Primary") == both
    assert ids(rds, dbinstance_type="Readonly") == []
    tag(rds, one, env="prod")
    assert ids(rds, tags=json.dumps({"env": "prod"})) == [one]
    assert ids(rds, tags=json.dumps({"env": ""})) == [one]
    assert ids(rds, tags=json.dumps({"env": "test"})) == []


def test_lists_come_in_pages(rds: Client, register) -> None:
    made = sorted(register(NOWHERE) for _ in range(3))
    first, second = (instances(rds, page_number=n, page_size=2) for n in (1, 2))
    assert [len(p.items.dbinstance) for p in (first, second)] == [2, 1]
    assert (first.total_record_count, first.page_record_count) == (3, 2)
    walked, token = [], None
    while True:
        page = instances(rds, max_results=2, next_token=token)
        walked += [i.dbinstance_id for i in page.items.dbinstance]
        token = page.next_token
        if not token:
            break
    assert walked == made


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"tags": "nonsense"}, "InvalidTags.Format"),
        ({"tags": json.dumps({str(i): "" for i in range(6)})}, "InvalidTags.Format"),
        ({"max_results": 5, "next_token": "x"}, "InvalidNextToken.Format"),
        ({"page_size": 101}, "InvalidPageSize.Format"),
        ({"vpc_id": "vpc-1"}, "UnsupportedOperation"),
        ({"dbinstance_status": "Running"}, "UnsupportedOperation"),
    ],
)
def test_lists_that_are_refused(rds: Client, asked: dict, code: str) -> None:
    with refused(code, 400):
        instances(rds, **asked)


def test_regions(rds: Client) -> None:
    english, chinese = (
        {
            r.region_id: r
            for r in rds.describe_regions(
                m.DescribeRegionsRequest(accept_language=language)
            ).body.regions.rdsregion
        }
        for language in ("en-US", "zh-CN")
    )
    assert english["cn-beijing"].region_endpoint == "rds.cn-beijing.aliyuncs.com"
    assert english["cn-beijing"].local_name == "China (Beijing)"
    assert chinese["cn-beijing"].local_name != english["cn-beijing"].local_name


def test_tags_come_and_go(rds: Client, register) -> None:
    one, two = register(NOWHERE), register(NOWHERE)
    tag(rds, one, two, env="prod", team="a")
    tag(rds, two, env="test")
    held = {(t.resource_id, t.tag_key): t.tag_value for t in tags(rds, one, two)}
    assert held == {
        (one, "env"): "prod",
        (one, "team"): "a",
        (two, "env"): "test",
        (two, "team"): "a",
    }
    assert {t.resource_id for t in tags(rds, env="test")} == {two}
    untag(rds, one, keys=["env", "absent"])
    assert {t.tag_key for t in tags(rds, one)} == {"team"}
    untag(rds, one, two, everything=True)
    assert tags(rds, one, two) == []


def test_tags_come_in_pages(rds: Client, register) -> None:
    made = [register(NOWHERE) for _ in range(6)]
    tag(rds, *made, **{f"k{i}": "v" for i in range(10)})
    asked = m.ListTagResourcesRequest(
        region_id="cn-hangzhou", resource_type="INSTANCE", resource_id=made
    )
    first = rds.list_tag_resources(asked).body
    asked.next_token = first.next_token
    second = rds.list_tag_resources(asked).body
    assert len(first.tag_resources.tag_resource) == 50
    assert len(second.tag_resources.tag_resource) == 10
    assert not second.next_token
    asked.next_token = "x"
    with refused("InvalidNextToken.Format", 400):
        rds.list_tag_resources(asked)


def test_tagging_that_is_refused(rds: Client, register) -> None:
    instance = register(NOWHERE)
    for bad in (
        {"acs:x": "v"},
        {"aliyun": "v"},
        {"k" * 129: "v"},
        {"k": "http://x"},
        {"k": "v", "K": "v"},
    ):
        with refused("InvalidTag.Format", 400):
            tag(rds, instance, **bad)
    with refused("InvalidDBInstanceId.NotFound", 404):
        tag(rds, instance, "rm-nowhere", k="v")
    assert tags(rds, instance) == []
    with refused("InvalidDBInstanceId.NotFound", 404):
        untag(rds, "rm-nowhere", everything=True)
    with refused("MissingParameter.TagKeys", 400):
        untag(rds, instance)
    with refused("MissingParameter.ResourceIds", 400):
        tags(rds)
    tag(rds, instance, **{f"k{i}": "v" for i in range(20)})
    with refused("QuotaExceed.Tags", 400):
        tag(rds, instance, one="more")


def test_policies_name_the_instance_and_its_region(rds_as, register) -> None:
    mine, other = register(NOWHERE), register(NOWHERE)
    far = register(NOWHERE, region="cn-beijing")
    rds = rds_as(
        json.dumps(
            {
                "Version": "1",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "rds:DescribeDBInstanceNetInfo",
                        "Resource": [
                            f"acs:rds:cn-hangzhou:*:dbinstance/{mine}",
                            f"acs:rds:cn-hangzhou:*:dbinstance/{far}",
                        ],
                    }
                ],
            }
        )
    )

    def net(instance: str) -> None:
        rds.describe_dbinstance_net_info(m.DescribeDBInstanceNetInfoRequest(dbinstance_id=instance))

    net(mine)
    for instance in (other, far):
        with refused("Forbidden.RAM", 403):
            net(instance)


def test_policies_judge_the_tags_of_the_instance(rds: Client, rds_as, register) -> None:
    ours, theirs = register(NOWHERE), register(NOWHERE)
    tag(rds, ours, team="a")
    tag(rds, theirs, team="b")
    user = rds_as(
        json.dumps(
            {
                "Version": "1",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "rds:*",
                        "Resource": "*",
                        "Condition": {"StringEquals": {"rds:ResourceTag/team": "a"}},
                    }
                ],
            }
        )
    )
    asked = m.DescribeDBInstanceNetInfoRequest
    user.describe_dbinstance_net_info(asked(dbinstance_id=ours))
    with refused("Forbidden.RAM", 403):
        user.describe_dbinstance_net_info(asked(dbinstance_id=theirs))


def test_tag_keys_do_not_come_to_differ_in_case_alone(rds: Client, register) -> None:
    instance = register(NOWHERE)
    tag(rds, instance, Env="prod")
    with refused("InvalidTag.Format", 400):
        tag(rds, instance, env="dev")
    tag(rds, instance, Env="test")
    assert {t.tag_key: t.tag_value for t in tags(rds, instance)} == {"Env": "test"}


def test_held_tags_that_differ_in_case_alone_are_all_judged(
    server, account, rds: Client, rds_as, register
) -> None:
    """A store of an older edition holds such tags; none of them hides the other from a Deny."""
    clash, plain = register(NOWHERE), register(NOWHERE)
    for key, value in (("Env", "prod"), ("env", "dev")):
        row = TagRow(
            account_id=account.account_id,
            resource_type="ACS::RDS::DBInstance",
            region="cn-hangzhou",
            resource_id=clash,
            tag_key=key,
            tag_value=value,
        )
        server.running.store.call(lambda tx, row=row: tx.insert(row))
    tag(rds, plain, env="dev")
    asked = m.DescribeDBInstanceNetInfoRequest
    everything = {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}
    conditions = [
        ("Deny", {"StringEquals": {"acs:ResourceTag/Env": "prod"}}),
        ("Deny", {"StringNotEquals": {"rds:ResourceTag/env": "dev"}}),
        ("Deny", {"ForAllValues:StringLike": {"acs:ResourceTag/ENV": "p*"}}),
        ("Allow", {"StringEquals": {"acs:ResourceTag/env": "dev"}}),
        ("Allow", {"StringNotEquals": {"acs:ResourceTag/env": "prod"}}),
    ]
    for effect, condition in conditions:
        statements = [everything | {"Effect": effect, "Condition": condition}]
        if effect == "Deny":
            statements.append(everything)
        user = rds_as(json.dumps({"Version": "1", "Statement": statements}))
        user.describe_dbinstance_net_info(asked(dbinstance_id=plain))
        with refused("Forbidden.RAM", 403):
            user.describe_dbinstance_net_info(asked(dbinstance_id=clash))
    tag(rds, clash, team="a", Env="test")
    held = {t.tag_key: t.tag_value for t in tags(rds, clash)}
    assert held == {"Env": "test", "env": "dev", "team": "a"}


@pytest.mark.parametrize("operation", ["CreateDBInstance", "DeleteDBInstance", "CreateBackup"])
def test_what_is_not_served_is_refused_by_name(rds: Client, operation: str) -> None:
    from alibabacloud_tea_openapi import models as openapi
    from darabonba.runtime import RuntimeOptions

    params = openapi.Params(
        action=operation,
        version="2014-08-15",
        protocol="HTTP",
        method="POST",
        auth_type="AK",
        style="RPC",
        pathname="/",
        req_body_type="formData",
        body_type="json",
    )
    with refused("UnsupportedOperation", 400):
        rds.call_api(params, openapi.OpenApiRequest(), RuntimeOptions())


def test_targets_swapped_in_the_store_are_noticed(tmp_path) -> None:
    """An administrator's password never goes to another instance's host."""
    import sqlite3

    home = tmp_path / "home"
    with serving(home, Settings()) as server:
        made = server.new_account("swapped")
        rds = Client(server.config(made.access_key_id, made.secret.reveal()))
        for instance, host in (("rm-1", "192.0.2.1"), ("rm-2", "192.0.2.2")):
            server.running.store.call(
                lambda tx, instance=instance, host=host: add_instance(
                    tx,
                    made.account_id,
                    instance,
                    region="cn-hangzhou",
                    target=replace(NOWHERE, host=host),
                    engine_version="1",
                    description="",
                    now=server.clock(),
                )
            )
        asked = m.DescribeDBInstanceNetInfoRequest(dbinstance_id="rm-1")
        rds.describe_dbinstance_net_info(asked)
        with closing(sqlite3.connect(home / "juyong.db")) as stored:
            stored.execute(
                "UPDATE rds_instance SET target ="
                " (SELECT target FROM rds_instance WHERE instance_id = 'rm-2')"
                " WHERE instance_id = 'rm-1'"
            )
            stored.commit()
        with refused("ServiceUnavailable", 503):
            rds.describe_dbinstance_net_info(asked)
