"""What scanners call is served, and what is not is known by name (observed in their sources).

Prowler 5.46.0, ScoutSuite 5.14.0, and Steampipe's plugin as of November 2025.
"""

import pytest

from juyong.api import registry
from juyong.api.refusals import Refusals

CALLED = {
    "Actiontrail": "DescribeTrails GetTrailStatus",
    "Actiontrail-2017": "DescribeTrails",
    "Ecs": (
        "DescribeAutoSnapshotPolicyEx DescribeDisks DescribeImageSharePermission DescribeImages"
        " DescribeInstanceRamRole DescribeInstances DescribeKeyPairs"
        " DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNetworkInterfaces"
        " DescribeRegions"
        " DescribeSecurityGroupAttribute DescribeSecurityGroups DescribeSnapshots DescribeZones"
    ),
    "Ims": "GenerateCredentialReport GetCredentialReport",
    "Kms": (
        "DescribeKey DescribeSecret ListAliasesByKeyId ListKeys ListResourceTags"
        " ListSecretVersionIds ListSecrets"
    ),
    "Oss": (
        "GetBucketAcl GetBucketEncryption GetBucketInfo GetBucketLifecycle GetBucketLogging"
        " GetBucketPolicy GetBucketTags GetBucketVersioning ListBuckets"
    ),
    "Ram": (
        "GetAccessKeyLastUsed GetAccountAlias GetGroup GetLoginProfile GetPasswordPolicy GetPolicy"
        " GetPolicyVersion GetRole GetSecurityPreference GetUser GetUserMFAInfo ListAccessKeys"
        " ListEntitiesForPolicy ListGroups ListGroupsForUser ListPolicies ListPoliciesForGroup"
        " ListPoliciesForRole ListPoliciesForUser ListRoles ListUsers ListUsersForGroup"
        " ListVirtualMFADevices"
    ),
    "Rds": "DescribeDBInstanceAttribute DescribeDBInstances DescribeDatabases",
    "Sls": "GetLogStore ListAlerts ListLogStores ListProject",
    "Sts": "GetCallerIdentity",
    "Vpc": (
        "DescribeEipAddresses DescribeFlowLogs DescribeNatGateways DescribeNetworkAclAttributes"
        " DescribeNetworkAcls DescribeRouteEntryList DescribeRouteTableList"
        " DescribeVSwitchAttributes DescribeVSwitches DescribeVpcAttribute DescribeVpcs"
    ),
}
REFUSED = {
    "Cms": "DescribeMonitoringAgentHosts DescribeMonitoringAgentStatuses",
    "Ecs": ("DescribeAutoProvisioningGroupInstances DescribeAutoProvisioningGroups"),
    "Rds": (
        "DescribeBackups DescribeDBInstanceEncryptionKey DescribeDBInstanceIPArrayList"
        " DescribeDBInstanceSSL DescribeDBInstanceTDE DescribeParameters"
        " DescribeSQLCollectorPolicy DescribeSQLCollectorRetention"
        " DescribeSecurityGroupConfiguration DescribeTags"
    ),
    "Vpc": (
        "DescribeCustomerGateways DescribeSslVpnClientCert DescribeSslVpnClientCerts"
        " DescribeSslVpnServers DescribeVpnConnections DescribeVpnGateways GetDhcpOptionsSet"
        " ListDhcpOptionsSets"
    ),
}


def served(code: str) -> set[str]:
    registry.load_all()
    (product,) = (each for each in registry.packages().values() if each.code == code)
    return set(product.operations)


@pytest.mark.parametrize("code", CALLED)
def test_what_scanners_call_is_served(code: str) -> None:
    assert set(CALLED[code].split()) <= served(code)


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_not_served_is_refused_by_name(code: str) -> None:
    (product,) = (each for each in registry.packages().values() if each.code == code)
    refusals = Refusals(product, served(code))
    assert all(refusals.why(name) for name in REFUSED[code].split())
