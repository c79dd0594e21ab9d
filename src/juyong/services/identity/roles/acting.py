"""The policies of a role, asked for a service that acts as the role."""

from msgspec.structs import replace

from juyong.api.access import Also, compile_target
from juyong.api.caller import RoleSession, caller_arn, principal_id
from juyong.base.clock import Instant, iso
from juyong.base.ids import AccessKeyId
from juyong.base.names import ram_arn
from juyong.engines.policy import (
    Layers,
    Principal,
    PrincipalKind,
    Request,
    authorise,
    conditions_of,
)
from juyong.services.identity.principals import Principals
from juyong.services.identity.roles.tables import RoleRow
from juyong.store.transaction import Transaction


def acting_as(role: RoleRow, session_name: str, now: Instant) -> RoleSession:
    """Return the session in which a service acts as a role now; it has no credentials."""
    return RoleSession(
        account_id=role.account_id,
        role_id=role.role_id,
        role_name=role.role_name,
        session_name=session_name,
        access_key_id=AccessKeyId(""),
        issued_at=now,
        expires_at=now,
    )


def role_may(tx: Transaction, role: RoleRow, session_name: str, need: Also, now: Instant) -> bool:
    """Tell whether a role may do something, by its policies and by that of the target.

    Whether the role trusts the service is another question. A call of the service's own comes from
    no address: a policy that asks for one is not met.
    """
    session = acting_as(role, session_name, now)
    principal = Principal(
        arn=caller_arn(session),
        account_id=role.account_id,
        kind=PrincipalKind.SESSION,
        principal_id=principal_id(session),
    )
    surroundings = {
        "acs:CurrentTime": (iso(now),),
        "acs:SecureTransport": ("true",),
        "acs:PrincipalAccountId": (role.account_id,),
        "acs:PrincipalArn": (ram_arn(role.account_id, f"role/{role.role_key}"),),
    }
    request = Request(
        action=need.action,
        resource=need.resource,
        principal=principal,
        conditions=conditions_of({**surroundings, **need.conditions}),
    )
    layers, target = Layers(identity=Principals().identity_policies(tx, session)), need.policy
    if target is None:
        return authorise(request, layers).allowed
    layers = replace(layers, resource=compile_target(target))
    return authorise(request, layers, require_resource=target.trust, shared=target.shared).allowed
