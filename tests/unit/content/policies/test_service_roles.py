"""Service-linked roles and the services known."""

import re

import pytest
from tests.unit.content.policies.policy_asking import ALICE, statements_of

from juyong.content.policies.service_roles import (
    KNOWN_SERVICES,
    service_role,
    service_roles,
    service_trust_policy,
)
from juyong.content.policies.system import SYSTEM_POLICIES
from juyong.engines.policy import (
    NO_CONDITIONS,
    Kind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    compile_policy,
    parse,
    trusts,
)

ROLES = service_roles()
TOTAL = 67

WELL_KNOWN = {
    "actiontrail.aliyuncs.com": "AliyunServiceRoleForActionTrail",
    "config.aliyuncs.com": "AliyunServiceRoleForConfig",
    "remediation.config.aliyuncs.com": "AliyunServiceRoleForConfigRemediation",
    "resourcemanager.aliyuncs.com": "AliyunServiceRoleForResourceDirectory",
    "sddp.aliyuncs.com": "AliyunServiceRoleForSDDP",
    "bastionhost.aliyuncs.com": "AliyunServiceRoleForBastionhost",
    "dbaudit.aliyuncs.com": "AliyunServiceRoleForDbaudit",
    "secretsmanager-rds.kms.aliyuncs.com": "AliyunServiceRoleForKMSSecretsManagerForRDS",
    "secretsmanager-ecs.kms.aliyuncs.com": "AliyunServiceRoleForKMSSecretsManagerForECS",
    "keystore.kms.aliyuncs.com": "AliyunServiceRoleForKMSCustomKeyStore",
    "waf.aliyuncs.com": "AliyunServiceRoleForWaf",
    "sas.aliyuncs.com": "AliyunServiceRoleForSas",
    "cloudfw.aliyuncs.com": "AliyunServiceRoleForCloudFW",
    "secllm.sas.aliyuncs.com": "AliyunServiceRoleForSasSecllm",
    "cdn-ddos.cdn.aliyuncs.com": "AliyunServiceRoleForCDNAccessingDDoS",
    "cdn-waf.cdn.aliyuncs.com": "AliyunServiceRoleForCDNAccessingWAF",
    "ddos.ga.aliyuncs.com": "AliyunServiceRoleForGaAntiDdos",
    "vpcendpoint.ga.aliyuncs.com": "AliyunServiceRoleForGaVpcEndpoint",
    "cloudmonitor.aliyuncs.com": "AliyunServiceRoleForCloudMonitor",
    "arms.aliyuncs.com": "AliyunServiceRoleForARMS",
    "xtrace.aliyuncs.com": "AliyunServiceRoleForXtrace",
    "pts.aliyuncs.com": "AliyunServiceRoleForPts",
    "ess.aliyuncs.com": "AliyunServiceRoleForAutoScaling",
    "nat.aliyuncs.com": "AliyunServiceRoleForNatgw",
    "alidns.aliyuncs.com": "AliyunServiceRoleForDNS",
    "gtm.aliyuncs.com": "AliyunServiceRoleForGTM",
    "pvtz.aliyuncs.com": "AliyunServiceRoleForPvtz",
    "httpdns.aliyuncs.com": "AliyunServiceRoleForHttpdns",
    "dr.hbr.aliyuncs.com": "AliyunServiceRoleForHbrDr",
    "ecsbackup.hbr.aliyuncs.com": "AliyunServiceRoleForHbrEcsBackup",
    "ossbackup.hbr.aliyuncs.com": "AliyunServiceRoleForHbrOssBackup",
    "nasbackup.hbr.aliyuncs.com": "AliyunServiceRoleForHbrNasBackup",
    "csgbackup.hbr.aliyuncs.com": "AliyunServiceRoleForHbrCsgBackup",
    "bandwidthscheduler.oos.aliyuncs.com": "AliyunServiceRoleForOOSBandwidthScheduler",
    "instancescheduler.oos.aliyuncs.com": "AliyunServiceRoleForOOSInstanceScheduler",
    "executiondelivery.oos.aliyuncs.com": "AliyunServiceRoleForOOSExecutionDelivery",
    "sendevent-fc.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSendToFC",
    "sendevent-mns.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSendToMNS",
    "sendevent-sms.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSendToSMS",
    "sendevent-directmail.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSendToDirectMail",
    "connect-vpc.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeConnectVPC",
    "source-rocketmq.eventbridge.aliyuncs.com": "AliyunServiceRoleForEventBridgeSourceRocketMQ",
    "ops.elasticsearch.aliyuncs.com": "AliyunServiceRoleForElasticsearchOps",
    "collector.elasticsearch.aliyuncs.com": "AliyunServiceRoleForElasticsearchCollector",
    "apigateway.aliyuncs.com": "AliyunServiceRoleForApiGateway",
    "monitor.apigateway.aliyuncs.com": "AliyunServiceRoleForApiGatewayMonitoring",
    "connector.alikafka.aliyuncs.com": "AliyunServiceRoleForAlikafkaConnector",
    "instanceencryption.alikafka.aliyuncs.com": "AliyunServiceRoleForAlikafkaInstanceEncryption",
    "ons.aliyuncs.com": "AliyunServiceRoleForOns",
    "polardb.aliyuncs.com": "AliyunServiceRoleForPolarDB",
    "adbpg.aliyuncs.com": "AliyunServiceRoleForADBPG",
    "hitsdb.aliyuncs.com": "AliyunServiceRoleForTSDB",
    "mse.aliyuncs.com": "AliyunServiceRoleForMSE",
    "smc.aliyuncs.com": "AliyunServiceRoleForSMC",
    "ehpc.aliyuncs.com": "AliyunServiceRoleForEHPC",
    "hcs-sgw.aliyuncs.com": "AliyunServiceRoleForHCSSGW",
}


def test_there_are_this_many_roles_and_no_two_share_a_name():
    assert len(ROLES) == TOTAL
    assert len({role.role_name.lower() for role in ROLES.values()}) == TOTAL
    assert len({role.system_policy_name for role in ROLES.values()}) == TOTAL


def test_the_well_known_roles_are_all_there():
    assert len(WELL_KNOWN) == 56
    assert {name: ROLES[name].role_name for name in WELL_KNOWN} == WELL_KNOWN


@pytest.mark.parametrize("role", ROLES.values(), ids=list(ROLES))
def test_each_role_is_well_formed(role):
    assert service_role(role.service_name) is role
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)?\.aliyuncs\.com", role.service_name)
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", role.role_name)
    assert role.role_name_prefix == role.role_name
    assert not role.multiple_roles_allowed
    tag = role.role_name.removeprefix("AliyunServiceRoleFor")
    assert role.system_policy_name == f"AliyunServiceRolePolicyFor{tag}"
    for description in (role.description_en, role.description_zh):
        assert 1 <= len(description) <= 1024


@pytest.mark.parametrize("role", ROLES.values(), ids=list(ROLES))
def test_each_roles_policy_ends_with_the_right_to_delete_the_role(role):
    assert role.system_policy_name in SYSTEM_POLICIES
    *_, last = statements_of(role.system_policy_name)
    assert last == {
        "Effect": "Allow",
        "Action": "ram:DeleteServiceLinkedRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"ram:ServiceName": role.service_name}},
    }


@pytest.mark.parametrize("role", ROLES.values(), ids=list(ROLES))
def test_no_role_may_do_everything(role):
    for statement in statements_of(role.system_policy_name)[:-1]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            code, _, verb = action.partition(":")
            assert verb != "*", action
            assert code not in ("*", "ram") or re.match(
                "Describe|List|Get|TagR|UntagR|CreateServiceLinkedRole|PassRole", verb
            )


def principal(kind, arn):
    return Principal(arn=arn, account_id="1", kind=kind)


@pytest.mark.parametrize("role", ROLES.values(), ids=list(ROLES))
def test_only_the_linked_service_may_assume_the_role(role):
    source = Source(
        policy_type="AssumeRolePolicy",
        identifier=role.role_name,
        version=None,
        attached_scope="1",
        attached_entity_type="Role",
    )
    trust = PolicySet([compile_policy(parse(role.trust_policy, Kind.TRUST), source)])

    def assumed_by(who):
        request = Request(
            action="sts:AssumeRole",
            resource=f"acs:ram::1:role/{role.role_name.lower()}",
            principal=who,
            conditions=NO_CONDITIONS,
        )
        return trusts(request, trust).allowed

    assert assumed_by(principal(PrincipalKind.SERVICE, role.service_name))
    assert not assumed_by(principal(PrincipalKind.SERVICE, "other.aliyuncs.com"))
    assert not assumed_by(ALICE)


def test_a_service_without_such_a_role_has_none():
    assert service_role("ecs.aliyuncs.com") is None
    assert service_role("actiontrail") is None


def test_a_trust_policy_names_its_service_alone():
    assert service_trust_policy("ecs.aliyuncs.com") == (
        '{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow",'
        '"Principal":{"Service":["ecs.aliyuncs.com"]}}],"Version":"1"}'
    )


def test_services_with_and_without_a_role_are_known():
    assert set(ROLES) < KNOWN_SERVICES
    ordinary = (
        "ecs fc oss log rds emr apigateway fnf mns ots imm eventbridge crossbackup.hbr cr ros cs"
    )
    for name in (*ordinary.split(), "dts", "actiontrail", "config", "cloudsso"):
        assert f"{name}.aliyuncs.com" in KNOWN_SERVICES
    assert len(KNOWN_SERVICES) == 88
    assert all(name.endswith(".aliyuncs.com") for name in KNOWN_SERVICES)
