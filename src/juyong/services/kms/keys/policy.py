"""Key policies: their grammar, and their meaning.

Source: KMS, "Key policy overview" (documented). Assumed: the default policy allows
`acs:ram::<owner>:*` everything, and this principal stands for the owner's RAM policies, which then
decide alone; read literally, it would let every RAM identity of the account use every key of an
instance.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from juyong.api.access import TargetPolicy
from juyong.api.errors import fact
from juyong.api.fields import Doc, OneOf, Raises, Text
from juyong.base.ids import AccountId
from juyong.engines.policy import Kind, Malformed, TooLong, parse
from juyong.services.kms.errors import InvalidParameter

MOST_BYTES = 32_768
_LONGEST_SID = 128
_PREFIX = "kms:"
PolicyNotTaken = fact(
    "Forbidden.KeyPolicyUnSupported",
    400,
    "The key or secret does not support a policy.",
    why="Only keys and secrets of an instance carry a policy.",
)
PolicyName = Annotated[str, OneOf(("default",)), Raises((PolicyNotTaken,)), Doc("`default`.")]
PolicyText = Annotated[
    str,
    Text(1, MOST_BYTES),
    Raises((InvalidParameter, PolicyNotTaken)),
    Doc("The policy, at most 32768 bytes; every action begins with `kms:`."),
]


def default_policy(account_id: AccountId, what: str) -> str:
    """Return the policy of a key or secret that was given no policy."""
    return json.dumps(
        {
            "Version": "1",
            "Statement": [
                {
                    "Sid": f"kms default {what} policy",
                    "Effect": "Allow",
                    "Principal": {"RAM": [_account(account_id)]},
                    "Action": ["kms:*"],
                    "Resource": ["*"],
                }
            ],
        },
        separators=(",", ":"),
    )


def checked_policy(document: str | None, instance_id: str | None) -> None:
    """Refuse a document that is no key or secret policy; None is the default policy.

    Raises PolicyNotTaken (the key or secret has no instance); InvalidParameter (another grammar, an
    action of another product, or too long).
    """
    if document is None:
        return
    if instance_id is None:
        raise PolicyNotTaken
    if len(document.encode()) > MOST_BYTES:
        raise InvalidParameter(name="Policy")
    try:
        parsed = parse(document, Kind.RESOURCE, action_prefix=_PREFIX)
    except (Malformed, TooLong):
        raise InvalidParameter(name="Policy") from None
    if any(len(statement.sid or "") > _LONGEST_SID for statement in parsed.statements):
        raise InvalidParameter(name="Policy")


def target_policy(document: str, owner: AccountId, identifier: str) -> TargetPolicy | None:
    """Present the policy of a key or secret to the policy engine; None where RAM decides alone."""
    effective = _effective(document, owner)
    return TargetPolicy(document=effective, identifier=identifier) if effective else None


def documents_of(state: Mapping[str, Any], owner: AccountId) -> tuple[str, ...]:
    """Return the policy of a key or secret as the engine is given it, from an inventory state."""
    target = target_policy(state["Policy"], owner, "") if state.get("Policy") else None
    return () if target is None else (target.document,)


@lru_cache(maxsize=1024)
def _effective(document: str, owner: AccountId) -> str | None:
    """Return a policy without the statements that only refer to the owner's RAM policies."""
    policy = json.loads(document)
    left = [kept for one in policy["Statement"] if (kept := _without(one, owner))]
    return json.dumps({**policy, "Statement": left}) if left else None


def _without(statement: dict[str, Any], owner: AccountId) -> dict[str, Any] | None:
    """Return a statement without its owner as a whole, or None when it names only the owner."""
    if statement["Effect"] != "Allow":
        return statement
    principal = statement["Principal"]
    if not isinstance(principal, dict):
        left: Any = _others(principal, owner)
    else:
        left = {kind: value for kind, value in principal.items() if kind != "RAM"}
        if named := _others(principal.get("RAM", []), owner):
            left["RAM"] = named
    return {**statement, "Principal": left} if left else None


def _others(named: str | list[str], owner: AccountId) -> list[str]:
    """Return the principals other than the owner as a whole, in either spelling of the owner."""
    names = [named] if isinstance(named, str) else named
    return [name for name in names if name not in {_account(owner), f"acs:ram:*:{owner}:*"}]


def _account(account_id: AccountId) -> str:
    return f"acs:ram::{account_id}:*"
