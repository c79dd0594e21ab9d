"""The evidence of an event: the authorisation questions that its call asked.

The evidence is stored next to the body of the event and authenticated with it; no operation shows
it. A question holds the condition values that the policy engine was given: where no policy about an
action looks at a condition key, none are read. Address, time and caller of the call stand in the
event. Evidence that nothing is left out of suffices to decide each question again: it holds the
digests of all policies, and the texts of those that are stored nowhere.

SECURITY: no value here is secret. Condition values come from plain parameters, tags and proofs that
were verified, and each is cut.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec

from juyong.api.asked import EITHER_SIDE, SELF_SERVICE, Asked, Way
from juyong.engines.policy import Layers, PolicySet, Principal, PrincipalKind, Request, Source
from juyong.engines.policy.conditions import Conditions, Contested

T = TypeVar("T")
MOST_BYTES = 8192
NOTHING_ASKED = "{}"
"""The evidence of a call that asked no question, such as one whose parameters were malformed."""
ALLOWED = frozenset({"Allow", SELF_SERVICE})
_MOST_POLICY_BYTES = MOST_BYTES // 2
_RESERVE = 256
"""Bytes for the frame and the counts of questions and policies that were left out."""
_LONGEST = 512
LETTERS = {
    "identity": "i",
    "identity_resource_group": "g",
    "session": "s",
    "resource": "r",
    "control": "c",
}
"""The layers of a question, by their names in engines.policy.Layers."""
_NOT_THE_CALLER = frozenset({PrincipalKind.SERVICE, PrincipalKind.FEDERATED})
"""Callers with policies of their own or none: the question is whether a policy names them."""
_MOST_CONDITIONS = 20
_MOST_VALUES = 10


class ConsultedPolicy(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """One policy that was asked.

    version: Such as `v3`; empty for policies without versions.
    attached_to: The kind of thing that carries it: User, Group, Role, Resource …
    digest: Of the text, see `engines.policy.digest_of`. Events of older versions have none.
    text: The text, of policies that are stored nowhere: of sessions and access points.
    """

    type: str
    name: str
    version: str = ""
    attached_to: str = ""
    digest: str = ""
    text: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One question.

    conditions: The values that the engine was given, by case-folded key.
    decision: See Asked.outcome.
    by: Which of the evidence's sets of policies were asked, by number from 0.
    layers: A letter for each of `by`, which layer the set is: see LETTERS. Empty where the policies
        of the caller alone were asked.
    way: How the sides count together, see api.asked.
    principal: The service or identity provider that was asked about; empty for the caller itself.
    account: The account for which that principal acts.
    meant: The resource, where `resource` tells less, as of another account's resources.
    readings: The values of each spelling of a condition key that the call had in several.
    cut: Whether conditions or a name are shortened.
    """

    action: str
    resource: str
    decision: str
    conditions: dict[str, tuple[str, ...]] = {}
    by: tuple[int, ...] = ()
    layers: str = ""
    way: Way = EITHER_SIDE
    principal: str = ""
    account: str = ""
    meant: str = ""
    readings: dict[str, tuple[tuple[str, ...], ...]] = {}
    cut: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether this question was answered with yes."""
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
        request, layers, outcome, way, meant = asked[0]
        if not meant:
            answer = outcome, way
            return _of_one(request.action, request.resource, request.principal, layers, answer)
    return _written(asked)


@lru_cache(maxsize=512)
def _of_one(
    action: str, resource: str, principal: Principal, layers: Layers, answer: tuple[str, Way]
) -> str:
    """PERF: what a caller asks once without conditions, it asks again in the same words."""
    request = Request(action=action, resource=resource, principal=principal)
    return _written((Asked(request, layers, *answer),))


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
    other = request.principal if request.principal.kind in _NOT_THE_CALLER else None
    found = _sets_of(asked.layers)
    return Question(
        action=request.action,
        resource=request.resource,
        decision=asked.outcome,
        conditions=dict(request.conditions),
        readings=_readings(request.conditions),
        principal=other.arn if other else "",
        account=other.account_id if other else "",
        by=tuple([sets.setdefault(each, len(sets)) for _, each in found]),
        layers="".join([letter for letter, _ in found]) if len(found) > 1 else "",
        way=asked.way,
        meant=asked.meant,
    )


def _readings(conditions: Conditions) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {
        key: values.readings for key, values in conditions.items() if isinstance(values, Contested)
    }


def _sets_of(layers: Layers) -> list[tuple[str, PolicySet]]:
    found = [(LETTERS["identity"], layers.identity)]
    for name in ("identity_resource_group", "session", "resource"):
        held: PolicySet | None = getattr(layers, name)
        if held is not None:
            found.append((LETTERS[name], held))
    return [*found, *[(LETTERS["control"], level) for level in layers.control or ()]]


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
        digest=source.digest,
        text=source.text,
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
    names = {
        name: getattr(question, name)[:_LONGEST] for name in ("resource", "principal", "meant")
    }
    whole = all(getattr(question, name) == value for name, value in names.items())
    whole = whole and conditions == question.conditions and not question.readings
    return msgspec.structs.replace(
        question, conditions=conditions, readings={}, cut=not whole, **names
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
