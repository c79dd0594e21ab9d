"""Whole requests of any kind: routed, verified and decoded, or refused with an answer."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from xml.etree import ElementTree as ET

import msgspec
from tests.fuzz.messages import raw_from

from juyong.api import registry
from juyong.api.errors import ApiError, InvalidField, MissingField
from juyong.api.parameters import decode
from juyong.api.request import Raw
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.base.secret import Secret
from juyong.gateway import encode
from juyong.gateway.route import route
from juyong.gateway.stages import Routed

T = TypeVar("T")
NOW = Instant(1_767_225_600)
REQUEST_ID = RequestId("00000000-0000-0000-0000-000000000000")
_V1 = (
    b"AccessKeyId=k&Signature=s&Timestamp=2026-01-01T00:00:00Z&SignatureNonce=n"
    b"&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0"
)
_V3 = (
    b"x-acs-date:2026-01-01T00:00:00Z\nx-acs-content-sha256:00\nauthorization:ACS3-HMAC-SHA256 "
    b"Credential=k,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version,"
    b"Signature=ab"
)
SEEDS: list[bytes] = [
    b"GET /?Action=GetUser&Version=2015-05-01&UserName=alice&" + _V1 + b"\nhost:ram.aliyuncs.com",
    (
        b"POST /\nhost:ram-vpc.cn-hangzhou.aliyuncs.com\n"
        b"content-type:application/x-www-form-urlencoded\n\nAction=TagResources"
        b"&Version=2015-05-01&ResourceType=user&ResourceNames.1=a&Tag.1.Key=k&" + _V1
    ),
    (
        b"POST /?UserName=a\nhost:127.0.0.1:8480\n"
        b"x-acs-action:CreateUser\nx-acs-version:2015-05-01\n" + _V3
    ),
    (
        b"POST /\nhost:ims.aliyuncs.com\nx-acs-action:CreateUser\nx-acs-version:2019-08-15\n"
        b"content-type:application/json\n" + _V3 + b'\n\n{"UserPrincipalName":"a@b"}'
    ),
    (
        b"POST /\nhost:sts.cn-shanghai.aliyuncs.com\n"
        b"content-type:application/x-www-form-urlencoded\n\nAction=AssumeRoleWithSAML"
        b"&Version=2015-04-01&SAMLProviderArn=a&RoleArn=b&SAMLAssertion=c&Format=XML"
    ),
    (
        b"GET /?Action=LookupEvents&Version=2020-07-06&MaxResults=5&LookupAttribute.1.Key=EventName"
        b"&LookupAttribute.1.Value=GetUser&" + _V1 + b"\n"
        b"host:actiontrail.cn-hangzhou.aliyuncs.com"
    ),
    (
        b"GET /functions/x\nhost:fc.aliyuncs.com\ndate:Thu, 01 Jan 2026 00:00:00 GMT\n"
        b"authorization:acs k:s"
    ),
    (
        b"POST /2023-03-30/functions\nhost:fcv3.cn-hangzhou.aliyuncs.com\n"
        b"content-type:application/json\n" + _V3 + b'\n\n{"functionName":"f","runtime":"python3",'
        b'"handler":"index.handler","code":{"zipFile":"UEsFBg=="},"timeout":3,"memorySize":128,'
        b'"environmentVariables":{"A":"1"},"role":"acs:ram::1:role/r"}'
    ),
    (
        b"POST /2021-04-06/services/s%20/functions/%ff/invocations?qualifier=LATEST\n"
        b"host:1234567890123456.cn-hangzhou-internal.fc.aliyuncs.com\n"
        b"x-fc-invocation-type:Async\nx-acs-action:InvokeFunction\n" + _V3 + b"\n\n\xff\x00{"
    ),
    (
        b"PUT /2023-03-30/functions/f?timeout=5\nhost:fc.cn-hangzhou.aliyuncs.com\n"
        b"date:Thu, 01 Jan 2026 00:00:00 GMT\nx-acs-version:2023-03-30\nif-match:x\n"
        b'authorization:acs k:s\n\n{"code":{"ossBucketName":7},"timeout":1e400}'
    ),
    b"BREW /\nhost:ram.aliyuncs.com:80:80",
    (
        b"GET /?Action=DescribeEndpoints&Version=2015-06-12&Id=cn-hangzhou&ServiceCode=ram\n"
        b"host:location-readonly.aliyuncs.com."
    ),
    (
        b"GET /?Action=DescribeDisks&Version=2014-05-26&Format=XML&" + _V1 + b"\n"
        b"host:ecs.aliyuncs.com"
    ),
    b"",
]
registry.load_all()
for each in registry.packages().values():
    asyncio.run(registry.current().refusals(each))
    if each.wire:
        asyncio.run(registry.current().format_of(each))


def target(data: bytes) -> None:
    """Take a message through everything that comes before a caller is known."""
    raw = raw_from(data)
    routed = _attempt(raw, lambda: _routed(raw))
    if routed is None:
        return
    claim = routed.envelope.claim
    if claim is not None:
        _attempt(raw, lambda: claim.check(Secret("secret")))
    _attempt(raw, lambda: _decode(routed))


def _routed(raw: Raw) -> Routed:
    """Route a request; operations and catalogues are loaded, so that nothing is waited for."""
    routing = route(raw, request_id=REQUEST_ID, now=NOW, home_region="cn-hangzhou")
    try:
        routing.send(None)
    except StopIteration as done:
        routed: Routed = done.value
        return routed
    raise AssertionError("the route waits")


def _decode(routed: Routed) -> None:
    dialect = routed.product.dialect
    try:
        decode(routed.operation.fields, routed.envelope.params)
    except MissingField as fact:
        raise dialect.missing_parameter(fact) from fact
    except InvalidField as fact:
        raise dialect.invalid_parameter(fact) from fact


def _attempt(raw: Raw, step: Callable[[], T]) -> T | None:
    """Do a step; a refusal must be one that can be answered, in JSON and in XML."""
    try:
        return step()
    except ApiError as refusal:
        for xml in (False, True):
            answer = encode.refusal_of(refusal, request_id=REQUEST_ID, host=raw.host, xml=xml)
            read = ET.fromstring if xml else msgspec.json.decode  # our own text
            read(answer.body)
            assert 400 <= answer.status < 600
    return None
