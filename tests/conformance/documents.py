"""Policy documents that several test modules need."""

import json
from typing import Any


def statement(
    action: str | list[str],
    resource: str | list[str] = "*",
    *,
    effect: str = "Allow",
    condition: dict[str, Any] | None = None,
) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": effect, "Action": action, "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(
    action: str | list[str],
    resource: str | list[str] = "*",
    condition: dict[str, Any] | None = None,
) -> str:
    return policy(statement(action, resource, condition=condition))


def trust(
    kind: str,
    *principals: str,
    condition: dict[str, Any] | None = None,
    deny: dict[str, Any] | None = None,
) -> str:
    """A trust policy; `deny` is the condition of a further statement that denies everybody."""
    first: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {kind: list(principals)},
    }
    if condition:
        first["Condition"] = condition
    statements = [first]
    if deny is not None:
        statements.append({**first, "Effect": "Deny", "Condition": deny})
    return json.dumps({"Version": "1", "Statement": statements})
