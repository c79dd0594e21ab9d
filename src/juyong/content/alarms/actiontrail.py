"""The alarms of the CIS benchmark over the events of ActionTrail, in words of our own.

Source: CIS Alibaba Cloud Foundation Benchmark 2.0.0, section 2 (its topics); ActionTrail, structure
of events (documented); words that scanners look for in queries (observed in Prowler and Steampipe),
which is why the misspelt `addionalEventData` is in one of them, and `rds` in another.
"""

from collections.abc import Iterable

from juyong.content.alarms.template import Template

HIGH, CRITICAL, MEDIUM = 8, 10, 6
_COUNT = (
    " | SELECT json_extract_scalar(event, '$.recipientAccountId') AS account,"
    " coalesce(json_extract_scalar(event, '$.userIdentity.userName'), '') AS who,"
    " json_extract_scalar(event, '$.eventName') AS what, count(*) AS times"
    " GROUP BY account, who, what"
)
"""The account, the caller, the call, and how often; needs the JSON key `event` as a column."""


def _of(service: str, *names: str) -> str:
    """Return the search for calls of a service that changed something."""
    return f'event.serviceName="{service}" and {_one(names)}'


def _one(names: Iterable[str]) -> str:
    calls = " or ".join(f"event.eventName:{name}" for name in names)
    return f"({calls})"


def _alarm(name: str, title: str, severity: int, search: str) -> Template:
    return Template(
        id=f"juyong.actiontrail.{name}", title=title, severity=severity, query=search + _COUNT
    )


ALARMS = (
    _alarm(
        "root-used",
        "The root account was used",
        CRITICAL,
        "(event.eventName:ConsoleSignin or event.eventType:ApiCall)"
        ' and event.userIdentity.type:"root-account"',
    ),
    _alarm(
        "sign-in-without-mfa",
        "A user signed in without a second factor",
        HIGH,
        "event.eventName:ConsoleSignin and (event.additionalEventData.mfaChecked:false"
        " or event.additionalEventData.isMFAChecked:false)"
        " not addionalEventData.loginAccount",
    ),
    _alarm(
        "sign-in-failed",
        "Somebody failed to sign in",
        MEDIUM,
        "event.eventName:ConsoleSignin and event.errorCode:* not event.errorCode:null"
        ' not event.errorCode:""',
    ),
    _alarm(
        "policy-changed",
        "A policy of RAM was changed or attached",
        HIGH,
        _of(
            "Ram",
            *("CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"),
            *("UpdatePolicyVersion", "SetDefaultPolicyVersion"),
            *("AttachPolicyToUser", "DetachPolicyFromUser", "AttachPolicyToRole"),
            *("DetachPolicyFromRole", "AttachPolicyToGroup", "DetachPolicyFromGroup"),
        ),
    ),
    _alarm(
        "security-group-changed",
        "A security group was changed",
        MEDIUM,
        _of(
            "Ecs",
            *("CreateSecurityGroup", "DeleteSecurityGroup", "AuthorizeSecurityGroup"),
            *("AuthorizeSecurityGroupEgress", "RevokeSecurityGroup", "RevokeSecurityGroupEgress"),
            *("JoinSecurityGroup", "LeaveSecurityGroup", "ModifySecurityGroupPolicy"),
        ),
    ),
    _alarm(
        "route-changed",
        "A route was changed",
        MEDIUM,
        _of(
            "Vpc",
            *("CreateRouteEntry", "DeleteRouteEntry", "ModifyRouteEntry", "AssociateRouteTable"),
            *("UnassociateRouteTable", "CreateRouteTable", "DeleteRouteTable"),
        ),
    ),
    _alarm(
        "vpc-changed",
        "A VPC was changed",
        MEDIUM,
        _of(
            "Vpc",
            *("CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "CreateVSwitch", "DeleteVSwitch"),
            *("EnableVpcClassicLink", "DisableVpcClassicLink", "DeletionProtection"),
        ),
    ),
    _alarm(
        "bucket-access-changed",
        "The access to a bucket was changed",
        HIGH,
        _of(
            "Oss",
            *("PutBucketAcl", "PutObjectAcl", "PutBucketPolicy", "DeleteBucketPolicy"),
            *("PutBucketCors", "DeleteBucketCors", "PutBucketEncryption", "PutBucketLifecycle"),
            *("PutBucketWebsite", "PutBucketReferer", "PutBucketPublicAccessBlock"),
            *("DeleteBucketPublicAccessBlock", "DeleteBucketEncryption", "DeleteBucket"),
        ),
    ),
    _alarm(
        "key-disabled",
        "A key of the KMS was disabled or will be deleted",
        HIGH,
        _of("Kms", "DisableKey", "ScheduleKeyDeletion", "DeleteKeyMaterial"),
    ),
    _alarm(
        "rds-changed",
        "The protection of an RDS instance was changed",
        MEDIUM,
        '(event.serviceName="Rds" or event.serviceName="rds") and '
        + _one(
            (
                *("ModifySecurityIps", "ModifyDBInstanceSSL", "ModifyDBInstanceTDE"),
                *("ModifySQLCollectorPolicy", "AllocateInstancePublicConnection"),
                *("DeleteDBInstance", "ModifyParameter"),
            )
        ),
    ),
    _alarm(
        "calls-denied",
        "Calls were denied or failed to prove who calls",
        MEDIUM,
        "event.eventType:ApiCall and (event.errorCode:NoPermission or event.errorCode:Forbidden*"
        " or event.errorCode:Forbbiden or event.errorCode:AccessDenied or"
        " event.errorCode:AccessForbidden or event.errorCode:InvalidAccessKeyId*"
        " or event.errorCode:InvalidSecurityToken* or event.errorCode:SignatureDoesNotMatch"
        " or event.errorCode:NotAuthorized or event.errorCode:Unauthorized)",
    ),
    _alarm(
        "trail-stopped",
        "A trail was stopped, changed or deleted",
        CRITICAL,
        _of("Actiontrail", "StopLogging", "DeleteTrail", "UpdateTrail"),
    ),
)
"""The alarms, in the order of the benchmark."""
