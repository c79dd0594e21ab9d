"""The role as which flow logs are written, made when an account opens the service.

Source: VPC documentation, flow log: that the account authorises the service by a role (documented);
the names of the role and of its policy (assumed), and what it takes to make the role (assumed).
"""

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn
from juyong.content.policies.service_roles import service_trust_policy
from juyong.services.identity.facade import RoleRow, find_role, make_role_for
from juyong.services.sts.facade import RoleTrustsNot, trusting_role
from juyong.store.transaction import Transaction

SERVICE, SESSION = "vpc.aliyuncs.com", "flowlog"
ROLE = "AliyunVPCLogArchiveRole"
_POLICY = "AliyunVPCLogArchiveRolePolicy"


def needed_to_open(ctx: Context, _arguments: Arguments) -> tuple[Also, ...]:
    """Name what a call needs that makes the role; nothing where there is a role."""
    if find_role(ctx.tx, ctx.account_id, ROLE) is not None:
        return ()
    label = ram_arn(ctx.account_id, f"role/{ROLE}")
    makes = ("ram:CreateRole", "ram:AttachPolicyToRole")
    return tuple(Also(action=each, resource=label) for each in makes)


def open_service(ctx: Context) -> None:
    """Make the role of the account, unless there is one."""
    if find_role(ctx.tx, ctx.account_id, ROLE) is None:
        make_role_for(ctx, ROLE, _POLICY, trust_document=service_trust_policy(SERVICE))


def assumed_role(tx: Transaction, account_id: AccountId, now: Instant) -> RoleRow:
    """Return the role of an account, whose trust policy is asked.

    Raises:
        RoleTrustsNot: there is no such role, or it does not trust the service.
    """
    return trusting_role(tx, SERVICE, (account_id, ROLE), now)


def is_open(ctx: Context) -> bool:
    """Tell whether the service may write: the role is there and trusts the service."""
    try:
        assumed_role(ctx.tx, ctx.account_id, ctx.now)
    except RoleTrustsNot:
        return False
    return True
