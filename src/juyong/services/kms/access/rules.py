"""Network rules: addresses under a name, which policies refer to."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import OneOf, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.access.documents import from_json, parse_sources
from juyong.services.kms.access.held import add, every, find
from juyong.services.kms.access.names import (
    Description,
    Name,
    NewDescription,
    ResourceExists,
    ResourceInUse,
    arn_of,
)
from juyong.services.kms.access.tables import AccessPolicyRow, NetworkRuleRow
from juyong.services.kms.errors import InvalidParameter, LimitExceeded, NoResource
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY as WRITES
from juyong.services.kms.rates import KEY_READS as READS
from juyong.store.inventory import Change

RESOURCE = "ACS::KMS::NetworkRule"
Sources = Annotated[str, Text(1, 8192)]
_ONE = acs("kms", "network/{name}", regional=True)
_ALL = acs("kms", "network", regional=True)


class RuleState(Shape, frozen=True, kw_only=True):
    """A network rule as DescribeNetworkRule shows it."""

    arn: str
    type: str
    source_private_ip: str | msgspec.UnsetType = msgspec.UNSET
    description: str


class NewRule(RuleState, frozen=True, kw_only=True):
    """A network rule as CreateNetworkRule returns it, and as snapshots keep it."""

    name: str


class ListedRule(Shape, frozen=True, kw_only=True):
    """A network rule in a list."""

    name: str
    type: str


class RuleList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    network_rule: list[ListedRule]


class ListRulesAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of network rules."""

    network_rules: RuleList


@operation(
    KMS,
    "CreateNetworkRule",
    resource=_ONE,
    raises=(InvalidParameter, ResourceExists, LimitExceeded),
    rate=WRITES,
)
def create_network_rule(
    ctx: Context,
    *,
    name: Name,
    type: Annotated[str, OneOf(("Private",))],
    source_private_ip: Sources | None = None,
    description: Description = "",
) -> NewRule:
    """Give addresses a name.

    Args:
        name: Unique in the account and region.
        type: `Private`.
        source_private_ip: Addresses and networks, as a JSON list or with commas between.

    Returns:
        The rule.

    Source: KMS API reference, CreateNetworkRule (documented).
    """
    if source_private_ip is not None:
        parse_sources(source_private_ip)
    row = NetworkRuleRow(
        account_id=ctx.account_id,
        region=ctx.region,
        name=name,
        kind=type,
        sources=source_private_ip or "",
        description=description,
    )
    add(ctx, row, "kms.network-rules")
    return _note(ctx, row, "created")


@operation(
    KMS, "UpdateNetworkRule", resource=_ONE, raises=(InvalidParameter, NoResource), rate=WRITES
)
def update_network_rule(
    ctx: Context,
    *,
    name: Name,
    source_private_ip: Sources | None = None,
    description: NewDescription | None = None,
) -> Empty:
    """Change a network rule; what is not given stays.

    Args:
        name: The rule.
        source_private_ip: The addresses and networks it is then for.

    Source: KMS API reference, UpdateNetworkRule (documented).
    """
    row = find(ctx, NetworkRuleRow, name)
    if source_private_ip is not None:
        parse_sources(source_private_ip)
        row = ctx.tx.update(row, sources=source_private_ip)
    if description is not None:
        row = ctx.tx.update(row, description=description)
    _note(ctx, row, "updated")
    return Empty()


@operation(
    KMS, "DescribeNetworkRule", resource=_ONE, raises=(NoResource,), rate=READS, reads_only=True
)
def describe_network_rule(ctx: Context, *, name: Name) -> RuleState:
    """Return a network rule.

    Args:
        name: The rule.

    Returns:
        The rule.

    Source: KMS API reference, DescribeNetworkRule (documented).
    """
    row = find(ctx, NetworkRuleRow, name)
    ctx.journal.refer(RESOURCE, row.name)
    return _state(ctx, row)


@operation(KMS, "ListNetworkRules", resource=_ALL, rate=READS, reads_only=True, scans=True)
def list_network_rules(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> ListRulesAnswer:
    """List the network rules of the account in the region, by name.

    Returns:
        A page of rules.

    Cost: all rules of the account in the region are read.
    Source: KMS API reference, ListNetworkRules (documented); the order (assumed).
    """
    rows = every(ctx, NetworkRuleRow)
    return ListRulesAnswer(
        network_rules=RuleList(
            network_rule=[
                ListedRule(name=row.name, type=row.kind)
                for row in page_of(rows, page_number, page_size)
            ]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(rows),
    )


@operation(KMS, "DeleteNetworkRule", resource=_ONE, raises=(NoResource, ResourceInUse), rate=WRITES)
def delete_network_rule(ctx: Context, *, name: Name) -> Empty:
    """Delete a network rule that no policy refers to.

    Args:
        name: The rule.

    Source: KMS API reference, DeleteNetworkRule (documented); the refusal's code (assumed).
    """
    row = find(ctx, NetworkRuleRow, name)
    policies = every(ctx, AccessPolicyRow)
    if any(row.name in from_json(policy.rules) for policy in policies):
        raise ResourceInUse
    ctx.tx.delete(row)
    _note(ctx, row, "deleted")
    return Empty()


def _state(ctx: Context, row: NetworkRuleRow) -> RuleState:
    return RuleState(
        arn=arn_of(ctx, f"network/{row.name}"),
        type=row.kind,
        source_private_ip=row.sources or msgspec.UNSET,
        description=row.description,
    )


def _note(ctx: Context, row: NetworkRuleRow, change: Change) -> NewRule:
    state = NewRule(name=row.name, **msgspec.structs.asdict(_state(ctx, row)))
    ctx.journal.record(change, RESOURCE, row.name, row.name, state)
    return state
