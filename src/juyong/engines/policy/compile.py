"""Compile a document: each statement becomes a rule that can be asked about a request."""

import hashlib

from juyong.engines.policy.conditions import compile_condition
from juyong.engines.policy.decide import Policy, Rule
from juyong.engines.policy.document import Document, Effect, Kind, Malformed, Statement
from juyong.engines.policy.principals import PrincipalTest, compile_principal
from juyong.engines.policy.request import Match, Source
from juyong.engines.policy.resources import compile_resource
from juyong.engines.policy.wildcard import Matcher, is_everything, matcher


def digest_of(document: str) -> str:
    """Return what tells the text of a policy from all others: half of its SHA-256, in hex.

    SECURITY: who writes policies cannot write two of one digest, since that takes 2^64 attempts.
    """
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def compile_policy(document: Document, source: Source) -> Policy:
    """Compile a parsed document.

    Cost: linear in the document; about as long as parsing it. Keep the result for as long as the
    document does not change.

    Raises:
        Malformed: the document was not made by `parse` and holds what `parse` refuses.
    """
    return Policy(
        source=source,
        document=document,
        rules=tuple(_rule(statement, source, document.kind) for statement in document.statements),
    )


def _rule(statement: Statement, source: Source, kind: Kind) -> Rule:
    doubt = statement.effect is Effect.DENY
    try:
        tests = tuple(compile_condition(each, doubt=doubt) for each in statement.conditions)
    except (ValueError, KeyError) as bad:
        raise Malformed(f"Statement[{statement.index}].Condition: {bad}") from bad
    return Rule(
        match=Match(
            source=source, effect=statement.effect, index=statement.index, sid=statement.sid
        ),
        statement=statement,
        acts=_actions(statement),
        patterns=tuple(compile_resource(pattern) for pattern in statement.resources),
        principals=_principals(statement, kind),
        tests=tests,
    )


def _principals(statement: Statement, kind: Kind) -> tuple[PrincipalTest, ...] | None:
    if statement.principals is None:
        if kind in (Kind.TRUST, Kind.RESOURCE):
            raise Malformed(f"Statement[{statement.index}].Principal is missing")
        return None
    tests: list[PrincipalTest] = []
    for name in statement.principals:
        if (test := compile_principal(name, kind)) is None:
            raise Malformed(f"Statement[{statement.index}].Principal: `{name.value}`")
        tests.append(test)
    return tuple(tests)


def _actions(statement: Statement) -> Matcher:
    folded = [action.casefold() for action in statement.actions]
    exact = frozenset(action for action in folded if "*" not in action and "?" not in action)
    tests = tuple(matcher(action) for action in folded if action not in exact)

    def named(action: str) -> bool:
        return action in exact or any(test(action) for test in tests)

    if statement.actions_excluded:
        return lambda action: not named(action)
    if any(is_everything(action) for action in folded):
        return lambda _action: True
    return named
