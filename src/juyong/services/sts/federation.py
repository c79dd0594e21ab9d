"""Proofs of an identity provider: gathered, verified, and checked against a role's trust."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from juyong.api.context import Arguments, Context
from juyong.api.denial import PURPOSE, denied
from juyong.base.clock import Instant
from juyong.engines.policy import Principal, PrincipalKind
from juyong.services.identity.facade import OidcProviderRow, RoleRow, SamlProviderRow
from juyong.services.sts.fields import split_arn
from juyong.services.sts.product import PRODUCT as STS
from juyong.services.sts.trust import judged

P = TypeVar("P", OidcProviderRow, SamlProviderRow)
W = TypeVar("W")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered(Generic[P]):
    """The provider that a call names, if the role's account has it, and the time of the call."""

    provider: P | None
    now: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(Generic[P, W]):
    """Verified facts of a provider, and the provider as it was registered at that time."""

    provider: P
    word: W

    def holds(self, ctx: Context) -> bool:
        """Tell whether the provider is registered as before, word for word."""
        provider = self.provider
        held = ctx.tx.get(type(provider), provider.account_id, provider.provider_name)
        return held == provider


def gathering(kind: type[P], parameter: str) -> Callable[[Context, Arguments], Gathered[P]]:
    """Return a finder of the provider; a provider of another account than the role's is none."""

    def gather(ctx: Context, arguments: Arguments) -> Gathered[P]:
        account_id, name = split_arn(arguments[parameter])
        owner, _ = split_arn(arguments["role_arn"])
        provider = ctx.tx.get(kind, account_id, name) if account_id == owner else None
        return Gathered(provider=provider, now=ctx.now)

    return gather


def require_trust(
    ctx: Context, role: RoleRow, provider_arn: str, keys: Mapping[str, tuple[str, ...]]
) -> None:
    """Let an identity of a provider assume a role, if the role trusts the identity.

    Args:
        ctx: The call.
        role: The role, whose trust policy decides.
        provider_arn: Of the provider.
        keys: The provider's verified facts, as condition keys; empty values count as absent.

    Raises:
        AccessDenied: the trust policy does not allow it, or denies it.
    """
    account_id, _ = split_arn(provider_arn)
    who = Principal(arn=provider_arn, account_id=account_id, kind=PrincipalKind.FEDERATED)
    seen = {"acs:SourceIp": (ctx.source_ip,), **keys}
    asked, decision = judged(role, who, ctx.now, seen, secure=ctx.secure)
    ctx.journal.asked.append(asked)
    if not decision.allowed:
        raise denied(STS.dialect, asked.request, decision, ctx.key(PURPOSE))
