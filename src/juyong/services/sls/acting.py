"""The service that acts: under its own name, or as a role of an account.

Source: SLS user guide, roles of jobs (documented): a role trusts `log.aliyuncs.com`, and whoever
gives a role to the service may pass the role.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from juyong.api.access import Also
from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.base.ids import AccountId
from juyong.services.identity.facade import RoleRow
from juyong.services.sts.facade import RoleTrustsNot, trusting_role

T = TypeVar("T")
SERVICE = "log.aliyuncs.com"
_ROLE = re.compile(r"acs:ram::([0-9]{1,32}):role/([A-Za-z0-9.-]{1,64})")


def passing(*roles: str) -> tuple[Also, ...]:
    """Return the permissions to give roles to the service."""
    return tuple(
        Also(action="ram:PassRole", resource=role, conditions={"acs:Service": (SERVICE,)})
        for role in sorted(set(roles))
    )


def is_role_of(account_id: AccountId, arn: str) -> bool:
    """Tell whether a text is the ARN of a role that an account may have."""
    found = _ROLE.fullmatch(arn)
    return found is not None and found[1] == account_id


def assumed_role(ctx: Context, account_id: AccountId, arn: str) -> RoleRow:
    """Return a role of an account that lets the service in.

    Raises:
        RoleTrustsNot: the account has no such role, or the role does not trust the service.
    """
    # SECURITY: a role of another account would be used on behalf of whoever names it.
    if not is_role_of(account_id, arn):
        raise RoleTrustsNot(arn)
    return trusting_role(ctx.tx, SERVICE, (account_id, arn.rpartition("/")[2]), ctx.now)


def act_for(bench: Bench, account_id: AccountId, region: str, work: Callable[[Context], T]) -> T:
    """Do work as the service in an account and a region; raises as `do_as`."""
    return do_as(bench, Service(account_id=account_id, name=SERVICE), work, region)
