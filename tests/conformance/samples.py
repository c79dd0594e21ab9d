"""A valid request for any operation, made from its signature."""

from typing import Any

from juyong.api.fields import Between, OneOf, Text
from juyong.api.operation_spec import Operation
from juyong.api.parameters import Field

POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"*"}]}'
TRUST = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":["ecs.aliyuncs.com"]}}]}'
)
BY_NAME: dict[str, Any] = {
    "KeyId": "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000",
    "SecretsList": '[{"SecretName":"nothing"}]',
    "KeyVersionId": "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0001",
    "AliasName": "alias/nothing",
    "PolicyDocument": POLICY,
    "AssumeRolePolicyDocument": TRUST,
    "NewAssumeRolePolicyDocument": TRUST,
    "UserPrincipalName": "nobody@example.onaliyun.com",
    "NewUserPrincipalName": "nobody2@example.onaliyun.com",
    "RoleArn": "acs:ram::1234567890123456:role/nobody",
    "VersionId": "v1",
    "SerialNumber": "acs:ram::1234567890123456:mfa/device",
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321",
    "IssuerUrl": "https://issuer.example.com",
    "ResourceNames": '["nothing"]',
    "TagKeys": '["k"]',
    "Tags": '[{"TagKey":"k","TagValue":"v"}]',
    "Permissions": '["RbacPermission/Template/CryptoServiceKeyUser"]',
    "Resources": '["key/*"]',
    "Policies": '["nothing"]',
    "Tag": '[{"Key":"k","Value":"v"}]',
    "ServiceName": "ecs.aliyuncs.com",
    "Password": "Str0ng-Enough!9x",
    "DefaultDomainName": "example.onaliyun.com",
    "ResourceId": '["2000000000000001"]',
    "AccessKey": "LTAI5tnobody",
    "SAMLMetadataDocument": "PGE+PC9hPg==",
    "EncodedSAMLMetadataDocument": "PGE+PC9hPg==",
    "MobilePhone": "86-18600000000",
    "Email": "nobody@example.com",
    "AccountPassword": "Str0ng-Enough!9x",
    "handler": "index.handler",
    "code": '{"zipFile":"UEsFBg=="}',
    "ResourceARN": '["arn:acs:ecs:*:*:keypair/nothing"]',
    "TagFilter": '{"Key":"k"}',
    "TagKey": '["k"]',
}
OF_PRODUCT: dict[tuple[str, str], str] = {
    ("Ecs", "SecurityGroupId"): '["sg-nothing"]',
    ("Ecs", "InstanceId"): '["i-nothing"]',
    ("Ecs", "InstanceIds"): '["i-nothing"]',
    ("Ecs", "DeleteVersion"): '["2"]',
    ("Ecs", "diskIds"): '["d-nothing"]',
    ("Ecs", "PrivateIpAddress"): '["10.0.0.9"]',
    ("Vpc", "CidrBlock"): "10.0.0.0/16",
    ("Vpc", "SecondaryCidrBlock"): "192.168.0.0/16",
    ("Vpc", "Resource"): '[{"ResourceType":"VSwitch","ResourceId":"vsw-nothing"}]',
    ("Vpc", "RouteEntries"): (
        '[{"RouteTableId":"vtb-nothing","DstCidrBlock":"10.0.0.0/8","NextHop":"i-nothing",'
        '"NextHopType":"Instance"}]'
    ),
    ("Tag", "Tags"): '{"k":"v"}',
    ("ResourceCenter", "Resources"): '[{"RegionId":"r","ResourceId":"i","ResourceType":"t"}]',
    ("ResourceCenter", "ResourceId"): "nothing",
    ("ResourceCenter", "TagKey"): "k",
    ("Cms", "Resources"): '[{"userId":"1"}]',
    ("Cms", "RuleId"): '["r"]',
    ("Cms", "Id"): '["r"]',
    ("Cms", "Ids"): '["r"]',
    ("Cms", "RuleNames"): '["r"]',
    ("Cms", "EventPattern"): '[{"Product":"KMS"}]',
    ("Cms", "EventInfo"): '[{"EventName":"e","Content":"c"}]',
    ("Cms", "Channels"): '{"Mail":"a@b.cn"}',
    ("Cms", "GroupId"): "17",
    ("Cms", "GroupMetricRules"): (
        '[{"RuleId":"r","RuleName":"r","Namespace":"n","MetricName":"m"}]'
    ),
    ("Cms", "Instances"): (
        '[{"InstanceId":"b","InstanceName":"b","Category":"oss","RegionId":"cn"}]'
    ),
    ("Cms", "Rules"): (
        '[{"RuleId":"r","RuleName":"r","Namespace":"n","MetricName":"m","ContactGroups":"g",'
        '"Resources":"[{\\"userId\\":\\"1\\"}]"}]'
    ),
    ("Cms", "MetricList"): (
        '[{"MetricName":"m","Dimensions":"{\\"a\\":\\"b\\"}","Type":"0","GroupId":"0",'
        '"Values":"{\\"value\\":1}"}]'
    ),
}
"""What a product writes otherwise."""


def sample(found: Operation) -> dict[str, str]:
    """Return values for the required parameters, and a user who is not the caller."""
    named = ("UserName", "UserPrincipalName")
    return {
        f.wire: OF_PRODUCT.get((found.product.code, f.wire)) or _value(f)
        for f in found.fields
        if f.required or f.wire in named
    }


def _value(field: Field) -> str:
    if field.wire in BY_NAME:
        return str(BY_NAME[field.wire])
    for rule in field.rules:
        if isinstance(rule, OneOf):
            return rule.values[0]
        if isinstance(rule, Between):
            return str(rule.low)
        if isinstance(rule, Text):
            return "n" * max(rule.least, 6)
    return {int: "1", bool: "true"}.get(field.kind, "nothing")
