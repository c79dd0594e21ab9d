"""Project policies: the resource policy of the engine that each means.

Source: SLS, "Project policies" (documented); statements without Principal are valid (observed in
the tests of the Go SDK). Assumed: such a statement denies everybody, and allows identities of the
project's own account alone; a policy has at most 16 KB; a Resource names the project or `*`.
"""

from functools import lru_cache
from typing import Any

import msgspec

from juyong.api.access import TargetPolicy
from juyong.base.ids import AccountId
from juyong.base.strict_json import NotStrictJson, decode
from juyong.engines.policy import Kind, Malformed, parse
from juyong.services.sls.projects.errors import BadPolicy

_LONGEST = 16 * 1024


def checked(text: bytes, account_id: AccountId, project: str) -> str:
    """Return a project policy as it is stored: as it was sent.

    Raises:
        BadPolicy: it is none, names another project, or cannot be enforced.
    """
    if len(text) > _LONGEST:
        raise BadPolicy(why=f"it is longer than {_LONGEST} bytes")
    try:
        policy = text.decode()
        document = decode(policy)
        parse(msgspec.json.encode(_meant(document, account_id, project)).decode(), Kind.RESOURCE)
    except UnicodeDecodeError:
        raise BadPolicy(why="it is not UTF-8") from None
    except NotStrictJson as bad:
        raise BadPolicy(why=bad.reason) from None
    except (Malformed, UnicodeEncodeError) as bad:
        raise BadPolicy(why=str(bad)) from None
    return policy


@lru_cache(maxsize=4096)
def in_force(policy: str, account_id: AccountId, project: str) -> TargetPolicy:
    """Return what a stored policy means."""
    meant = _meant(msgspec.json.decode(policy), account_id, project)
    return TargetPolicy(
        document=msgspec.json.encode(meant).decode(), identifier=project, shared=True
    )


def _meant(document: Any, account_id: AccountId, project: str) -> dict[str, Any]:
    """Return a policy in the engine's grammar; raises Malformed."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
        raise Malformed("the policy must be an object with a list of Statement")
    return {
        **document,
        "Statement": [_statement(each, account_id, project) for each in document["Statement"]],
    }


def _statement(statement: Any, account_id: AccountId, project: str) -> dict[str, Any]:
    if not isinstance(statement, dict):
        raise Malformed("a statement must be an object")
    for each in _list(statement.get("Action", statement.get("NotAction"))):
        if not isinstance(each, str) or not (each == "*" or each.lower().startswith("log:")):
            raise Malformed("an Action must begin with `log:`")
    for each in _list(statement.get("Resource", statement.get("NotResource"))):
        if not isinstance(each, str) or not _names(each, project):
            raise Malformed(f"a Resource must name the project {project}")
    if "Principal" in statement:
        return statement
    denies = statement.get("Effect") == "Deny"
    return {**statement, "Principal": ["*"] if denies else [f"acs:ram:*:{account_id}:*"]}


def _names(resource: str, project: str) -> bool:
    parts = resource.split(":", 4)
    if resource == "*":
        return True
    own = f"project/{project}"
    relative = parts[-1]
    known = len(parts) == len(("acs", "log", "region", "account", "relative"))
    return (
        known
        and parts[:2] == ["acs", "log"]
        and (relative in ("*", "project/*", own) or relative.startswith((f"{own}/", f"{own}*")))
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
