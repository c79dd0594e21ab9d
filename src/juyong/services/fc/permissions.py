"""The permissions of the operations: names of functions, and passing a role on."""

import re

from juyong.api.access import Also, ResourceRule, acs
from juyong.api.context import Arguments, Context
from juyong.base.ids import AccountId
from juyong.base.names import ram_arn

SERVICE = "fc.aliyuncs.com"
_ACCOUNT = re.compile(r"[0-9]{6,32}")


def owned(relative: str) -> ResourceRule:
    """Name a resource of the account the host names, which is the caller's unless it is denied."""
    template = acs("fc", relative, regional=True)

    def rule(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        owner = addressed_account(ctx)
        return tuple(
            name.replace(f":{ctx.account_id}:", f":{owner}:", 1)
            for name in template(ctx, arguments)
        )

    return rule


def addressed_account(ctx: Context) -> AccountId:
    """Return the account of a host `<account>.<region>.fc.aliyuncs.com`, or the caller's."""
    first, dot, rest = ctx.host.partition(".")
    named = dot and rest.split(":")[0].endswith(".aliyuncs.com") and _ACCOUNT.fullmatch(first)
    return AccountId(first) if named else ctx.account_id


def passed_role(_ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the role that a call gives: the caller must be allowed to pass it to Function Compute.

    Source: RAM documentation, ram:PassRole and the condition key acs:Service (documented).
    """
    if not arguments.get("role"):
        return ()
    account_id, name = split_role(arguments["role"])
    return (
        Also(
            action="ram:PassRole",
            resource=ram_arn(account_id, f"role/{name}"),
            conditions={"acs:Service": (SERVICE,)},
        ),
    )


def split_role(arn: str) -> tuple[AccountId, str]:
    """Return account and name of a role whose form was checked."""
    _, _, _, account_id, relative = arn.split(":", 4)
    return AccountId(account_id), relative.removeprefix("role/")
