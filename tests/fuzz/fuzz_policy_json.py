"""Policy documents from outside: parsed or refused, and what is parsed decides without error."""

from juyong.engines.policy import (
    Kind,
    Layers,
    Malformed,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    authorise,
    compile_policy,
    conditions_of,
    explain,
    parse,
)

SEEDS: list[bytes] = [
    b'\x00{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    (
        b'\x00{"Version":"1","Statement":[{"Effect":"Deny","NotAction":["ram:*","ecs:St?rt*"],'
        b'"NotResource":["acs:ecs:*:1:instance/i-*"],"Sid":"x"}]}'
    ),
    (
        b'\x01{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        b'"Principal":{"RAM":["acs:ram::1:root"],"Service":"ecs.aliyuncs.com"}}]}'
    ),
    (
        b'\x02{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*",'
        b'"Principal":{"RAM":["acs:ram::1:*"]}}]}'
    ),
    (
        b'\x03{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:*","Resource":"acs:oss:*",'
        b'"Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8","fd00::/8"]},'
        b'"NumericLessThan":{"x:n":"5.5"},"DateLessThan":{"acs:CurrentTime":'
        b'"2026-01-31T16:00:00+08:00"},"Bool":{"acs:MFAPresent":"true"},'
        b'"ForAllValues:StringLike":{"acs:TagKeys":["a*b?c"]}}}]}'
    ),
    (
        b'\x04{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",'
        b'"Condition":{"StringEqualsIfExists":{"a:b":"c"}}}]}'
    ),
    b'\x00{"Version":1e999,"Statement":[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]}',
    b'\x00{"Version":"1","Version":"\\ud800","Statement":NaN}',
]

_KINDS = tuple(Kind)
_SOURCE = Source(
    policy_type="Custom",
    identifier="fuzz",
    version="v1",
    attached_scope="1",
    attached_entity_type="User",
)
_CONDITIONS = conditions_of(
    {
        "acs:SourceIp": "10.0.0.1",
        "acs:CurrentTime": "2026-01-31T16:00:00Z",
        "acs:MFAPresent": "maybe",
        "x:n": ["5", "abc"],
    }
)
_REQUESTS = tuple(
    Request(
        action=action,
        resource=resource,
        principal=Principal(arn=arn, account_id="1", kind=kind),
        conditions=_CONDITIONS,
    )
    for action in ("ecs:StartInstance", "sts:AssumeRole")
    for resource in ("acs:ecs:cn:1:instance/i-1", "acs:ram::1:role/Admin", "*")
    for arn, kind in (
        ("acs:ram::1:user/u", PrincipalKind.USER),
        ("ecs.aliyuncs.com", PrincipalKind.SERVICE),
    )
)


def target(data: bytes) -> None:
    """Read the first byte as the kind, the rest as a document."""
    kind = _KINDS[data[0] % len(_KINDS)] if data else Kind.IDENTITY
    try:
        document = parse(data[1:].decode("utf-8", "replace"), kind)
    except Malformed:
        return
    policies = PolicySet([compile_policy(document, _SOURCE)])
    layers = Layers(identity=policies, session=policies, resource=policies)
    for request in _REQUESTS:
        decision = authorise(request, layers)
        assert explain(request, decision, layers).sentences
