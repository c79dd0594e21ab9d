"""Network rules: addresses under a name, which policies refer to.

Source: KMS API reference, each operation (documented); the order of the list, and the code of the
refusal to delete (assumed).
"""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.access.documents import from_json, parse_sources
from juyong.services.kms.access.names import Name, NewName, ResourceInUse, every, named
from juyong.services.kms.access.tables import AccessPolicyRow, NetworkRuleRow
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS, Description, NewDescription

Sources = Annotated[
    str, Text(1, 8192), Doc("Addresses and networks, as a JSON list or with commas between.")
]


class RuleState(Shape, frozen=True, kw_only=True):
    """A network rule as DescribeNetworkRule shows it."""

    arn: str
    type: str
    source_private_ip: str | msgspec.UnsetType = msgspec.UNSET
    description: str


class NewRule(RuleState, frozen=True, kw_only=True):
    """A network rule as CreateNetworkRule returns it, and as the inventory keeps it."""

    name: str


class ListedRule(Shape, frozen=True, kw_only=True):
    """A network rule in a list."""

    name: str
    type: str


def _shown(row: NetworkRuleRow) -> NewRule:
    return NewRule(
        arn=RULE.arn_of(row),
        name=row.name,
        type=row.kind,
        source_private_ip=row.sources or msgspec.UNSET,
        description=row.description,
    )


RULE = named(
    NetworkRuleRow,
    "NetworkRule",
    "network/",
    "kms.network-rules",
    state=lambda _tx, row: _shown(row),
)
ONE = RULE.by(name=Name)


@operation(
    KMS,
    "CreateNetworkRule",
    on=RULE.new,
    resource=ONE.arn,
    raises=(InvalidParameter,),
    rate=CREATE_KEY,
)
def create_network_rule(
    ctx: Context,
    *,
    name: NewName,
    type: Annotated[str, OneOf(("Private",)), Doc("`Private`.")],
    source_private_ip: Sources | None = None,
    description: Description = "",
) -> NewRule:
    """Give addresses a name."""
    row = NetworkRuleRow(
        account_id=ctx.account_id,
        region=ctx.region,
        name=name,
        kind=type,
        sources=_checked(source_private_ip) or "",
        description=description,
    )
    return _shown(RULE.add(ctx, row))


@operation(KMS, "UpdateNetworkRule", on=ONE, raises=(InvalidParameter,), rate=CREATE_KEY)
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
    shown = _shown(rule)
    return RuleState(
        arn=shown.arn,
        type=shown.type,
        source_private_ip=shown.source_private_ip,
        description=shown.description,
    )


@operation(
    KMS,
    "ListNetworkRules",
    resource=acs("kms", "network", regional=True),
    answers="NetworkRules.NetworkRule",
    **LISTS,
)
def list_network_rules(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Listing[ListedRule, NumberedPage]:
    """List the network rules of the account in the region, by name."""
    rows = every(ctx, NetworkRuleRow)
    return numbered(rows, page_number, page_size).map(
        lambda row: ListedRule(name=row.name, type=row.kind)
    )


@operation(KMS, "DeleteNetworkRule", on=ONE, raises=(ResourceInUse,), rate=CREATE_KEY)
def delete_network_rule(ctx: Context, rule: NetworkRuleRow) -> None:
    """Delete a network rule that no policy refers to."""
    if any(rule.name in from_json(policy.rules) for policy in every(ctx, AccessPolicyRow)):
        raise ResourceInUse
    RULE.remove(ctx, rule)
