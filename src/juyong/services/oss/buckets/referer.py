"""Referers: from which pages the objects of a bucket may be fetched without a signed header.

Source: OSS API reference, PutBucketReferer (documented): who is asked, wildcards, defaults.
"""

from typing import Annotated

import msgspec

from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.fields import Doc, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.shape import Shape
from juyong.engines.policy.wildcard import matches
from juyong.services.oss.buckets.bucket import ONE_BUCKET
from juyong.services.oss.buckets.settings import held, keep
from juyong.services.oss.errors import RefererRefused
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow

KIND = "referer"


class Referers(Shape, frozen=True, kw_only=True):
    """Patterns of addresses, `*` for any text and `?` for any letter."""

    referer: list[str] = msgspec.field(default_factory=list)


class RefererConfiguration(Shape, frozen=True, kw_only=True):
    """Which referers are served."""

    allow_empty_referer: bool
    allow_truncate_query_string: bool = True
    truncate_path: bool = False
    referer_list: Referers = msgspec.field(default_factory=Referers)
    referer_blacklist: Referers = msgspec.field(default_factory=Referers)


EVERYBODY = RefererConfiguration(allow_empty_referer=True)


@operation(
    OSS,
    "PutBucketReferer",
    on=ONE_BUCKET,
    entry=Entry.OPEN,
    route=Route(method="PUT", path="/{bucket}", marks="referer"),
)
def put_bucket_referer(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        RefererConfiguration, XmlBody("RefererConfiguration"), Doc("Which pages.")
    ],
) -> None:
    """Say from which pages the bucket's objects may be fetched."""
    keep(ctx, bucket, KIND, configuration)


@operation(
    OSS,
    "GetBucketReferer",
    on=ONE_BUCKET,
    entry=Entry.OPEN,
    route=Route(method="GET", path="/{bucket}", marks="referer"),
    root="RefererConfiguration",
    reads_only=True,
)
def get_bucket_referer(ctx: Context, bucket: BucketRow) -> RefererConfiguration:
    """Return from which pages the objects may be fetched; by default from all."""
    return held(ctx, bucket.bucket_name, RefererConfiguration, KIND) or EVERYBODY


def check_referer(ctx: Context, bucket_name: str, referer: str) -> None:
    """Refuse a call without a signed header that comes from another page.

    Raises:
        RefererRefused: the page is on the black list, or not on a white list.
    """
    rules = held(ctx, bucket_name, RefererConfiguration, KIND)
    if rules is None:
        return
    if not referer:
        if not rules.allow_empty_referer and rules.referer_list.referer:
            raise RefererRefused
        return
    page = referer.partition("?")[0] if rules.allow_truncate_query_string else referer
    listed = rules.referer_list.referer
    if _any(rules.referer_blacklist.referer, page) or (listed and not _any(listed, page)):
        raise RefererRefused


def _any(patterns: list[str], page: str) -> bool:
    return any(matches(pattern, page) for pattern in patterns)
