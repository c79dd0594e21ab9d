"""Scanners find the alarms that we ship by words of their queries (observed in Prowler 5.46)."""

import pytest

from juyong.content.alarms.actiontrail import ALARMS

WORDS: dict[str, list[tuple[str, ...]]] = {
    "sls_customer_created_cmk_changes": [("Kms",), ("DisableKey", "ScheduleKeyDeletion")],
    "sls_management_console_authentication_failures": [("ConsoleSignin",), ("event.errorCode",)],
    "sls_management_console_signin_without_mfa": [
        ("ConsoleSignin",),
        ("addionalEventData.loginAccount",),
    ],
    "sls_oss_bucket_policy_changes": [("PutBucketPolicy", "DeleteBucketPolicy")],
    "sls_oss_permission_changes": [("PutObjectAcl",)],
    "sls_ram_role_changes": [("ResourceManager", "Ram"), ("CreatePolicy",), ("DeletePolicy",)],
    "sls_rds_instance_configuration_changes": [("rds",), ("ModifySecurityIps",)],
    "sls_root_account_usage": [
        ("ConsoleSignin",),
        ("event.userIdentity.type",),
        ("root-account",),
    ],
    "sls_security_group_changes": [("AuthorizeSecurityGroup",)],
    "sls_unauthorized_api_calls": [("ApiCall",), ("NoPermission", "Forbidden")],
    "sls_vpc_changes": [("Ecs", "Vpc"), ("CreateVpc", "DeleteVpc")],
    "sls_vpc_network_route_changes": [("Ecs", "Vpc"), ("CreateRouteEntry",)],
}
"""By the check: one word of each group must stand in one query, letter for letter."""


@pytest.mark.parametrize("check", WORDS)
def test_a_check_finds_its_alarm(check: str) -> None:
    found = [
        alarm.id
        for alarm in ALARMS
        if all(any(word in alarm.query for word in group) for group in WORDS[check])
    ]
    assert found
