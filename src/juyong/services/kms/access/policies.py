"""Policies of access points: which keys and secrets, for what, from where."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, page_of
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.kms.access.documents import (
    as_json,
    from_json,
    parse_permissions,
    parse_resources,
    parse_rules,
    rules_json,
)
from juyong.services.kms.access.held import add, every, find
from juyong.services.kms.access.names import (
    Description,
    Name,
    NewDescription,
    ResourceExists,
    ResourceInUse,
    arn_of,
)
from juyong.services.kms.access.tables import AccessPointRow, AccessPolicyRow, NetworkRuleRow
from juyong.services.kms.errors import InvalidParameter, LimitExceeded, NoInstance, NoResource
from juyong.services.kms.instances import InstanceId, find_instance
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import CREATE_KEY as WRITES
from juyong.services.kms.rates import KEY_READS as READS
from juyong.store.inventory import Change

RESOURCE = "ACS::KMS::Policy"
Document = Annotated[str, Text(2, 32_768), Doc("As for CreatePolicy.")]
_ONE = acs("kms", "policy/{name}", regional=True)
_ALL = acs("kms", "policy", regional=True)
SHARED = "shared"


class NewPolicy(Shape, frozen=True, kw_only=True):
    """A policy as CreatePolicy returns it, its lists as JSON texts."""

    arn: str
    name: str
    kms_instance: str
    permissions: str
    resources: str
    access_control_rules: str
    description: str


class PolicyState(Shape, frozen=True, kw_only=True):
    """A policy as DescribePolicy shows it, and as snapshots keep it."""

    arn: str
    name: str
    kms_instance: str
    permissions: list[str]
    resources: list[str]
    access_control_rules: str
    description: str


class ListedPolicy(Shape, frozen=True, kw_only=True):
    """A policy in a list."""

    name: str


class PolicyList(Shape, frozen=True, kw_only=True):
    """The wrapper around the list."""

    policy: list[ListedPolicy]


class ListPoliciesAnswer(NumberedPage, frozen=True, kw_only=True):
    """A page of policies."""

    policies: PolicyList


@operation(
    KMS,
    "CreatePolicy",
    resource=_ONE,
    raises=(InvalidParameter, NoInstance, NoResource, ResourceExists, LimitExceeded),
    rate=WRITES,
)
def create_policy(
    ctx: Context,
    *,
    name: Name,
    kms_instance: InstanceId | None = None,
    permissions: Document,
    resources: Document,
    access_control_rules: Document = "{}",
    description: Description = "",
) -> NewPolicy:
    """Say what access points may do with keys and secrets.

    Args:
        name: Unique in the account and region.
        kms_instance: The instance it is for; `shared` is the shared gateway, which takes no client
            keys here, so that such a policy allows nothing at an instance.
        permissions: JSON list of `RbacPermission/Template/CryptoServiceKeyUser` and
            `RbacPermission/Template/CryptoServiceSecretUser`.
        resources: JSON list of `key/<id>`, `key/*`, `secret/<name>`, `secret/*`; at most 100.
        access_control_rules: JSON, `{"NetworkRules":["…"]}`; at most 40.

    Returns:
        The policy.

    Source: KMS API reference, CreatePolicy (documented). Keys and secrets need not exist (assumed);
        `shared` (observed in the Terraform provider's example).
    """
    if kms_instance not in (None, SHARED):
        find_instance(ctx, kms_instance)
    row = AccessPolicyRow(
        account_id=ctx.account_id,
        region=ctx.region,
        name=name,
        instance_id=kms_instance or "",
        permissions=as_json(parse_permissions(permissions)),
        resources=as_json(parse_resources(resources)),
        rules=_rules(ctx, access_control_rules),
        description=description,
    )
    add(ctx, row, "kms.access-policies")
    state = _note(ctx, row, "created")
    return NewPolicy(
        arn=state.arn,
        name=row.name,
        kms_instance=row.instance_id,
        permissions=row.permissions,
        resources=row.resources,
        access_control_rules=state.access_control_rules,
        description=row.description,
    )


@operation(KMS, "UpdatePolicy", resource=_ONE, raises=(InvalidParameter, NoResource), rate=WRITES)
def update_policy(
    ctx: Context,
    *,
    name: Name,
    permissions: Document | None = None,
    resources: Document | None = None,
    access_control_rules: Document | None = None,
    description: NewDescription | None = None,
) -> Empty:
    """Change a policy; what is not given stays.

    Args:
        name: The policy.

    Source: KMS API reference, UpdatePolicy (documented).
    """
    row = find(ctx, AccessPolicyRow, name)
    changes: dict[str, str] = {}
    if permissions is not None:
        changes["permissions"] = as_json(parse_permissions(permissions))
    if resources is not None:
        changes["resources"] = as_json(parse_resources(resources))
    if access_control_rules is not None:
        changes["rules"] = _rules(ctx, access_control_rules)
    if description is not None:
        changes["description"] = description
    _note(ctx, ctx.tx.update(row, **changes), "updated")
    return Empty()


@operation(KMS, "DescribePolicy", resource=_ONE, raises=(NoResource,), rate=READS, reads_only=True)
def describe_policy(ctx: Context, *, name: Name) -> PolicyState:
    """Return a policy.

    Args:
        name: The policy.

    Returns:
        The policy.

    Source: KMS API reference, DescribePolicy (documented).
    """
    row = find(ctx, AccessPolicyRow, name)
    ctx.journal.refer(RESOURCE, row.name)
    return _state(ctx, row)


@operation(KMS, "ListPolicies", resource=_ALL, rate=READS, reads_only=True, scans=True)
def list_policies(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> ListPoliciesAnswer:
    """List the policies of the account in the region, by name.

    Returns:
        A page of policies.

    Cost: all policies of the account in the region are read.
    Source: KMS API reference, ListPolicies (documented); the order (assumed).
    """
    rows = every(ctx, AccessPolicyRow)
    return ListPoliciesAnswer(
        policies=PolicyList(
            policy=[ListedPolicy(name=row.name) for row in page_of(rows, page_number, page_size)]
        ),
        page_number=page_number,
        page_size=page_size,
        total_count=len(rows),
    )


@operation(KMS, "DeletePolicy", resource=_ONE, raises=(NoResource, ResourceInUse), rate=WRITES)
def delete_policy(ctx: Context, *, name: Name) -> Empty:
    """Delete a policy that no access point has.

    Args:
        name: The policy.

    Source: KMS API reference, DeletePolicy (documented); the refusal's code (assumed).
    """
    row = find(ctx, AccessPolicyRow, name)
    points = every(ctx, AccessPointRow)
    if any(row.name in from_json(point.policies) for point in points):
        raise ResourceInUse
    ctx.tx.delete(row)
    _note(ctx, row, "deleted")
    return Empty()


def _rules(ctx: Context, text: str) -> str:
    names = parse_rules(text)
    for name in names:
        find(ctx, NetworkRuleRow, name)
    return as_json(names)


def _state(ctx: Context, row: AccessPolicyRow) -> PolicyState:
    return PolicyState(
        arn=arn_of(ctx, f"policy/{row.name}"),
        name=row.name,
        kms_instance=row.instance_id,
        permissions=from_json(row.permissions),
        resources=from_json(row.resources),
        access_control_rules=rules_json(from_json(row.rules)),
        description=row.description,
    )


def _note(ctx: Context, row: AccessPolicyRow, change: Change) -> PolicyState:
    state = _state(ctx, row)
    ctx.journal.record(change, RESOURCE, row.name, row.name, state)
    return state
