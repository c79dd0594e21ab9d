"""Trust in a service or an identity provider: the role's trust policy alone decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from juyong.api.access import TargetPolicy, compile_target
from juyong.api.asked import BY_TRUST, Asked, decide
from juyong.api.context import Arguments, Context
from juyong.api.denial import PURPOSE, denied
from juyong.api.errors import ApiError, fact
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.engines.policy import (
    Decision,
    Layers,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    conditions_of,
)
from juyong.services.identity.facade import OidcProviderRow, RoleRow, SamlProviderRow
from juyong.services.sts.fields import split_arn
from juyong.services.sts.product import PRODUCT as STS

P = TypeVar("P", OidcProviderRow, SamlProviderRow)
W = TypeVar("W")
Gathered = tuple[P, Instant]
"""The provider that a call names, and the time of the call."""


def unproven(code: str, text: str, why: str) -> type[ApiError]:
    """Declare a refusal of the proof that a call carries; why: When it is answered."""
    return fact(f"AuthenticationFail.{code}", 401, text, why=why)


@dataclass(frozen=True, slots=True)
class Proof(Generic[P, W]):
    """Verified facts of a provider, and the provider as it was registered at that time."""

    provider: P
    word: W

    def holds(self, ctx: Context) -> bool:
        """Tell whether the provider is registered as before, word for word."""
        provider = self.provider
        held = ctx.tx.get(type(provider), provider.account_id, provider.provider_name)
        return held == provider


def gathering(
    kind: type[P], parameter: str, missing: type[ApiError]
) -> Callable[[Context, Arguments], Gathered[P]]:
    """Return a finder of the provider; a provider of another account than the role's is missing."""

    def gather(ctx: Context, arguments: Arguments) -> Gathered[P]:
        account_id, name = split_arn(arguments[parameter])
        owner, _ = split_arn(arguments["role_arn"])
        provider = ctx.tx.get(kind, account_id, name) if account_id == owner else None
        if provider is None:
            raise missing
        return provider, ctx.now

    return gather


def trust_of(account_id: AccountId, role_name: str, document: str) -> TargetPolicy:
    """Return the trust policy of a role."""
    identifier = ram_arn(account_id, f"role/{role_name.lower()}")
    return TargetPolicy(document=document, identifier=identifier, trust=True)


def judged(
    role: RoleRow,
    who: Principal,
    now: Instant,
    keys: Mapping[str, tuple[str, ...]],
    *,
    secure: bool = True,
) -> tuple[Asked, Decision]:
    """Decide whether a role may be assumed by a caller that has no policies of its own.

    who: A service, or an identity provider. keys: Condition keys; empty values count as absent.
    secure: Whether the call came encrypted.
    """
    surroundings = {
        "acs:CurrentTime": (iso(now),),
        "acs:SecureTransport": ("true" if secure else "false",),
        "acs:PrincipalAccountId": (who.account_id,),
    }
    request = Request(
        action="sts:AssumeRole",
        resource=ram_arn(role.account_id, f"role/{role.role_name}"),
        principal=who,
        conditions=conditions_of({**surroundings, **keys}),
    )
    trust = compile_target(trust_of(role.account_id, role.role_name, role.trust_document))
    layers = Layers(identity=PolicySet(), resource=trust)
    decision = decide(request, layers, BY_TRUST)
    return Asked(request, layers, decision.outcome.value, BY_TRUST), decision


def require_trust(
    ctx: Context, role: RoleRow, provider_arn: str, keys: Mapping[str, tuple[str, ...]]
) -> None:
    """Let an identity of a provider assume a role, if the role's trust policy lets it.

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
