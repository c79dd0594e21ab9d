"""PutBucketWebsite, GetBucketWebsite and DeleteBucketWebsite."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, XmlBody
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.errors import BadArgument, oss_fact
from juyong.services.oss.tables import BucketRow
from juyong.services.oss.website.rules import (
    WEBSITE,
    IncludeHeader,
    NoWebsite,
    RoutingRule,
    WebsiteConfiguration,
)

_STATUSES = (200, 404)
_CODES = (301, 302, 307)
NoMirror = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "Rules of the types Mirror and AliCDN and scripts are not supported: nothing is fetched from"
    " elsewhere, there is no CDN, and no program runs in a rule.",
    why="A rule would fetch objects from elsewhere, have a CDN do so, or run a script.",
)


@on_bucket("PutBucketWebsite", "PUT", "website", raises=(BadArgument, NoMirror))
def put_bucket_website(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        WebsiteConfiguration,
        XmlBody("WebsiteConfiguration"),
        Doc("An index document, an error document, up to 20 rules, or several of them."),
    ],
) -> None:
    """Show a bucket as a web site to browsers that call without a signature.

    Pages are shown under the bucket's own host name, and are judged as GetObject is. A bucket at
    the platform's own address is never a web site.

    Source: OSS API reference, PutBucketWebsite (documented). Assumed: the code for what does not
    fit together.
    """
    rules = configuration.rules
    if not (configuration.index_document or configuration.error_document or rules):
        raise BadArgument(ArgumentName="WebsiteConfiguration")
    error = configuration.error_document
    if error and error.http_status and error.http_status not in _STATUSES:
        raise BadArgument(ArgumentName="HttpStatus", ArgumentValue=str(error.http_status))
    for rule in rules:
        _check(rule)
    if len({rule.rule_number for rule in rules}) < len(rules):
        raise BadArgument(ArgumentName="RuleNumber")
    keep(ctx, bucket, WEBSITE, configuration.without_scripts())


def _check(rule: RoutingRule) -> None:
    to = rule.redirect
    if to.redirect_type in ("Mirror", "AliCDN") or (rule.lua_config and rule.lua_config.script):
        raise NoMirror
    replaces = to.replace_key_prefix_with is not msgspec.UNSET or to.enable_replace_prefix is True
    if to.replace_key_with is not msgspec.UNSET and replaces:
        raise BadArgument(ArgumentName="ReplaceKeyWith")
    if rule.status not in _CODES:
        raise BadArgument(ArgumentName="HttpRedirectCode", ArgumentValue=str(rule.status))
    for header in rule.condition.include_header:
        if not _wants(header):
            raise BadArgument(ArgumentName="IncludeHeader", ArgumentValue=header.key)


def _wants(header: IncludeHeader) -> bool:
    return bool(header.equals or header.starts_with or header.ends_with)


@on_bucket("GetBucketWebsite", "GET", "website", raises=(NoWebsite,), root="WebsiteConfiguration")
def get_bucket_website(ctx: Context, bucket: BucketRow) -> WebsiteConfiguration:
    """Return what browsers are shown of a bucket."""
    return WEBSITE.needed(ctx.tx, bucket)


@on_bucket("DeleteBucketWebsite", "DELETE", "website")
def delete_bucket_website(ctx: Context, bucket: BucketRow) -> None:
    """Show a bucket as a web site no longer; harmless where it is none."""
    drop(ctx, bucket, WEBSITE.kind)
