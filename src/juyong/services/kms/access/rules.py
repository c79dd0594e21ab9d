"""Network rules: addresses under a name, which policies refer to."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Raises, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.access.documents import parse_sources
from juyong.services.kms.access.names import Name, NewName, ResourceInUse, named
from juyong.services.kms.access.tables import AccessPolicyRow, NetworkRuleRow
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS, Description, NewDescription
from juyong.services.kms.shown import Optional, if_set

Sources = Annotated[
    str,
    Text(1, 8192),
    Raises((InvalidParameter,)),
    Doc("Addresses and networks, as a JSON list or with commas between."),
]
Kind = Annotated[str, Of("kind")]


class RuleState(Shape, frozen=True, kw_only=True):
    """A network rule as DescribeNetworkRule shows it."""

    arn: str
    type: Kind
    source_private_ip: Annotated[Optional, Of("sources", if_set())] = msgspec.UNSET
    description: str


class NewRule(RuleState, frozen=True, kw_only=True):
    """A network rule as CreateNetworkRule returns it, and as the inventory keeps it."""

    name: str


class ListedRule(Shape, frozen=True, kw_only=True):
    """A network rule in a list."""

    name: str
    type: Kind


RULE = named(NetworkRuleRow, "NetworkRule", "kms.network-rules", state=NewRule)
ONE, ALL = RULE.by(name=Name), acs("kms", "network", regional=True)


@operation(KMS, "CreateNetworkRule", on=RULE.new, resource=ONE.arn, rate=CREATE_KEY)
def create_network_rule(
    ctx: Context,
    *,
    name: NewName,
    type: Annotated[str, OneOf(("Private",)), Doc("`Private`.")],
    source_private_ip: Sources | None = None,
    description: Description = "",
) -> NewRule:
    """Give addresses a name."""
    sources = _checked(source_private_ip) or ""
    row = RULE.create(ctx, name=name, kind=type, sources=sources, description=description)
    return NewRule.of(row)


@operation(KMS, "UpdateNetworkRule", on=ONE, rate=CREATE_KEY)
def update_network_rule(
    ctx: Context,
    rule: NetworkRuleRow,
    *,
    source_private_ip: Sources | None = None,
    description: NewDescription | None = None,
) -> None:
    """Change a network rule; what is not given stays."""
    RULE.change(ctx, rule, sources=_checked(source_private_ip), description=description)


def _checked(sources: str | None) -> str | None:
    """Refuse a text that is no list of addresses; a row keeps the text as the caller wrote it."""
    if sources is not None:
        parse_sources(sources)
    return sources


@operation(KMS, "DescribeNetworkRule", on=ONE, **READS)
def describe_network_rule(_ctx: Context, rule: NetworkRuleRow) -> RuleState:
    """Return a network rule."""
    return RuleState.of(rule)


@operation(KMS, "ListNetworkRules", resource=ALL, answers="NetworkRules.NetworkRule", **LISTS)
def list_network_rules(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Listing[ListedRule, NumberedPage]:
    """List the network rules of the account in the region, by name (assumed)."""
    return numbered(RULE.every(ctx), page_number, page_size).map(ListedRule.of)


@operation(KMS, "DeleteNetworkRule", on=ONE, raises=(ResourceInUse,), rate=CREATE_KEY)
def delete_network_rule(ctx: Context, rule: NetworkRuleRow) -> None:
    """Delete a network rule that no policy refers to."""
    RULE.remove_unused(ctx, rule, AccessPolicyRow, "rules")
