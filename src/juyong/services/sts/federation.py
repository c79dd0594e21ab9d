"""Trust in an identity provider: the role's trust policy alone decides."""

from collections.abc import Mapping

from juyong.api.access import TargetPolicy, compile_target
from juyong.api.context import Context
from juyong.api.denial import PURPOSE, denied
from juyong.base.clock import iso
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.engines.policy import Principal, PrincipalKind, Request, conditions_of, trusts
from juyong.services.identity.facade import RoleRow
from juyong.services.sts.fields import split_arn
from juyong.services.sts.product import PRODUCT as STS


def require_trust(
    ctx: Context,
    role: RoleRow,
    provider_arn: str,
    keys: Mapping[str, tuple[str, ...]],
) -> None:
    """Let an identity that a provider vouches for assume a role, if the role trusts it.

    Args:
        ctx: The call.
        role: Whose trust policy decides.
        provider_arn: Of the provider that vouched.
        keys: What it vouched for, as condition keys; empty values count as absent.

    Raises:
        AccessDenied: the trust policy does not allow it, or denies it.
    """
    account_id, _ = split_arn(provider_arn)
    request = Request(
        action="sts:AssumeRole",
        resource=ram_arn(role.account_id, f"role/{role.role_name}"),
        principal=Principal(arn=provider_arn, account_id=account_id, kind=PrincipalKind.FEDERATED),
        conditions=conditions_of({**_surroundings(ctx, account_id), **keys}),
    )
    target = TargetPolicy(
        document=role.trust_document,
        identifier=ram_arn(role.account_id, f"role/{role.role_key}"),
        trust=True,
    )
    decision = trusts(request, compile_target(target))
    if not decision.allowed:
        raise denied(STS.dialect, request, decision, ctx.key(PURPOSE))


def _surroundings(ctx: Context, account_id: AccountId) -> dict[str, tuple[str, ...]]:
    """Return the global condition keys that an unsigned call has."""
    return {
        "acs:CurrentTime": (iso(ctx.now),),
        "acs:SecureTransport": ("true" if ctx.secure else "false",),
        "acs:SourceIp": (ctx.source_ip,),
        "acs:PrincipalAccountId": (account_id,),
    }
