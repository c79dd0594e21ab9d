"""Policies of access points: permissions on keys and secrets, and the networks they hold for.

Source: KMS API reference, each operation (documented); the order of the list, and the code of the
refusal to delete (assumed).
"""

from collections.abc import Iterable
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.resource import Links
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.access.documents import (
    as_json,
    from_json,
    parse_permissions,
    parse_resources,
    parse_rules,
    rules_json,
)
from juyong.services.kms.access.names import Name, NewName, ResourceInUse, every, named
from juyong.services.kms.access.rules import RULE
from juyong.services.kms.access.tables import AccessPointRow, AccessPolicyRow
from juyong.services.kms.errors import InvalidParameter, NoInstance, NoResource
from juyong.services.kms.instances import InstanceId, find_instance
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS, Description, NewDescription
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

SHARED = "shared"
_TEXT = Text(2, 32_768)
Permissions = Annotated[
    str,
    _TEXT,
    Doc(
        "JSON list of `RbacPermission/Template/CryptoServiceKeyUser` and"
        " `RbacPermission/Template/CryptoServiceSecretUser`."
    ),
]
Resources = Annotated[
    str, _TEXT, Doc("JSON list of `key/<id>`, `key/*`, `secret/<name>`, `secret/*`; at most 100.")
]
Rules = Annotated[str, _TEXT, Doc('JSON, `{"NetworkRules":["…"]}`; at most 40.')]


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
    """A policy as DescribePolicy shows it, and as the inventory keeps it."""

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


def _shown(row: AccessPolicyRow) -> PolicyState:
    return PolicyState(
        arn=POLICY.arn_of(row),
        name=row.name,
        kms_instance=row.instance_id,
        permissions=from_json(row.permissions),
        resources=from_json(row.resources),
        access_control_rules=rules_json(from_json(row.rules)),
        description=row.description,
    )


def _network_rules(_tx: Transaction, row: AccessPolicyRow) -> Iterable[Ref]:
    return (RULE.ref_of(row.account_id, row.region, name) for name in from_json(row.rules))


POLICY = named(
    AccessPolicyRow,
    "Policy",
    "policy/",
    "kms.access-policies",
    state=lambda _tx, row: _shown(row),
    links=(Links("attached-to", _network_rules),),
)
ONE = POLICY.by(name=Name)


@operation(
    KMS,
    "CreatePolicy",
    on=POLICY.new,
    resource=ONE.arn,
    raises=(InvalidParameter, NoInstance, NoResource),
    rate=CREATE_KEY,
)
def create_policy(
    ctx: Context,
    *,
    name: NewName,
    kms_instance: InstanceId | None = None,
    permissions: Permissions,
    resources: Resources,
    access_control_rules: Rules = "{}",
    description: Description = "",
) -> NewPolicy:
    """Create a policy: permissions of access points on keys and secrets.

    Args:
        kms_instance: The instance it is for; `shared` is the shared gateway, which takes no client
            keys here, so that such a policy allows nothing at an instance.

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
    POLICY.add(ctx, row)
    return NewPolicy(
        arn=POLICY.arn_of(row),
        name=row.name,
        kms_instance=row.instance_id,
        permissions=row.permissions,
        resources=row.resources,
        access_control_rules=rules_json(from_json(row.rules)),
        description=row.description,
    )


@operation(KMS, "UpdatePolicy", on=ONE, raises=(InvalidParameter,), rate=CREATE_KEY)
def update_policy(
    ctx: Context,
    policy: AccessPolicyRow,
    *,
    permissions: Permissions | None = None,
    resources: Resources | None = None,
    access_control_rules: Rules | None = None,
    description: NewDescription | None = None,
) -> None:
    """Change a policy; what is not given stays."""
    POLICY.change(
        ctx,
        policy,
        permissions=as_json(parse_permissions(permissions)) if permissions else None,
        resources=as_json(parse_resources(resources)) if resources else None,
        rules=_rules(ctx, access_control_rules) if access_control_rules else None,
        description=description,
    )


def _rules(ctx: Context, text: str) -> str:
    names = parse_rules(text)
    for name in names:
        RULE.the(ctx, name)
    return as_json(names)


@operation(KMS, "DescribePolicy", on=ONE, **READS)
def describe_policy(_ctx: Context, policy: AccessPolicyRow) -> PolicyState:
    """Return a policy."""
    return _shown(policy)


@operation(
    KMS,
    "ListPolicies",
    resource=acs("kms", "policy", regional=True),
    answers="Policies.Policy",
    **LISTS,
)
def list_policies(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Listing[ListedPolicy, NumberedPage]:
    """List the policies of the account in the region, by name."""
    rows = every(ctx, AccessPolicyRow)
    return numbered(rows, page_number, page_size).map(lambda row: ListedPolicy(name=row.name))


@operation(KMS, "DeletePolicy", on=ONE, raises=(ResourceInUse,), rate=CREATE_KEY)
def delete_policy(ctx: Context, policy: AccessPolicyRow) -> None:
    """Delete a policy that no access point has."""
    if any(policy.name in from_json(point.policies) for point in every(ctx, AccessPointRow)):
        raise ResourceInUse
    POLICY.remove(ctx, policy)
