"""The policy engine: parse, compile, decide, explain. Pure and total at decision time.

document = parse(text, Kind.IDENTITY)
policies = PolicySet([compile_policy(document, source)])
decision = authorise(request, Layers(identity=policies))
"""

from juyong.engines.policy.compile import compile_policy, digest_of
from juyong.engines.policy.conditions import NO_CONDITIONS, Conditions, conditions_of
from juyong.engines.policy.decide import Decision, Layers, Policy, PolicySet, authorise, trusts
from juyong.engines.policy.document import (
    Condition,
    Document,
    Effect,
    Kind,
    Malformed,
    PrincipalName,
    PrincipalType,
    Quantifier,
    Statement,
    TooLong,
)
from juyong.engines.policy.explain import AuthCondition, Explanation, MatchedPolicy, explain
from juyong.engines.policy.parse import parse
from juyong.engines.policy.principals import Principal, PrincipalKind
from juyong.engines.policy.request import Layer, Match, Outcome, Request, Source
from juyong.engines.policy.resources import covers
from juyong.engines.policy.wildcard import matches

__all__ = [
    "NO_CONDITIONS",
    "AuthCondition",
    "Condition",
    "Conditions",
    "Decision",
    "Document",
    "Effect",
    "Explanation",
    "Kind",
    "Layer",
    "Layers",
    "Malformed",
    "Match",
    "MatchedPolicy",
    "Outcome",
    "Policy",
    "PolicySet",
    "Principal",
    "PrincipalKind",
    "PrincipalName",
    "PrincipalType",
    "Quantifier",
    "Request",
    "Source",
    "Statement",
    "TooLong",
    "authorise",
    "compile_policy",
    "conditions_of",
    "covers",
    "digest_of",
    "explain",
    "matches",
    "parse",
    "trusts",
]
