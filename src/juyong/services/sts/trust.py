"""Trust in a service or an identity provider: the role's trust policy alone decides."""

from collections.abc import Mapping

from juyong.api.access import TargetPolicy, compile_target
from juyong.api.asked import Asked
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.engines.policy import (
    Decision,
    Layers,
    PolicySet,
    Principal,
    Request,
    conditions_of,
    trusts,
)
from juyong.services.identity.facade import RoleRow


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

    Args:
        role: The role with the trust policy that decides.
        who: A service, or an identity provider.
        now: The present.
        keys: Condition keys; empty values count as absent.
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
    decision = trusts(request, trust)
    layers = Layers(identity=PolicySet(), resource=trust)
    return Asked(request, layers, decision.outcome.value), decision
