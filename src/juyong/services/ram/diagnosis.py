"""Open the sealed message of a denial: why a call was refused."""

from types import SimpleNamespace
from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.denial import PURPOSE, BadDiagnostic, open_diagnostic
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.errors import incorrect
from juyong.services.ram.product import PRODUCT as RAM

BadMessage = incorrect(
    "EncodedDiagnosticMessage", "Damaged, or about a principal of another account."
)


class AuthCondition(Shape, frozen=True, kw_only=True):
    """A condition key of the refused call."""

    condition_key: str
    condition_values: list[str]


class AuthPrincipal(Shape, frozen=True, kw_only=True):
    """The principal that called."""

    auth_principal_type: str
    auth_principal_owner_id: str
    auth_principal_display_name: str


class MatchedPolicy(Shape, frozen=True, kw_only=True):
    """A policy that settled the decision; PolicyVersion is empty unless it is a custom one."""

    policy_type: str
    policy_identifier: str
    policy_version: str
    effect: str
    attached_scope: str
    attached_entity_type: str


class DecodedMessage(Shape, frozen=True, kw_only=True):
    """Why a call was refused."""

    explicit_deny: bool
    no_permission_policy_type: str
    auth_action: str
    auth_resource: str
    auth_principal: AuthPrincipal
    auth_conditions: list[AuthCondition]
    matched_policies: list[MatchedPolicy]


@operation(
    RAM,
    "DecodeDiagnosticMessage",
    resource=acs("ram", "*"),
    raises=(BadMessage,),
    answers="DecodedDiagnosticMessage",
    reads_only=True,
)
def decode_diagnostic_message(
    ctx: Context, *, encoded_diagnostic_message: Annotated[str, Text(1, 65536)]
) -> DecodedMessage:
    """Open the EncodedDiagnosticMessage of a refusal.

    Args:
        encoded_diagnostic_message: From AccessDeniedDetail, of a call made by a principal of the
            caller's account; the refused target may belong to another.

    Returns:
        The decision, the principal, the condition keys it was made under, and the policies that
        settled it (none when nothing allowed the call).

    Assumed: the error.
    """
    try:
        opened = open_diagnostic(encoded_diagnostic_message, ctx.account_id, ctx.key(PURPOSE))
    except BadDiagnostic as bad:
        raise BadMessage from bad
    told = SimpleNamespace(**opened)
    return DecodedMessage.of(
        told,
        auth_principal=AuthPrincipal.of(told),
        auth_conditions=[
            AuthCondition(condition_key=c["key"], condition_values=c["values"])
            for c in told.auth_conditions
        ],
        matched_policies=[
            MatchedPolicy(**{**m, "policy_version": m["policy_version"] or ""})
            for m in told.matched_policies
        ],
    )
