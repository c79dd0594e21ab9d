"""Policies of access points: permissions on keys and secrets, and the networks they hold for."""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Raises, Text
from juyong.api.listing import NumberedPage, PageNumber, PageSize, numbered
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.services.kms.access import documents
from juyong.services.kms.access.names import Name, NewName, ResourceInUse, named
from juyong.services.kms.access.rules import RULE
from juyong.services.kms.access.tables import AccessPointRow, AccessPolicyRow
from juyong.services.kms.errors import InvalidParameter, NoResource
from juyong.services.kms.instances import InstanceId, find_instance
from juyong.services.kms.product import CREATE_KEY, KMS, LISTS, READS, Description, NewDescription

SHARED = "shared"
_Text = Annotated[str, Text(2, 32_768), Raises((InvalidParameter,))]
Permissions = Annotated[
    _Text,
    Doc(
        "JSON list of `RbacPermission/Template/CryptoServiceKeyUser` and"
        " `RbacPermission/Template/CryptoServiceSecretUser`."
    ),
]
Resources = Annotated[
    _Text, Doc("JSON list of `key/<id>`, `key/*`, `secret/<name>`, `secret/*`; at most 100.")
]
Rules = Annotated[_Text, Raises((NoResource,)), Doc('JSON, `{"NetworkRules":["…"]}`; at most 40.')]
Texts = Annotated[list[str], Of(through=documents.from_json)]


class ListedPolicy(Shape, frozen=True, kw_only=True):
    """A policy in a list."""

    name: str


class _Policy(ListedPolicy, frozen=True, kw_only=True):
    arn: str
    kms_instance: Annotated[str, Of("instance_id")]
    access_control_rules: Annotated[
        str, Of("rules", lambda rules: documents.rules_json(documents.from_json(rules)))
    ]
    description: str


class NewPolicy(_Policy, frozen=True, kw_only=True):
    """A policy as CreatePolicy returns it, its lists as JSON texts."""

    permissions: str
    resources: str


class PolicyState(_Policy, frozen=True, kw_only=True):
    """A policy as DescribePolicy shows it, and as the inventory keeps it."""

    permissions: Texts
    resources: Texts


POLICY = named(
    AccessPolicyRow,
    "Policy",
    "kms.access-policies",
    state=PolicyState,
    links=(RULE.attached("rules"),),
)
ONE, ALL = POLICY.by(name=Name), acs("kms", "policy", regional=True)


@operation(KMS, "CreatePolicy", on=POLICY.new, resource=ONE.arn, rate=CREATE_KEY)
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
    row = POLICY.create(
        ctx,
        name=name,
        instance_id=kms_instance or "",
        permissions=documents.kept(documents.parse_permissions, permissions),
        resources=documents.kept(documents.parse_resources, resources),
        rules=RULE.referred(ctx, documents.kept(documents.parse_rules, access_control_rules)),
        description=description,
    )
    return NewPolicy.of(row)


@operation(KMS, "UpdatePolicy", on=ONE, rate=CREATE_KEY)
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
        permissions=documents.kept(documents.parse_permissions, permissions),
        resources=documents.kept(documents.parse_resources, resources),
        rules=RULE.referred(ctx, documents.kept(documents.parse_rules, access_control_rules)),
        description=description,
    )


@operation(KMS, "DescribePolicy", on=ONE, **READS)
def describe_policy(_ctx: Context, policy: AccessPolicyRow) -> PolicyState:
    """Return a policy."""
    return PolicyState.of(policy)


@operation(KMS, "ListPolicies", resource=ALL, answers="Policies.Policy", **LISTS)
def list_policies(
    ctx: Context, *, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Listing[ListedPolicy, NumberedPage]:
    """List the policies of the account in the region, by name (assumed)."""
    return numbered(POLICY.every(ctx), page_number, page_size).map(ListedPolicy.of)


@operation(KMS, "DeletePolicy", on=ONE, raises=(ResourceInUse,), rate=CREATE_KEY)
def delete_policy(ctx: Context, policy: AccessPolicyRow) -> None:
    """Delete a policy that no access point has."""
    POLICY.remove_unused(ctx, policy, AccessPointRow, "policies")
