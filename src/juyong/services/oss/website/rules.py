"""A bucket's web site as calls bring and take it, and what its rules do with a request.

Source: OSS API reference, PutBucketWebsite (documented): index and error documents, conditions of
rules, their order, what stands in Location. `Internal` (observed in oss2).
"""

from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from juyong.api.fields import Between, Items, OneOf, Pattern, Text
from juyong.api.shape import Shape
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import oss_fact

Flag = bool | msgspec.UnsetType
Word = Annotated[str, Text(1, 1024)] | msgspec.UnsetType
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HostName = Annotated[str, Text(1, 253), Pattern(rf"({_LABEL}\.)*{_LABEL}(:[0-9]{{1,5}})?")]
_FOUND = 302


class IndexDocument(Shape, frozen=True, kw_only=True):
    """The page of a folder.

    support_sub_dir: A folder shows its own page; else every folder shows that of the root. type:
    What a missing object shows whose folder has a page: `0` sends the browser to the folder, `1` is
    an error, `2` shows the page.
    """

    suffix: Annotated[str, Text(1, 255), Pattern("[^/]+")]
    support_sub_dir: Flag = msgspec.UNSET
    type: Annotated[int, Between(0, 2)] | msgspec.UnsetType = msgspec.UNSET

    def of_folder(self, key: str) -> str:
        """Return the key of a folder's page; key: Empty, or ends with a slash."""
        return f"{key}{self.suffix}" if self.support_sub_dir is True else self.suffix


class ErrorDocument(Shape, frozen=True, kw_only=True):
    """The page that is shown for a missing object, and its status."""

    key: Annotated[str, Text(1, 1023), Pattern(r"[^/\\](.|\n)*")]
    http_status: Annotated[int, Between(200, 404)] | msgspec.UnsetType = msgspec.UNSET


class IncludeHeader(Shape, frozen=True, kw_only=True):
    """A header that a request must have."""

    key: Annotated[str, Text(1, 1024), Pattern("[A-Za-z0-9-]+")]
    equals: Word = msgspec.UNSET
    starts_with: Word = msgspec.UNSET
    ends_with: Word = msgspec.UNSET

    def met_by(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request has the header as wanted; headers: Names in small letters."""
        value = headers.get(self.key.lower())
        return (
            value is not None
            and self.equals in (msgspec.UNSET, value)
            and (self.starts_with is msgspec.UNSET or value.startswith(self.starts_with))
            and (self.ends_with is msgspec.UNSET or value.endswith(self.ends_with))
        )


class Condition(Shape, frozen=True, kw_only=True):
    """The requests of a rule: those that meet all of it."""

    key_prefix_equals: Annotated[str, Text(0, 1023)] | msgspec.UnsetType = msgspec.UNSET
    key_suffix_equals: Annotated[str, Text(0, 1023)] | msgspec.UnsetType = msgspec.UNSET
    http_error_code_returned_equals: Annotated[int, Between(400, 599)] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    include_header: Annotated[list[IncludeHeader], Items(0, 10)] = msgspec.field(
        default_factory=list
    )

    def met_by(self, key: str, headers: Mapping[str, str]) -> bool:
        """Tell whether a request meets what does not depend on the answer to it."""
        return (
            key.startswith(self.key_prefix_equals or "")
            and key.endswith(self.key_suffix_equals or "")
            and all(each.met_by(headers) for each in self.include_header)
        )


class Redirect(Shape, frozen=True, kw_only=True):
    """The place that a rule sends a request to.

    redirect_type: `External` tells the browser; `Internal` shows another object of the bucket.
    replace_key_with: `${key}` in it is the key. replace_key_prefix_with: In the place of the
    prefix of the condition. enable_replace_prefix: Without the former, the prefix is cut off.
    """

    redirect_type: Annotated[str, OneOf(("Mirror", "External", "Internal", "AliCDN"))]
    pass_query_string: Flag = msgspec.UNSET
    protocol: Annotated[str, OneOf(("http", "https"))] | msgspec.UnsetType = msgspec.UNSET
    host_name: HostName | msgspec.UnsetType = msgspec.UNSET
    http_redirect_code: Annotated[int, Between(301, 307)] | msgspec.UnsetType = msgspec.UNSET
    replace_key_with: Word = msgspec.UNSET
    replace_key_prefix_with: Annotated[str, Text(0, 1023)] | msgspec.UnsetType = msgspec.UNSET
    enable_replace_prefix: Flag = msgspec.UNSET


class Script(Shape, frozen=True, kw_only=True):
    """A program that a rule would run."""

    script: str = ""


class RoutingRule(Shape, frozen=True, kw_only=True):
    """One rule: which requests, and where they are sent."""

    rule_number: Annotated[int, Between(1, 2**31)]
    condition: Condition
    redirect: Redirect
    lua_config: Script | msgspec.UnsetType = msgspec.UNSET

    @property
    def status(self) -> int:
        """The status of the answer that sends a browser elsewhere."""
        code = self.redirect.http_redirect_code
        return _FOUND if code is msgspec.UNSET else code

    def key_for(self, key: str) -> str:
        """Return the key that the rule means in the place of one that meets the condition."""
        to = self.redirect
        rest = key.removeprefix(self.condition.key_prefix_equals or "")
        if to.replace_key_with is not msgspec.UNSET:
            return to.replace_key_with.replace("${key}", key)
        if to.replace_key_prefix_with is not msgspec.UNSET:
            return to.replace_key_prefix_with + rest
        return rest if to.enable_replace_prefix is True else key

    def location(self, scheme: str, host: str, key: str, query: str) -> str:
        """Return the address that the rule sends a browser to.

        Args:
            scheme: Of the request, `http` or `https`.
            host: The host header.
            key: The key that was asked for.
            query: As on the wire.
        """
        to = self.redirect
        place = quote(self.key_for(key), safe="/~")
        found = f"{to.protocol or scheme}://{to.host_name or host}/{place}"
        return f"{found}?{query}" if to.pass_query_string is True and query else found


class RoutingRules(Shape, frozen=True, kw_only=True):
    """The rules; the first by number that a request meets counts."""

    routing_rule: Annotated[list[RoutingRule], Items(0, 20)] = msgspec.field(default_factory=list)


class WebsiteConfiguration(Shape, frozen=True, kw_only=True):
    """The pages that a browser is shown of a bucket."""

    index_document: IndexDocument | msgspec.UnsetType = msgspec.UNSET
    error_document: ErrorDocument | msgspec.UnsetType = msgspec.UNSET
    routing_rules: RoutingRules | msgspec.UnsetType = msgspec.UNSET

    @property
    def rules(self) -> list[RoutingRule]:
        """The rules in their order."""
        given = self.routing_rules.routing_rule if self.routing_rules else []
        return sorted(given, key=lambda rule: rule.rule_number)

    def without_scripts(self) -> Self:
        """Return the site without the empty scripts that Terraform's provider sends."""
        if not self.routing_rules:
            return self
        kept = [replace(rule, lua_config=msgspec.UNSET) for rule in self.routing_rules.routing_rule]
        return replace(self, routing_rules=RoutingRules(routing_rule=kept))


NoWebsite = oss_fact(
    "NoSuchWebsiteConfiguration",
    404,
    "0015-00000701",
    "The specified bucket does not have a website configuration.",
    why="The bucket is no web site (EC assumed).",
)
WEBSITE = Setting(kind="website", document=WebsiteConfiguration, missing=NoWebsite)
