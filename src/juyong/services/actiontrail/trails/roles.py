"""The roles as which events are delivered.

A trail that names none uses the service-linked role of the service. That one, and the service's
older default role, are made when a trail uses them first.

Source: ActionTrail, service-linked role (documented); the default role's name (documented), and
what it takes to make the role (assumed).
"""

import re
from collections.abc import Iterable

from juyong.api.access import Also
from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.content.policies.service_roles import service_role, service_trust_policy
from juyong.services.actiontrail.trails.errors import BadQuery
from juyong.services.identity.facade import RoleRow, find_role, make_linked_role, make_role_for
from juyong.services.sts.facade import trusting_role
from juyong.store.transaction import Transaction

SERVICE = "actiontrail.aliyuncs.com"
SESSION = "actiontrail"
"""The name of the session in which events are delivered."""
DEFAULT = "AliyunActionTrailDefaultRole"
_DEFAULT_POLICY = "AliyunActionTrailRolePolicy"
_ARN = re.compile(r"acs:ram::(\*|[0-9]{1,32}):role/([A-Za-z0-9.@_-]{1,64})")
_LINKED = service_role(SERVICE)
assert _LINKED is not None  # noqa: S101  # it ships with the platform
LINKED = _LINKED


def checked_role(account_id: AccountId, parameter: str, arn: str) -> str:
    """Return the ARN of a role of the account, where `*` means the account; empty stays empty.

    Raises:
        BadQuery: the text is no such ARN. Roles of other accounts are not assumed.
    """
    if not arn:
        return ""
    found = _ARN.fullmatch(arn)
    # SECURITY: a role of another account would be used on behalf of whoever names it.
    if found is None or found[1] not in ("*", account_id):
        raise BadQuery(name=parameter)
    return ram_arn(account_id, f"role/{found[2]}")


def needs_of(ctx: Context, arns: Iterable[str]) -> tuple[Also, ...]:
    """Return what a caller needs who gives roles to the service, or has them made.

    Args:
        ctx: The call.
        arns: As the call has them; one that is no ARN of a role is refused by name later.
    """
    found: list[Also] = []
    for arn in sorted(set(arns)):
        name = role_name(arn)
        given = _ARN.fullmatch(arn)
        is_there = find_role(ctx.tx, ctx.account_id, name) is not None
        label = ram_arn(ctx.account_id, f"role/{name}")
        if given is not None:
            service = {"acs:Service": (SERVICE,)}
            found.append(Also(action="ram:PassRole", resource=label, conditions=service))
        if is_there:
            continue
        if name.lower() == LINKED.role_name.lower():
            service = {"ram:ServiceName": (SERVICE,)}
            make = "ram:CreateServiceLinkedRole"
            found.append(Also(action=make, resource=label, conditions=service))
        elif name.lower() == DEFAULT.lower():
            makes = ("ram:CreateRole", "ram:AttachPolicyToRole")
            found += [Also(action=each, resource=label) for each in makes]
    return tuple(found)


def made_role(ctx: Context, arn: str) -> RoleRow:
    """Return the role of a target, made if it is one of the service's own.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    name = role_name(arn)
    if find_role(ctx.tx, ctx.account_id, name) is None:
        if name.lower() == LINKED.role_name.lower():
            make_linked_role(ctx, LINKED)
        elif name.lower() == DEFAULT.lower():
            trust = service_trust_policy(SERVICE)
            make_role_for(ctx, DEFAULT, _DEFAULT_POLICY, trust_document=trust)
    return assumed_role(ctx.tx, ctx.account_id, arn, ctx.now)


def assumed_role(tx: Transaction, account_id: AccountId, arn: str, now: Instant) -> RoleRow:
    """Return the role of a target, whose trust policy is asked.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    return trusting_role(tx, SERVICE, (account_id, role_name(arn)), now)


def role_name(arn: str) -> str:
    """Return the name of the role of a target; empty stands for the service-linked role."""
    return arn.rpartition("/")[2] or LINKED.role_name
