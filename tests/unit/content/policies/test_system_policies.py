"""The catalogue of system policies: its form, and what the important ones allow."""

import re
import subprocess
import sys
from collections import Counter

import pytest
from tests.unit.content.policies.policy_asking import (
    allows,
    asks,
    compiled,
    listed,
    statements_of,
)

from juyong.content.policies.evidence import Evidence
from juyong.content.policies.recorded import ASSUMED, DATES, ROLE_VERSIONS
from juyong.content.policies.service_linked import role_policy_name
from juyong.content.policies.service_roles import service_roles
from juyong.content.policies.system import (
    SYSTEM_POLICIES,
    system_policy,
    system_policy_names,
    written_entries,
)
from juyong.engines.policy import Kind, parse

TOTAL = 262

WELL_KNOWN = """
AdministratorAccess ReadOnlyAccess PowerUserAccess AliyunRAMFullAccess AliyunRAMReadOnlyAccess
AliyunSTSAssumeRoleAccess AliyunRAMAccessAnalyzerFullAccess AliyunKMSFullAccess
AliyunKMSReadOnlyAccess AliyunKMSCryptoUserAccess AliyunKMSCryptoAdminAccess
AliyunKMSSecretUserAccess AliyunKMSSecretAdminAccess AliyunKMSManageRAMCredentialsRolePolicy
AliyunActionTrailFullAccess AliyunActionTrailReadOnlyAccess AliyunConfigFullAccess
AliyunConfigReadOnlyAccess AliyunECSFullAccess AliyunECSReadOnlyAccess
AliyunECSNetworkInterfaceManagementAccess AliyunECSAssistantFullAccess
AliyunECSAssistantReadonlyAccess AliyunVPCFullAccess AliyunVPCReadOnlyAccess
AliyunVpcPeerReadOnlyAccess AliyunEIPFullAccess AliyunEIPReadOnlyAccess AliyunNATGatewayFullAccess
AliyunNATGatewayReadOnlyAccess AliyunCENFullAccess AliyunCENReadOnlyAccess AliyunSLBFullAccess
AliyunSLBReadOnlyAccess AliyunALBFullAccess AliyunOSSFullAccess AliyunOSSReadOnlyAccess
AliyunLogFullAccess AliyunLogReadOnlyAccess AliyunYundunWAFFullAccess AliyunYundunWAFReadOnlyAccess
AliyunYundunWAFv3ReadOnlyAccess AliyunYundunSASFullAccess AliyunYundunSASReadOnlyAccess
AliyunYundunAegisReadOnlyAccess AliyunYundunAegisFullAccess AliyunYundunCloudFirewallFullAccess
AliyunYundunCloudFirewallReadOnlyAccess AliyunYundunDDosFullAccess AliyunYundunDDosReadOnlyAccess
AliyunYundunAntiDDoSBagFullAccess AliyunYundunAntiDDoSBagReadOnlyAccess
AliyunYundunAntiDDoSPremiumFullAccess AliyunYundunAntiDDoSPremiumReadOnlyAccess
AliyunYundunDDoSReportFullAccess AliyunYundunDDoSReportReadOnlyAccess
AliyunYundunDDoSDiversionReadOnlyAccess AliyunYundunSAFFullAccess AliyunYundunSAFReadOnlyAccess
AliyunYundunSDDPFullAccess AliyunYundunSDDPReadOnlyAccess AliyunYundunSCFullAccess
AliyunYundunBastionHostFullAccess AliyunYundunBastionHostReadOnlyAccess
AliyunYundunDbAuditFullAccess AliyunYundunDbAuditReadOnlyAccess AliyunYundunCertFullAccess
AliyunYundunCertReadOnlyAccess AliyunYundunHSMFullAccess AliyunYundunHSMReadOnlyAccess
AliyunYundunFullAccess AliyunAntCloudAuthFullAccess AliyunFCFullAccess AliyunFCReadOnlyAccess
AliyunRDSFullAccess AliyunRDSReadOnlyAccess AliyunMNSFullAccess AliyunCSFullAccess
AliyunCSReadOnlyAccess AliyunContainerRegistryFullAccess AliyunContainerRegistryReadOnlyAccess
AliyunCloudMonitorFullAccess AliyunCloudMonitorReadOnlyAccess AliyunResourceDirectoryFullAccess
AliyunResourceDirectoryReadOnlyAccess AliyunResourceCenterReadOnlyAccess
AliyunCloudSSOReadOnlyAccess AliyunCloudControlAPIFullAccess AliyunCloudControlAPIReadOnlyAccess
AliyunOOSFullAccess AliyunOOSReadOnlyAccess AliyunAccountCenterReadOnlyAccess AliyunBSSFullAccess
AliyunBSSReadOnlyAccess AliyunBSSOrderAccess AliyunSupportFullAccess AliyunDNSFullAccess
AliyunCDNFullAccess AliyunNASFullAccess AliyunOTSFullAccess AliyunESSFullAccess AliyunROSFullAccess
AliyunEventBridgeFullAccess AliyunServiceRolePolicyForResourceDirectory
"""

PRODUCTS = """
RAM STS IMS KMS ActionTrail Config ECS VPC OSS Log CloudMonitor RDS FC YundunWAF YundunWAFv3
YundunSAS YundunCloudFirewall YundunDDos YundunNewBGPAntiDDoSServicePRO YundunAntiDDoSBag YundunAntiDDoSPremium
ResourceManager ResourceDirectory TAG CloudSSO
"""

READ_ONLY = [name for name in system_policy_names() if name.lower().endswith("readonlyaccess")]


def actions_of(name):
    for statement in statements_of(name):
        assert "NotAction" not in statement
        yield from listed(statement["Action"])


def test_the_catalogue_has_this_many_policies():
    assert len(SYSTEM_POLICIES) == len(system_policy_names()) == len(set(SYSTEM_POLICIES)) == TOTAL
    assert TOTAL >= 100
    assert system_policy_names() == tuple(sorted(SYSTEM_POLICIES))


def test_the_well_known_policies_are_all_there():
    wanted = WELL_KNOWN.split()
    assert len(wanted) == len(set(wanted)) == 104
    assert [name for name in wanted if name not in SYSTEM_POLICIES] == []


@pytest.mark.parametrize("product", PRODUCTS.split())
def test_each_product_served_has_a_full_and_a_read_only_policy(product):
    assert f"Aliyun{product}FullAccess" in SYSTEM_POLICIES
    assert f"Aliyun{product}ReadOnlyAccess" in SYSTEM_POLICIES


def test_no_policy_is_written_out_twice():
    names = Counter(entry.name for entry in written_entries())
    assert len(names) > 150
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("name", system_policy_names())
def test_each_policy_is_well_formed(name):
    policy = SYSTEM_POLICIES[name]
    assert policy.name == name
    assert re.fullmatch(r"[A-Za-z0-9-]{1,128}", name)
    assert 1 <= len(policy.description) <= 1024
    assert "\n" not in policy.description
    assert policy.description.endswith(".")
    assert len(policy.document) <= 6144
    assert re.fullmatch(r"v[1-9][0-9]*", policy.default_version)
    assert policy.versions == (policy.default_version,)
    parsed = parse(policy.document, Kind.IDENTITY)
    for statement in parsed.statements:
        assert len(set(statement.actions)) == len(statement.actions)
        assert len(set(statement.resources)) == len(statement.resources)


def test_an_unknown_name_has_no_policy():
    assert system_policy("AliyunNoSuchAccess") is None
    assert system_policy("administratoraccess") is None
    assert "AliyunNoSuchAccess" not in SYSTEM_POLICIES
    with pytest.raises(KeyError):
        SYSTEM_POLICIES["AliyunNoSuchAccess"]


def test_a_policy_is_built_once_and_cannot_be_changed():
    policy = system_policy("AdministratorAccess")
    assert policy is SYSTEM_POLICIES["AdministratorAccess"]
    with pytest.raises(AttributeError):
        policy.document = "{}"


def test_importing_reads_nothing_and_a_look_up_builds_one_document():
    script = """
from juyong.content.policies import system
print(system._entries.cache_info().currsize, system._policy.cache_info().currsize)
system.system_policy("AliyunKMSFullAccess")
print(system._entries.cache_info().currsize, system._policy.cache_info().currsize)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "0", "1", "1"]


def test_the_dates_are_fixed_and_in_order():
    assert ASSUMED.created_at == 1430237745
    for policy in SYSTEM_POLICIES.values():
        assert policy.dates.created_at < policy.dates.updated_at


def test_recorded_facts_are_about_policies_that_ship():
    assert DATES.keys() <= set(system_policy_names())
    assert {role_policy_name(role) for role in ROLE_VERSIONS} <= set(system_policy_names())
    assert SYSTEM_POLICIES[role_policy_name("CloudMonitor")].default_version == "v38"


@pytest.mark.parametrize(
    ("name", "version", "evidence"),
    [
        ("AdministratorAccess", "v1", Evidence.OBSERVED),
        ("PowerUserAccess", "v2", Evidence.DOCUMENTED),
        ("AliyunKMSFullAccess", "v3", Evidence.DOCUMENTED),
        ("AliyunKMSSecretAdminAccess", "v5", Evidence.DOCUMENTED),
        ("AliyunVPCFullAccess", "v12", Evidence.DOCUMENTED),
        ("AliyunOSSFullAccess", "v1", Evidence.ASSUMED),
        ("AliyunSTSFullAccess", "v1", Evidence.ASSUMED),
        ("AliyunServiceRolePolicyForResourceDirectory", "v1", Evidence.DOCUMENTED),
    ],
)
def test_version_and_grade_are_those_of_the_source(name, version, evidence):
    policy = SYSTEM_POLICIES[name]
    assert (policy.default_version, policy.evidence) == (version, evidence)


SECRET = "acs:kms:cn-hangzhou:1:secret/db"
KEY = "acs:kms:cn-hangzhou:1:key/k-1"
LINK = "ram:CreateServiceLinkedRole"


def service(name):
    return {"ram:ServiceName": name}


def passing(name):
    return {"acs:Service": name}


ALLOWED = [
    ("AdministratorAccess", "ram:CreateUser", "*", None),
    ("AdministratorAccess", "kms:Decrypt", KEY, None),
    ("ReadOnlyAccess", "ecs:DescribeInstances", "*", None),
    ("ReadOnlyAccess", "kms:GetSecretValue", SECRET, None),
    ("ReadOnlyAccess", "actiontrail:LookupEvents", "*", None),
    ("ReadOnlyAccess", "ram:GenerateCredentialReport", "*", None),
    ("PowerUserAccess", "ecs:RunInstances", "*", None),
    ("PowerUserAccess", "kms:Decrypt", KEY, None),
    ("PowerUserAccess", "ram:ListRoles", "*", None),
    ("PowerUserAccess", LINK, "*", None),
    ("PowerUserAccess", "bss:PayOrder", "*", None),
    ("AliyunRAMReadOnlyAccess", "ram:GetUser", "acs:ram::1:user/bob", None),
    ("AliyunSTSAssumeRoleAccess", "sts:AssumeRole", "acs:ram::1:role/x", None),
    ("AliyunKMSFullAccess", "kms:ScheduleKeyDeletion", KEY, None),
    ("AliyunKMSFullAccess", LINK, "*", service("keystore.kms.aliyuncs.com")),
    ("AliyunKMSReadOnlyAccess", "kms:DescribeKey", KEY, None),
    ("AliyunKMSCryptoUserAccess", "kms:GenerateDataKeyWithoutPlaintext", KEY, None),
    ("AliyunKMSCryptoAdminAccess", "kms:DisableKey", KEY, None),
    ("AliyunKMSCryptoAdminAccess", "ecs:TagResources", SECRET, None),
    ("AliyunKMSSecretUserAccess", "kms:GetSecretValue", SECRET, None),
    ("AliyunKMSSecretAdminAccess", "kms:PutSecretValue", SECRET, None),
    ("AliyunActionTrailFullAccess", "ram:PassRole", "*", passing("actiontrail.aliyuncs.com")),
    ("AliyunActionTrailReadOnlyAccess", "actiontrail:LookupEvents", "*", None),
    ("AliyunVPCFullAccess", "vpc:CreateVSwitch", "*", None),
    ("AliyunVPCReadOnlyAccess", "vpc:DescribeNetworkAcls", "*", None),
    ("AliyunOSSReadOnlyAccess", "oss:GetObject", "acs:oss:*:1:b/o", None),
    ("AliyunYundunFullAccess", "yundun-waf:CreateDomain", "*", None),
    ("AliyunYundunWAFReadOnlyAccess", "yundun-waf:DescribeDomains", "*", None),
    ("AliyunFCFullAccess", "ram:PassRole", "*", passing("fc.aliyuncs.com")),
    ("AliyunCloudSSOReadOnlyAccess", "ram:GetPolicy", "acs:ram:*:system:policy/X", None),
    ("AliyunRDSReadOnlyAccess", "rds:DescribeDBInstances", "*", None),
]
REFUSED = [
    ("ReadOnlyAccess", "kms:Decrypt", KEY, None),
    ("ReadOnlyAccess", "ram:CreateUser", "*", None),
    ("ReadOnlyAccess", "oss:PutObject", "acs:oss:*:1:b/o", None),
    ("PowerUserAccess", "ram:CreateUser", "*", None),
    ("PowerUserAccess", "ram:PassRole", "acs:ram::1:role/x", None),
    ("PowerUserAccess", "ims:CreateUser", "*", None),
    ("PowerUserAccess", "resourcemanager:CreateFolder", "*", None),
    ("PowerUserAccess", "cloudsso:ListUsers", "*", None),
    ("PowerUserAccess", "bss:ModifyAccount", "*", None),
    ("AliyunRAMReadOnlyAccess", "ram:CreateUser", "*", None),
    ("AliyunSTSAssumeRoleAccess", "sts:SetSourceIdentity", "acs:ram::1:role/x", None),
    ("AliyunKMSFullAccess", LINK, "*", service("actiontrail.aliyuncs.com")),
    ("AliyunKMSFullAccess", LINK, "*", None),
    ("AliyunKMSReadOnlyAccess", "kms:GetSecretValue", SECRET, None),
    ("AliyunKMSReadOnlyAccess", "kms:Decrypt", KEY, None),
    ("AliyunKMSCryptoUserAccess", "kms:DescribeKey", KEY, None),
    ("AliyunKMSCryptoUserAccess", "kms:GetSecretValue", SECRET, None),
    ("AliyunKMSCryptoAdminAccess", "kms:GetSecretValue", SECRET, None),
    ("AliyunKMSSecretUserAccess", "kms:PutSecretValue", SECRET, None),
    ("AliyunKMSSecretAdminAccess", "kms:Decrypt", KEY, None),
    ("AliyunActionTrailFullAccess", "ram:PassRole", "*", passing("fc.aliyuncs.com")),
    ("AliyunActionTrailReadOnlyAccess", "actiontrail:DeleteTrail", "*", None),
    ("AliyunVPCFullAccess", "vpc:CreateNatGateway", "*", None),
    ("AliyunVPCReadOnlyAccess", "vpc:DeleteNetworkAcl", "*", None),
    ("AliyunOSSReadOnlyAccess", "oss:DeleteObject", "acs:oss:*:1:b/o", None),
    ("AliyunYundunFullAccess", "waf:CreateDomain", "*", None),
    ("AliyunYundunWAFReadOnlyAccess", "yundun-waf:ModifyDomain", "*", None),
    ("AliyunFCFullAccess", "ram:PassRole", "*", None),
    ("AliyunCloudSSOReadOnlyAccess", "ram:GetPolicy", "acs:ram:*:1:policy/X", None),
    ("AliyunRDSReadOnlyAccess", "hdm:GetInstance", "acs:ecs:*:1:instance/i", None),
]


@pytest.mark.parametrize(("name", "action", "resource", "given"), ALLOWED)
def test_what_a_policy_allows(name, action, resource, given):
    assert allows(name, action, resource, given)


@pytest.mark.parametrize(("name", "action", "resource", "given"), REFUSED)
def test_what_a_policy_leaves_out(name, action, resource, given):
    assert not allows(name, action, resource, given)


def test_the_behaviour_tables_ran():
    assert (len(ALLOWED), len(REFUSED)) == (31, 30)
    assert len({name for name, *_ in ALLOWED}) == 21


def test_power_users_are_described_by_what_they_may_not_do():
    first, second = statements_of("PowerUserAccess")
    assert "Action" not in first
    assert len(first["NotAction"]) == 9
    assert {"ram:*", "ims:*", "resourcemanager:*"} <= set(first["NotAction"])
    assert "NotAction" not in second


READ_VERBS = re.compile(
    r"(?:Batch)?(?:Get|Describe?|List|Query)[A-Za-z0-9]*|(?:Desc|Check|Lookup|Search|Read|Support)[A-Za-z]*"
)
READS_BY_ANOTHER_NAME = {
    *("ram:GenerateCredentialReport", "dm:SenderStatistics*", "sasti:Grant*", "cr:PullRepository"),
    *("resourcecenter:ExecuteSQLQuery", "resourcecenter:ExecuteMultiAccountSQLQuery"),
    *("accountcenter:AccountAddressQuery*", "accountcenter:AccountContactQuery*"),
    *("accountcenter:EnterpriseContactQuery*", "accountcenter:EnterpriseAddressQuery*"),
    "accountcenter:EnterpriseTodoQuery*",
}


def test_read_only_policies_name_no_verb_of_writing():
    assert len(READ_ONLY) == 87
    others = {
        action
        for name in READ_ONLY
        for action in actions_of(name)
        if not READ_VERBS.match(action.partition(":")[2])
    }
    assert others == READS_BY_ANOTHER_NAME


@pytest.mark.parametrize("name", READ_ONLY)
def test_read_only_policies_allow_no_write(name):
    policies = compiled(name)
    codes = {action.partition(":")[0].replace("*", "ecs") for action in actions_of(name)}
    verbs = "Create Delete Update Modify Put Set Attach Detach Add Remove Run Start Stop Tag Untag"
    asked = [f"{code}:{verb}Thing" for code in codes for verb in verbs.split()]
    assert len(asked) >= 15
    assert [action for action in asked if asks(policies, action)] == []


def test_full_access_covers_read_only_access_to_the_same_service():
    compared = 0
    for name in READ_ONLY:
        full = name.replace("ReadOnlyAccess", "FullAccess").replace("ReadonlyAccess", "FullAccess")
        if full not in SYSTEM_POLICIES:
            continue
        codes = {action.partition(":")[0] for action in actions_of(full)}
        policies = compiled(full)
        reads = {each for each in actions_of(name) if each.partition(":")[0] in codes}
        resource = "acs:cloudcontrol:cn:1:x" if "CloudControl" in name else "*"
        asked = {each.replace("*", "Thing") for each in reads}
        assert [action for action in asked if not asks(policies, action, resource)] == [], name
        compared += 1
    assert compared == len(READ_ONLY) - 1 == 86


def holders(action, resource="*"):
    """Name every policy a person may carry that allows an action without any condition."""
    roles = {role.system_policy_name for role in service_roles().values()}
    return {
        name
        for name in system_policy_names()
        if name not in roles and asks(compiled(name), action, resource)
    }


def test_few_policies_can_change_permissions():
    administrators = {"AdministratorAccess", "AliyunRAMFullAccess", "AliyunIMSFullAccess"}
    assert holders("ram:AttachPolicyToUser") == administrators
    assert holders("ram:CreatePolicyVersion") == administrators
    assert holders("ram:PassRole", "acs:ram::1:role/x") == administrators
    assert holders("ram:CreateAccessKey", "acs:ram::1:user/bob") == {
        *administrators,
        "AliyunKMSManageRAMCredentialsRolePolicy",
    }


def test_few_policies_can_decrypt():
    assert holders("kms:Decrypt", KEY) == {
        *("AdministratorAccess", "PowerUserAccess", "AliyunKMSFullAccess"),
        *("AliyunKMSCryptoUserAccess", "AliyunKMSCryptoAdminAccess"),
        # Of the role that writes to encrypted buckets for ActionTrail.
        "AliyunActionTrailRolePolicy",
    }


def test_few_policies_can_stop_the_audit_log():
    assert holders("actiontrail:StopLogging") == {
        *("AdministratorAccess", "PowerUserAccess", "AliyunActionTrailFullAccess"),
    }
