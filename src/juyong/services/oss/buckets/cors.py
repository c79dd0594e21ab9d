"""Cross-origin rules: which pages of other origins may use a bucket from a browser.

Source: OSS API reference, PutBucketCors, OptionObject (documented); when browsers ask about a form:
the Fetch standard (documented).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.access import Entry
from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.fields import Doc, Header, Items, OneOf, XmlBody
from juyong.api.operation import Route, operation
from juyong.api.resource import Target
from juyong.api.shape import Shape
from juyong.engines.policy.wildcard import matches
from juyong.services.oss.buckets.bucket import NOT_HERE, the_bucket
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadArgument, oss_fact
from juyong.services.oss.fields import BucketName, ObjectKey
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow

METHODS = ("GET", "PUT", "DELETE", "POST", "HEAD")
NoCors = oss_fact(
    "NoSuchCORSConfiguration",
    404,
    "0015-00000601",
    "The CORS Configuration does not exist.",
    why="The bucket has no cross-origin rules (EC assumed).",
)
OriginRefused = oss_fact(
    "AccessForbidden",
    403,
    "0015-00000602",
    "CORSResponse: This CORS request is not allowed.",
    why="No rule allows the origin, the method and all headers (EC assumed).",
)


class CorsRule(Shape, frozen=True, kw_only=True):
    """One rule; the first that matches counts."""

    allowed_origin: Annotated[list[str], Items(1, 100)]
    allowed_method: Annotated[list[Annotated[str, OneOf(METHODS)]], Items(1, 5)]
    allowed_header: list[str] = msgspec.field(default_factory=list)
    expose_header: list[str] = msgspec.field(default_factory=list)
    max_age_seconds: int | msgspec.UnsetType = msgspec.UNSET

    def admits(self, origin: str, method: str, headers: list[str]) -> bool:
        """Tell whether a page of an origin may send a request."""
        return (
            method in self.allowed_method
            and any(matches(each, origin) for each in self.allowed_origin)
            and all(
                any(matches(each.lower(), header) for each in self.allowed_header)
                for header in headers
            )
        )


class CorsConfiguration(Shape, frozen=True, kw_only=True):
    """The cross-origin rules of a bucket."""

    cors_rule: Annotated[list[CorsRule], Items(1, 10)] = msgspec.field(name="CORSRule")
    response_vary: bool = False


CORS = Setting(kind="cors", document=CorsConfiguration, missing=NoCors, most=16 * 1024)


@on_bucket("PutBucketCors", "PUT", "cors", raises=(BadArgument,))
def put_bucket_cors(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        CorsConfiguration, XmlBody("CORSConfiguration"), Doc("1 to 10 rules.")
    ],
) -> None:
    """Set the cross-origin rules of a bucket; `*` stands at most once in a value."""
    for rule in configuration.cors_rule:
        texts = (*rule.allowed_origin, *rule.allowed_header)
        if any(text.count("*") > 1 for text in texts) or "*" in "".join(rule.expose_header):
            raise BadArgument(ArgumentName="CORSRule")
    keep(ctx, bucket, CORS, configuration)


@on_bucket("GetBucketCors", "GET", "cors", raises=(NoCors,), root="CORSConfiguration")
def get_bucket_cors(ctx: Context, bucket: BucketRow) -> CorsConfiguration:
    """Return the cross-origin rules."""
    return CORS.needed(ctx.tx, bucket)


@on_bucket("DeleteBucketCors", "DELETE", "cors")
def delete_bucket_cors(ctx: Context, bucket: BucketRow) -> None:
    """Delete the cross-origin rules."""
    drop(ctx, bucket, CORS.kind)


def _anybody(**parameters: Any) -> Target[BucketRow]:
    """Return a bucket about which a browser asks, named by these parameters."""
    return Target(
        parameters=parameters,
        arn=lambda _ctx, _arguments: (),
        find=lambda ctx, arguments: the_bucket(ctx, arguments["bucket"]),
        errors=NOT_HERE,
    )


@operation(
    OSS,
    "OptionBucket",
    on=_anybody(bucket=BucketName),
    entry=Entry.ANONYMOUS,
    audit="data",
    route=Route(method="OPTIONS", path="/{bucket}"),
    raises=(OriginRefused,),
    reads_only=True,
)
@operation(
    OSS,
    "OptionObject",
    on=_anybody(bucket=BucketName, key=ObjectKey),
    entry=Entry.ANONYMOUS,
    audit="data",
    route=Route(method="OPTIONS", path="/{bucket}/{key+}"),
    raises=(OriginRefused,),
    reads_only=True,
)
def option_object(
    ctx: Context,
    bucket: BucketRow,
    *,
    origin: Annotated[str, Header("Origin"), Doc("The page's origin.")] = "",
    method: Annotated[
        str, Header("Access-Control-Request-Method"), Doc("The method it will use.")
    ] = "",
    headers: Annotated[
        str, Header("Access-Control-Request-Headers"), Doc("The headers it will send.")
    ] = "",
) -> RawAnswer:
    """Tell a browser whether a page of another origin may send a request.

    OptionBucket is asked before a page posts a form, where the page watches how much was sent. Its
    name is assumed: the reference has none.
    """
    wanted = [each.strip().lower() for each in headers.split(",") if each.strip()]
    found = rule_for(ctx, bucket.bucket_name, origin, method, wanted)
    if found is None:
        raise OriginRefused
    told = {
        **allowed(found, origin),
        "Access-Control-Allow-Methods": ", ".join(found.allowed_method),
    }
    if wanted:
        told["Access-Control-Allow-Headers"] = ", ".join(wanted)
    if found.max_age_seconds is not msgspec.UNSET:
        told["Access-Control-Max-Age"] = str(found.max_age_seconds)
    return RawAnswer(headers=told, content_type="application/xml")


def rule_for(
    ctx: Context, bucket_name: str, origin: str, method: str, headers: list[str]
) -> CorsRule | None:
    """Return the first rule that admits a request, or None."""
    rules = CORS.held(ctx.tx, bucket_name)
    if rules is None or not origin:
        return None
    return next((each for each in rules.cors_rule if each.admits(origin, method, headers)), None)


def headers_for(ctx: Context, bucket_name: str, origin: str, method: str) -> dict[str, str]:
    """Return what lets a page of an origin read the answer to a request; nothing without a rule."""
    rules = CORS.held(ctx.tx, bucket_name)
    found = rule_for(ctx, bucket_name, origin, method, [])
    if found is not None:
        return allowed(found, origin)
    return {"Vary": "Origin"} if rules is not None and rules.response_vary else {}


def allowed(rule: CorsRule, origin: str) -> dict[str, str]:
    """Return the headers by which a browser lets a page read an answer."""
    found = {"Access-Control-Allow-Origin": "*" if "*" in rule.allowed_origin else origin}
    if rule.expose_header:
        found["Access-Control-Expose-Headers"] = ", ".join(rule.expose_header)
    return {**found, "Vary": "Origin"}
