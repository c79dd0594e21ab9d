"""Referers: from which pages the objects of a bucket may be fetched without a signed header.

Source: OSS API reference, PutBucketReferer (documented): who is asked, wildcards, defaults.
"""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, XmlBody
from juyong.api.shape import Shape
from juyong.engines.policy.wildcard import matches
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadArgument, RefererRefused
from juyong.services.oss.tables import BucketRow


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

    def compared(self, page: str) -> str:
        """Return the part of an address that patterns are compared with."""
        if self.truncate_path:
            parts = urlsplit(page)
            return f"{parts.scheme}://{parts.netloc}"
        return page.partition("?")[0] if self.allow_truncate_query_string else page


REFERERS = Setting(
    kind="referer",
    document=RefererConfiguration,
    default=RefererConfiguration(allow_empty_referer=True),
    most=20 * 1024,
)


@on_bucket("PutBucketReferer", "PUT", "referer", raises=(BadArgument,))
def put_bucket_referer(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        RefererConfiguration, XmlBody("RefererConfiguration"), Doc("Which pages.")
    ],
) -> None:
    """Say from which pages the bucket's objects may be fetched."""
    keep(ctx, bucket, REFERERS, configuration)


@on_bucket("GetBucketReferer", "GET", "referer", root="RefererConfiguration")
def get_bucket_referer(ctx: Context, bucket: BucketRow) -> RefererConfiguration:
    """Return from which pages the objects may be fetched; by default from all."""
    return REFERERS.needed(ctx.tx, bucket)


def check_referer(ctx: Context, bucket_name: str, referer: str) -> None:
    """Refuse a call without a signed header that comes from another page.

    Source: OSS API reference, PutBucketReferer (documented in 2021): the black list first, and
    where both lists are empty every page is served.

    Raises:
        RefererRefused: the page is on the black list, or not on a white list.
    """
    rules = REFERERS.held(ctx.tx, bucket_name)
    if rules is None:
        return
    white, black = rules.referer_list.referer, rules.referer_blacklist.referer
    if not (white or black):
        return
    if not referer:
        if not rules.allow_empty_referer:
            raise RefererRefused
        return
    page = rules.compared(referer)
    if _any(black, page) or (white and not _any(white, page)):
        raise RefererRefused


def _any(patterns: list[str], page: str) -> bool:
    return any(matches(pattern, page) for pattern in patterns)
