"""Explain an event: who asked what, which policies decided, and whether they decide so again."""

from pathlib import Path

from msgspec.structs import replace

from juyong.api.asked import SELF_SERVICE
from juyong.app.audit import looking
from juyong.app.keys import open_keys
from juyong.app.keys.unlocking import by_settings
from juyong.app.operator import ask_passphrase, home_at
from juyong.app.settings import load_settings
from juyong.app.why.recorded import Recorded, recorded
from juyong.app.why.replaying import (
    Asking,
    NotReconstructable,
    answered_as_recorded,
    asked_again,
    decided,
)
from juyong.app.why.today import today
from juyong.app.why.told import Answered, Explained, PolicyThen
from juyong.audit.evidence import Question
from juyong.base.clock import iso
from juyong.engines.policy import explain
from juyong.store.transaction import Transaction


def why(path: Path, event_id: str) -> Explained:
    """Explain an event of a home, whether a server runs or not; changes nothing.

    Raises:
        BadInput: there is no such event.
        OperatorError: the event was changed since it was recorded, or the database or the keys
            cannot be had.
    """
    home = home_at(path)
    keys = open_keys(home, by_settings(load_settings(home.settings), ask_passphrase))
    try:
        with looking(home, lenient=True) as tx:
            return explained(tx, event_id, keys["audit"])
    finally:
        keys.forget()


def explained(tx: Transaction, event_id: str, audit_key: bytes) -> Explained:
    """Explain an event; raises as `why`."""
    of = recorded(tx, event_id, audit_key)
    questions = of.evidence.questions if of.evidence else ()
    answers = tuple(_answered(tx, of, each) for each in questions)
    reasons = (*_missing(of), *(each.reason for each in answers if each.reason))
    if any(each.same is False for each in answers):
        same: bool | None = False
    else:
        same = None if reasons else True
    who = of.event.user_identity
    return Explained(
        event_id=of.event.event_id,
        at=iso(of.at),
        account_id=of.account_id,
        who=f"{who.type} {who.user_name or who.principal_id}",
        operation=of.event.event_name,
        service=of.event.service_name,
        address=of.event.source_ip_address,
        error_code=of.event.error_code,
        same=same,
        reasons=reasons,
        questions=answers,
    )


def _missing(of: Recorded) -> tuple[str, ...]:
    """Say what the event itself lacks."""
    if of.evidence is None:
        if of.event.event_type != "ApiCall":
            return ()
        return ("it was recorded by an older version, which kept no questions",)
    left_out = of.evidence.questions_left_out
    return (f"{left_out} more questions did not fit into the event",) if left_out else ()


def _answered(tx: Transaction, of: Recorded, question: Question) -> Answered:
    told = Answered(
        action=question.action,
        resource=question.meant or question.resource,
        principal=question.principal,
        recorded=question.decision,
        conditions=question.conditions,
    )
    try:
        asking = asked_again(tx, of, question)
    except NotReconstructable as lack:
        return replace(told, reason=str(lack))
    decision = decided(asking, question)
    return replace(
        told,
        replayed=decision.outcome.value,
        same=answered_as_recorded(question, decision),
        settled=(*explain(asking.request, decision, asking.layers).sentences, *_further(question)),
        policies=_policies(asking),
        today=today(tx, of, question, asking),
    )


def _further(question: Question) -> tuple[str, ...]:
    """Name the other things that decided."""
    if question.decision == SELF_SERVICE:
        return ("the account's preferences let users do this to themselves",)
    if question.meant:
        return ("the resource is another account's, whose policies its owner alone can look at",)
    return ()


def _policies(asking: Asking) -> tuple[PolicyThen, ...]:
    return tuple(
        PolicyThen(
            layer=layer,
            type=each.type,
            name=each.name,
            version=each.version,
            attached_to=each.attached_to,
            digest=each.digest,
            text=text.text,
            kept=text.kept,
        )
        for layer, each, text in asking.policies
    )
