"""Decide a recorded question by the policies of today, and say what is another policy."""

from collections.abc import Iterable

from msgspec.structs import replace

from juyong.api.access import TargetPolicy, compile_target
from juyong.api.asked import BOTH_SIDES, BY_TRUST, SHARED, decide
from juyong.api.caller import AccessPoint, Caller, RoleSession, User
from juyong.app.why.recorded import Recorded
from juyong.app.why.replaying import Asking
from juyong.app.why.texts import document_now
from juyong.app.why.told import Today
from juyong.audit.evidence import Question
from juyong.base.shown import shown
from juyong.engines.policy import Layer, Layers, PolicySet, Source
from juyong.services.identity.facade import Principals, RoleRow, UserRow
from juyong.services.kms.facade import policies_of
from juyong.store.transaction import Transaction


class _Gone(Exception):
    """Something that was asked about is no more; the text names it."""


def today(tx: Transaction, of: Recorded, question: Question, then: Asking) -> Today:
    """Decide a question by the policies of today.

    The session's own policy stays, since nothing can change it. The function assumes that the ACLs
    of a bucket's objects are as they were.
    """
    try:
        own = Layers(identity=PolicySet()) if question.principal else _own(tx, of.caller)
        layers = replace(own, session=own.session or then.layers.session)
        layers = replace(layers, resource=_target(tx, question, then))
    except _Gone as gone:
        return Today(decision=None, changes=(str(gone),))
    decision = decide(then.request, layers, question.way)
    changes = tuple(_changes(then.layers, layers))
    return Today(decision=decision.outcome.value, changes=changes)


def _own(tx: Transaction, caller: Caller) -> Layers:
    match caller:
        case User() if tx.get(UserRow, caller.user_id) is None:
            raise _Gone(f"the user {shown(caller.user_name)} is no more")
        case RoleSession() if tx.get(RoleRow, caller.role_id) is None:
            raise _Gone(f"the role {shown(caller.role_name)} is no more")
        case AccessPoint():
            held = policies_of(tx, caller)
            return Layers(identity=held, session=held)
        case _:
            return Principals().layers(tx, caller)


def _target(tx: Transaction, question: Question, then: Asking) -> PolicySet | None:
    """Return the policy of the target today; of another account's, which is not told, none."""
    if question.meant:
        return None
    trust = question.way in (BOTH_SIDES, BY_TRUST)
    layer = Layer.TRUST if trust else Layer.RESOURCE
    held = [(each, text) for name, each, text in then.policies if name == "resource"]
    place = held[0][1].place if held else 0
    is_there, document = document_now(tx, question.resource, layer, place)
    if held and not is_there:
        raise _Gone(f"{shown(question.resource)} is no more")
    if document is None:
        return None
    name = held[0][0].name if held else question.resource
    shared = question.way == SHARED
    return compile_target(
        TargetPolicy(document=document, identifier=name, trust=trust, shared=shared)
    )


def _changes(then: Layers, now: Layers) -> Iterable[str]:
    before, after = _sources(then), _sources(now)
    for name in sorted({**before, **after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        title = f"{name[0]} {shown(name[1])}"
        if new is None:
            yield f"{title} is gone"
        elif old is None:
            yield f"{title}{_version(new)} is new"
        else:
            yield f"{title}{_version(new)} has another text"


Named = dict[tuple[str, str], dict[str, str]]


def _sources(layers: Layers) -> Named:
    """Return the policies by type and name: digest to version."""
    found: Named = {}
    for policies in (layers.identity, layers.session, layers.resource):
        for policy in policies.policies if policies is not None else ():
            source = policy.source
            texts = found.setdefault((source.policy_type, source.identifier), {})
            texts[source.digest] = _spelled(source)
    return found


def _spelled(source: Source) -> str:
    return source.version or source.edition


def _version(texts: dict[str, str]) -> str:
    return "".join(f" {version}" for version in texts.values() if version)
