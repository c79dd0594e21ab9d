"""Decide a recorded question again, by the policies that were asked."""

from typing import NamedTuple

from juyong.api.asked import SELF_SERVICE, decide
from juyong.app.why.recorded import Recorded
from juyong.app.why.texts import Text, text_of
from juyong.audit.evidence import LETTERS, ConsultedPolicy, Question
from juyong.base.shown import shown
from juyong.engines.policy import (
    Conditions,
    Decision,
    Kind,
    Layer,
    Layers,
    Malformed,
    Outcome,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    compile_policy,
    parse,
)
from juyong.engines.policy.conditions import Contested
from juyong.gateway.request_context import principal_of
from juyong.store.transaction import Transaction

_NAMES = {letter: name for name, letter in LETTERS.items()}


class NotReconstructable(Exception):
    """The question cannot be decided again; the text says why."""


class Asking(NamedTuple):
    """A question as it was asked.

    policies: Each with the name of its layer, and with its text.
    """

    request: Request
    layers: Layers
    policies: tuple[tuple[str, ConsultedPolicy, Text], ...]


def asked_again(tx: Transaction, of: Recorded, question: Question) -> Asking:
    """Return a question with its policies, as it was asked.

    Raises:
        NotReconstructable: something of it is kept no more, or never was.
    """
    if question.cut:
        raise NotReconstructable("its names or conditions were too long, and were shortened")
    letters = question.layers or LETTERS["identity"]
    if len(letters) != len(question.by):
        raise NotReconstructable("it was recorded by an older version, which kept less")
    policies, sets = [], []
    for letter, number in zip(letters, question.by, strict=True):
        found = [(each, _text(tx, of, question, each)) for each in _consulted(of, number)]
        policies += [(_NAMES[letter], each, text) for each, text in found]
        sets.append((_NAMES[letter], _compiled(letter, found)))
    return Asking(_request(of, question), _layers(sets), tuple(policies))


def answered_as_recorded(question: Question, decision: Decision) -> bool:
    """Tell whether a decision is the recorded one.

    The account's preferences allow only where the caller's policies are silent.
    """
    if question.decision == SELF_SERVICE:
        silent = decision.outcome is Outcome.IMPLICIT_DENY
        return silent and decision.layer is Layer.IDENTITY
    return question.decision == decision.outcome.value


def decided(asking: Asking, question: Question) -> Decision:
    """Decide a question in its way."""
    return decide(asking.request, asking.layers, question.way)


def compiled(policy: ConsultedPolicy, text: str, kind: Kind) -> PolicySet:
    """Return a policy for the engine.

    Raises:
        NotReconstructable: this version does not read the text.
    """
    source = Source(
        policy_type=policy.type,
        identifier=policy.name,
        version=policy.version or None,
        attached_scope="",
        attached_entity_type=policy.attached_to,
        digest=policy.digest,
    )
    try:
        document = parse(text, kind, max_chars=len(text))
        return PolicySet((compile_policy(document, source),))
    except Malformed as bad:
        raise NotReconstructable(
            f"this version does not read {named(policy)}: {bad.reason}"
        ) from bad


def kind_of(layer: str, policy_type: str) -> Kind:
    """Return the grammar of a policy, from its layer and type."""
    if policy_type == Layer.TRUST.value:
        return Kind.TRUST
    if policy_type == Layer.SESSION.value:
        return Kind.SESSION
    return {"resource": Kind.RESOURCE, "control": Kind.CONTROL}.get(layer, Kind.IDENTITY)


def named(policy: ConsultedPolicy) -> str:
    """Name a policy for people."""
    version = f" {policy.version}" if policy.version else ""
    return f"{policy.type} {shown(policy.name)}{version}"


def _consulted(of: Recorded, number: int) -> tuple[ConsultedPolicy, ...]:
    evidence = of.evidence
    if evidence is None or evidence.policies_left_out:
        raise NotReconstructable("the names of all policies did not fit into the event")
    return evidence.policies[number]


def _text(tx: Transaction, of: Recorded, question: Question, policy: ConsultedPolicy) -> Text:
    if not policy.digest:
        raise NotReconstructable(
            f"it was recorded by an older version, which kept no digest of {named(policy)}"
        )
    found = text_of(tx, policy, of.account_id, question.meant or question.resource)
    if found is None:
        raise NotReconstructable(
            f"the text of {named(policy)} is kept no more; its SHA-256 began {policy.digest}"
        )
    return found


def _compiled(letter: str, found: list[tuple[ConsultedPolicy, Text]]) -> PolicySet:
    return PolicySet(
        policy
        for each, text in found
        for policy in compiled(each, text.text, kind_of(_NAMES[letter], each.type)).policies
    )


def _layers(sets: list[tuple[str, PolicySet]]) -> Layers:
    held = dict(sets)
    return Layers(
        identity=held["identity"],
        identity_resource_group=held.get("identity_resource_group"),
        session=held.get("session"),
        resource=held.get("resource"),
        control=tuple(each for name, each in sets if name == "control") or None,
    )


def _request(of: Recorded, question: Question) -> Request:
    return Request(
        action=question.action,
        resource=question.meant or question.resource,
        principal=_principal(of, question),
        conditions=_conditions(question),
    )


def _conditions(question: Question) -> Conditions:
    contested = {key: Contested.of(values) for key, values in question.readings.items()}
    return {**question.conditions, **contested}


def _principal(of: Recorded, question: Question) -> Principal:
    if not question.principal:
        return principal_of(of.caller)
    federated = question.principal.startswith("acs:ram:")
    return Principal(
        arn=question.principal,
        account_id=question.account,
        kind=PrincipalKind.FEDERATED if federated else PrincipalKind.SERVICE,
    )
