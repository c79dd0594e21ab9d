"""Bucket policies from outside: stored or refused, and what is stored decides without error."""

from msgspec.structs import replace

from juyong.api.access import compile_target
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.engines.policy import Layers, PolicySet, Principal, PrincipalKind, Request, authorise
from juyong.services.oss.buckets.errors import MalformedPolicy
from juyong.services.oss.buckets.grammar import checked, in_force, makes_public
from juyong.services.oss.buckets.policy import target_of
from juyong.services.oss.tables import BucketRow

BUCKET = BucketRow(
    bucket_name="bucket-1",
    account_id=AccountId("1"),
    region="cn-hangzhou",
    storage_class="Standard",
    redundancy="LRS",
    created_at=Instant(0),
)
_STATEMENT = (
    b'{"Version":"1","Statement":[{"Effect":"%s","Action":["oss:GetObject"],"Principal":[%s],'
    b'"Resource":["acs:oss:*:*:bucket-1","acs:oss:*:1:bucket-1/*"]%s}]}'
)
SEEDS: list[bytes] = [
    _STATEMENT % (b"Allow", b'"*"', b""),
    _STATEMENT % (b"Deny", b"", b',"Sid":"x"'),
    _STATEMENT % (b"Allow", b'"2","arn:sts::1:assumed-role/r/*"', b""),
    _STATEMENT % (b"Allow", b'"*"', b',"Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}'),
    _STATEMENT % (b"Allow", b'"*"', b',"Condition":{"StringLike":{"oss:Prefix":["a/*"]}}'),
    b'{"Version":"1","Statement":[{"Principal":[{}],"Resource":"acs:oss:::bucket-1"}]}',
    b'{"Version":1e999,"Statement":[[[[[[[[[[[[]]]]]]]]]]]]}',
    b'{"Version":"1","Version":"\\ud800","Statement":NaN}',
    b"",
]
_CALLERS = (
    Principal(arn="", account_id="", kind=PrincipalKind.ANONYMOUS),
    Principal(arn="acs:ram::2:root", account_id="2", kind=PrincipalKind.ROOT, principal_id="2"),
    Principal(arn="acs:ram::1:user/u", account_id="1", kind=PrincipalKind.USER, principal_id="3"),
)


def target(data: bytes) -> None:
    """Read a policy; one that is stored is blocked as far as it is public, and decides."""
    try:
        policy = checked(data, BUCKET)
    except MalformedPolicy:
        return
    assert policy.encode() == data
    public = makes_public(policy)
    assert public == (len(in_force(policy, blocked=True)) < len(in_force(policy, blocked=False)))
    bucket = replace(BUCKET, policy=policy)
    for blocked in (False, True):
        own = compile_target(target_of(bucket, "private", blocked=blocked))
        layers = Layers(identity=PolicySet(), resource=own)
        for who in _CALLERS:
            request = Request(
                action="oss:GetObject", resource="acs:oss:cn-hangzhou:1:bucket-1/k", principal=who
            )
            decision = authorise(request, layers, shared=True)
            if decision.allowed and who.kind is PrincipalKind.ANONYMOUS:
                assert public
                assert not blocked
