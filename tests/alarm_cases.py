"""Events that ring the alarms that we ship, and events beside them that do not."""

from typing import Any

ACCOUNT = "1000000000000001"
ALICE = {"type": "ram-user", "accountId": ACCOUNT, "userName": "alice"}
ROOT = {"type": "root-account", "accountId": ACCOUNT, "principalId": ACCOUNT}


def event(service: str, name: str, **more: Any) -> dict[str, Any]:
    """Return an event in the shape in which trails deliver one."""
    return {
        "eventName": name,
        "serviceName": service,
        "eventType": "ApiCall",
        "recipientAccountId": ACCOUNT,
        "userIdentity": ALICE,
        **more,
    }


def sign_in(**more: Any) -> dict[str, Any]:
    return event("AasCustomer", "ConsoleSignin", eventType="ConsoleSignin", **more)


MFA, NO_MFA = {"mfaChecked": "true"}, {"mfaChecked": "false"}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "root-used": (
        sign_in(userIdentity=ROOT, additionalEventData={"isMFAChecked": "true"}),
        sign_in(additionalEventData=MFA),
    ),
    "sign-in-without-mfa": (sign_in(additionalEventData=NO_MFA), sign_in(additionalEventData=MFA)),
    "sign-in-failed": (
        sign_in(errorCode="InvalidPassword", additionalEventData=MFA),
        sign_in(errorCode=None, additionalEventData=MFA),
    ),
    "policy-changed": (event("Ram", "AttachPolicyToUser"), event("Ram", "ListPolicies")),
    "security-group-changed": (
        event("Ecs", "AuthorizeSecurityGroup"),
        event("Ecs", "DescribeSecurityGroups"),
    ),
    "route-changed": (event("Vpc", "CreateRouteEntry"), event("Vpc", "DescribeRouteTableList")),
    "vpc-changed": (event("Vpc", "DeleteVpc"), event("Vpc", "DescribeVpcs")),
    "bucket-access-changed": (event("Oss", "PutBucketAcl"), event("Oss", "GetBucketAcl")),
    "key-disabled": (event("Kms", "ScheduleKeyDeletion"), event("Kms", "Encrypt")),
    "rds-changed": (event("Rds", "ModifySecurityIps"), event("Rds", "DescribeDBInstances")),
    "calls-denied": (
        event("Ram", "ListUsers", errorCode="NoPermission"),
        event("Ram", "ListUsers", errorCode="EntityNotExist.User"),
    ),
    "trail-stopped": (event("Actiontrail", "StopLogging"), event("Actiontrail", "DescribeTrails")),
}
"""By the name of the alarm: one that rings, and one that is much like it and does not."""
