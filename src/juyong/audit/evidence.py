"""What an event keeps of the authorisation questions that its call asked.

Stored beside the body of the event and authenticated with it; no operation shows it. A question
holds the condition values that the policy engine was given: where no policy about an action looks
at a condition key, none are read. Address, time and caller of the call stand in the event.

SECURITY: no value here is secret. Condition values come from plain parameters, tags and proofs that
were verified, and each is cut.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec

from juyong.api.asked import SELF_SERVICE, Asked
from juyong.engines.policy import Layers, PolicySet, Principal, PrincipalKind, Request, Source

T = TypeVar("T")
MOST_BYTES = 8192
NOTHING_ASKED = "{}"
"""The evidence of a call that asked no question, such as one whose parameters were malformed."""
ALLOWED = frozenset({"Allow", SELF_SERVICE})
_MOST_POLICY_BYTES = MOST_BYTES // 2
_RESERVE = 256
"""Bytes for the frame and the marks of what was left out."""
_LONGEST = 512
_NOT_THE_CALLER = frozenset({PrincipalKind.SERVICE, PrincipalKind.FEDERATED})
"""Of these the caller has its own policies or none: the question is whether a policy names them."""
_MOST_CONDITIONS = 20
_MOST_VALUES = 10


class ConsultedPolicy(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """One policy that was asked.

    version: Such as `v3`; of policies without versions the start of the document's SHA-256.
    attached_to: The kind of thing that carries it: User, Group, Role, Resource …
    """

    type: str
    name: str
    version: str = ""
    attached_to: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One question.

    conditions: The values that the engine was given, by case-folded key.
    decision: See Asked.outcome.
    by: Which of the evidence's sets of policies were asked, by number from 0.
    principal: The service or identity provider that was asked about; empty for the caller itself.
    cut: Whether conditions or a name are shortened.
    """

    action: str
    resource: str
    decision: str
    conditions: dict[str, tuple[str, ...]] = {}
    by: tuple[int, ...] = ()
    principal: str = ""
    cut: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether the call was let through here."""
        return self.decision in ALLOWED


class Evidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The questions of one call, in the order they were asked.

    policies: Sets of policies that take effect together, such as all that are attached to a user.
    questions_left_out, policies_left_out: How many did not fit into MOST_BYTES.
    """

    questions: tuple[Question, ...] = ()
    policies: tuple[tuple[ConsultedPolicy, ...], ...] = ()
    questions_left_out: int = 0
    policies_left_out: int = 0


class _Written(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Evidence whose sets of policies were encoded before: they stay the same from call to call."""

    questions: list[Question]
    policies: list[msgspec.Raw]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Evidence)


def evidence_of(asked: Sequence[Asked]) -> str:
    """Encode the questions of a call as JSON, at most MOST_BYTES.

    Cost: at most one encoding; nothing is decided again.
    """
    if not asked:
        return NOTHING_ASKED
    if len(asked) == 1 and not asked[0].request.conditions:
        request, layers, outcome = asked[0]
        return _of_one(request.action, request.resource, request.principal, layers, outcome)
    return _written(asked)


@lru_cache(maxsize=512)
def _of_one(action: str, resource: str, principal: Principal, layers: Layers, outcome: str) -> str:
    """PERF: what a caller asks once without conditions, it asks again in the same words."""
    request = Request(action=action, resource=resource, principal=principal)
    return _written((Asked(request, layers, outcome),))


def _written(asked: Sequence[Asked]) -> str:
    sets: dict[PolicySet, int] = {}
    questions = [_question(each, sets) for each in asked]
    encoded = _encoder.encode(_Written(questions=questions, policies=list(map(_encoded, sets))))
    if len(encoded) > MOST_BYTES:
        encoded = _encoder.encode(_cut(questions, list(sets)))
    return encoded.decode()


def read_evidence(text: str) -> Evidence:
    """Decode the evidence of an event; empty for an event that has none."""
    return _decoder.decode(text) if text else Evidence()


def _question(asked: Asked, sets: dict[PolicySet, int]) -> Question:
    request = asked.request
    return Question(
        action=request.action,
        resource=request.resource,
        decision=asked.outcome,
        conditions=dict(request.conditions),
        principal=request.principal.arn if request.principal.kind in _NOT_THE_CALLER else "",
        by=tuple([sets.setdefault(each, len(sets)) for each in _sets_of(asked.layers)]),
    )


def _sets_of(layers: Layers) -> list[PolicySet]:
    found = [layers.identity]
    others = (layers.identity_resource_group, layers.session, layers.resource)
    found += [each for each in others if each is not None]
    return [*found, *layers.control] if layers.control else found


@lru_cache(maxsize=1024)
def _encoded(policies: PolicySet) -> msgspec.Raw:
    return msgspec.Raw(_encoder.encode(_consulted(policies)))


def _consulted(policies: PolicySet) -> tuple[ConsultedPolicy, ...]:
    return tuple(dict.fromkeys(_named(policy.source) for policy in policies.policies))


def _named(source: Source) -> ConsultedPolicy:
    return ConsultedPolicy(
        type=source.policy_type,
        name=source.identifier[:_LONGEST],
        version=source.version or source.edition,
        attached_to=source.attached_entity_type,
    )


def _fitting(items: Sequence[T], budget: int) -> tuple[tuple[T, ...], int]:
    """Return the first items whose encodings fit into some bytes, and the bytes that are left."""
    kept = []
    for each in items:
        size = len(_encoder.encode(each)) + 1
        if size > budget:
            break
        kept.append(each)
        budget -= size
    return tuple(kept), budget


def _shortened(question: Question) -> Question:
    """Bound the size of one question."""
    conditions = {
        key[:_LONGEST]: tuple([value[:_LONGEST] for value in values[:_MOST_VALUES]])
        for key, values in list(question.conditions.items())[:_MOST_CONDITIONS]
    }
    resource, principal = question.resource[:_LONGEST], question.principal[:_LONGEST]
    changed = conditions != dict(question.conditions) or resource != question.resource
    return msgspec.structs.replace(
        question, conditions=conditions, resource=resource, principal=principal, cut=changed
    )


def _cut(questions: list[Question], sets: list[PolicySet]) -> Evidence:
    """Keep the first policies and the first questions that fit, and say how many did not."""
    budget = MOST_BYTES - _RESERVE
    left, policies = _MOST_POLICY_BYTES, []
    for each in sets:
        kept, left = _fitting(_consulted(each), left)
        policies.append(kept)
    budget -= _MOST_POLICY_BYTES - left + 3 * len(sets)
    asked, _ = _fitting(tuple(map(_shortened, questions)), budget)
    return Evidence(
        questions=asked,
        policies=tuple(policies),
        questions_left_out=len(questions) - len(asked),
        policies_left_out=sum(len(_consulted(each)) for each in sets) - sum(map(len, policies)),
    )
