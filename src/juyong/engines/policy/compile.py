"""Compile a document: each statement becomes a rule that can be asked about a request."""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from juyong.engines.policy.conditions import Conditions, Test, compile_condition
from juyong.engines.policy.document import Document, Effect, Kind, Malformed, Statement
from juyong.engines.policy.principals import Principal, PrincipalTest, compile_principal
from juyong.engines.policy.resources import Name, ResourcePattern, compile_resource
from juyong.engines.policy.wildcard import Matcher, is_everything, matcher


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a policy comes from, as a denial reports it in MatchedPolicies.

    `policy_type` is a PolicyType of the diagnostic message, `identifier` the policy's name or the
    id of a control policy, `version` is None for system policies, `attached_scope` is the account
    or resource group, `attached_entity_type` what it is attached to (user, group, role, …).
    `edition` tells texts of one name apart where `version` does not; denials do not report it.
    """

    policy_type: str
    identifier: str
    version: str | None
    attached_scope: str
    attached_entity_type: str
    edition: str = ""


def edition_of(document: str) -> str:
    """Return the edition of a policy that has no versions: the start of its text's SHA-256."""
    return hashlib.sha256(document.encode()).hexdigest()[:16]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that settled a decision."""

    source: Source
    effect: Effect
    index: int
    sid: str | None


class Question(NamedTuple):
    """A request in the form that rules test; the action is case-folded."""

    action: str
    name: Name
    principal: Principal
    conditions: Conditions


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled statement."""

    match: Match
    statement: Statement
    acts: Matcher
    patterns: tuple[ResourcePattern, ...]
    principals: tuple[PrincipalTest, ...] | None
    tests: tuple[Test, ...]

    @property
    def always(self) -> bool:
        """Whether the rule applies to every request for its actions."""
        return not self.tests and self.principals is None and self.all_resources

    @property
    def all_resources(self) -> bool:
        """Whether the rule covers every resource."""
        return not self.statement.resources_excluded and any(p.everything for p in self.patterns)

    def concerns(self, principal: Principal, owner: str) -> bool:
        """Tell whether the rule names the principal; owner is the account of the resource."""
        return self.principals is None or any(test(principal, owner) for test in self.principals)

    def reaches(self, name: Name) -> bool:
        """Tell whether the rule covers the resource."""
        for pattern in self.patterns:
            if pattern.covers(name):
                return not self.statement.resources_excluded
        return self.statement.resources_excluded

    def applies(self, question: Question) -> bool:
        """Tell whether everything except the action matches; the index has matched the action."""
        if not self.reaches(question.name):
            return False
        for test in self.tests:
            if not test(question.conditions):
                return False
        return self.principals is None or self.concerns(
            question.principal, question.name.account_id
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A document with its source, compiled. Equal when both are."""

    source: Source
    document: Document
    rules: tuple[Rule, ...] = field(compare=False, repr=False)


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
