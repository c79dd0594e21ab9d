"""Cost of one authorisation with 200 statements attached, beside Cedar's in the same run.

    python tests/bench/bench_authorise.py

Both engines hold the same 200 statements (20 policies of 10) and answer the same requests. Cedar is
asked in one batch, so that its parsing of the policies is spread over all of them. The exit code is
1 when an answer differs between the two, or when a bound is not held.
"""

import json
import sys
import time
from collections.abc import Callable

import cedarpy

from juyong.engines.policy import (
    Kind,
    Layers,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    authorise,
    compile_policy,
    conditions_of,
    parse,
)

STATEMENTS = 200
A_POLICY = 10
REQUESTS = 2000
ROUNDS, CEDAR_ROUNDS = 40, 3  # Both last about as long.
GOAL_MICROSECONDS = 10.0
GOAL_RATIO = 20.0

USER = Principal(arn="acs:ram::1:user/bench", account_id="1", kind=PrincipalKind.USER)
CONDITIONS = conditions_of({"acs:SourceIp": "10.1.2.3", "acs:SecureTransport": "true"})


def spread(number: int) -> dict[str, object]:
    """Make one of 200 statements over 40 actions; each tenth is a Deny."""
    return {
        "Effect": "Deny" if number % 10 == 0 else "Allow",
        "Action": f"svc{number % 40}:Get*",
        "Resource": f"acs:svc{number % 40}:*:*:bucket-{number}/*",
        "Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}},
    }


def crowded(number: int) -> dict[str, object]:
    """Make one of 200 statements that are all about one action."""
    return spread(number) | {"Action": "oss:Get*", "Resource": f"acs:oss:*:*:bucket-{number}/*"}


def resource_of(statement: dict[str, object], number: int) -> str:
    """Name a resource under a statement, of the caller's account."""
    _, service, _, _, relative = str(statement["Resource"]).split(":")
    return f"acs:{service}:cn-hangzhou:1:{relative[:-1]}object-{number}"


def action_of(statement: dict[str, object]) -> str:
    """Name an action under a statement."""
    return str(statement["Action"]).replace("*", "Object")


def requests(statements: list[dict[str, object]]) -> list[Request]:
    """Ask about each statement in turn; every third request is about something not granted."""
    return [
        Request(
            action=action_of(statement),
            resource=resource_of(statement, number).replace(
                "bucket-", "other-" if number % 3 == 0 else "bucket-"
            ),
            principal=USER,
            conditions=CONDITIONS,
        )
        for number, statement in (
            (number, statements[number * 7 % len(statements)]) for number in range(REQUESTS)
        )
    ]


def layers_of(statements: list[dict[str, object]]) -> Layers:
    """Attach the statements in policies of ten."""
    return Layers(
        identity=PolicySet(
            compile_policy(
                parse(
                    json.dumps({"Version": "1", "Statement": statements[at : at + A_POLICY]}),
                    Kind.IDENTITY,
                ),
                Source(
                    policy_type="Custom",
                    identifier=f"policy-{at}",
                    version="v1",
                    attached_scope="1",
                    attached_entity_type="User",
                ),
            )
            for at in range(0, len(statements), A_POLICY)
        )
    )


def cedar_policies(statements: list[dict[str, object]]) -> str:
    """Say the same in Cedar: like-patterns over the names, and the address range."""
    return "\n".join(
        f"{'forbid' if statement['Effect'] == 'Deny' else 'permit'}(principal, action, resource)"
        f' when {{ context.action like "{statement["Action"]}"'
        f' && context.resource like "{statement["Resource"]}"'
        ' && ip(context.source).isInRange(ip("10.0.0.0/8")) };'
        for statement in statements
    )


def cedar_request(request: Request) -> dict[str, object]:
    """Say the same request in Cedar."""
    return {
        "principal": 'User::"bench"',
        "action": 'Action::"call"',
        "resource": 'Resource::"any"',
        "context": {
            "action": request.action,
            "resource": request.resource,
            "source": request.conditions["acs:sourceip"][0],
        },
    }


def best_microseconds(run: Callable[[], object], count: int, rounds: int) -> float:
    """Return the best of a few rounds, per decision."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best / count * 1e6


def measure(title: str, statements: list[dict[str, object]]) -> bool:
    """Print both costs and their ratio; return whether the bounds held and the answers agreed."""
    layers, asked = layers_of(statements), requests(statements)
    policies = cedar_policies(statements)
    batch = [cedar_request(request) for request in asked]
    ours = [authorise(request, layers).allowed for request in asked]
    theirs = [each.allowed for each in cedarpy.is_authorized_batch(batch, policies, [])]
    juyong = best_microseconds(
        lambda: [authorise(each, layers) for each in asked], len(asked), ROUNDS
    )
    cedar = best_microseconds(
        lambda: cedarpy.is_authorized_batch(batch, policies, []), len(batch), CEDAR_ROUNDS
    )
    agreed = ours == theirs
    held = juyong < GOAL_MICROSECONDS and cedar / juyong >= GOAL_RATIO
    print(
        f"{title}: {len(statements)} statements, {len(asked)} requests, {sum(ours)} allowed, "
        f"answers {'agree' if agreed else 'DIFFER'}"
    )
    print(
        f"  juyong {juyong:7.2f} us   cedar {cedar:8.2f} us   ratio {cedar / juyong:6.1f}"
        f"   {'held' if held else 'NOT HELD'}"
        f" (goal < {GOAL_MICROSECONDS:g} us, >= {GOAL_RATIO:g}x)"
    )
    return agreed and held


def main() -> int:
    """Measure both shapes; 0 when all bounds hold."""
    shapes = {"40 services": spread, "one action": crowded}
    results = [
        measure(title, [shape(number) for number in range(STATEMENTS)])
        for title, shape in shapes.items()
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
