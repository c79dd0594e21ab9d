"""Evidence suffices: whatever is asked, the question that an event kept is decided as it was."""

import json
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from tests.property import policy_cases as made

from juyong.api.asked import BOTH_SIDES, BY_TRUST, EITHER_SIDE, SHARED, Asked, decide
from juyong.api.caller import Anonymous, RoleSession, Root, User
from juyong.app.why import replaying
from juyong.app.why.recorded import Recorded, _caller
from juyong.app.why.texts import Text
from juyong.audit.evidence import evidence_of, read_evidence
from juyong.audit.recorder import AuditEvent, identity_of
from juyong.base.clock import Instant
from juyong.engines.policy import (
    Kind,
    Layer,
    Layers,
    PolicySet,
    Source,
    compile_policy,
    conditions_of,
    digest_of,
    parse,
)
from juyong.gateway.request_context import principal_of

TYPES = {
    Kind.TRUST: Layer.TRUST.value,
    Kind.SESSION: Layer.SESSION.value,
    Kind.RESOURCE: Layer.RESOURCE.value,
    Kind.CONTROL: Layer.CONTROL.value,
    Kind.IDENTITY: "Custom",
}
SOMEBODY = made.CALLERS + made.STRANGERS


class Written:
    """Policies for the engine, and their texts by digest."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def set(self, policies: Any) -> PolicySet | None:
        return None if policies is None else PolicySet(map(self.policy, policies))

    def policy(self, policy: Any) -> Any:
        kind, text = Kind(policy["kind"]), json.dumps(policy["document"])
        self.texts[digest_of(text)] = text
        source = Source(
            policy_type=TYPES[kind],
            identifier=policy["id"],
            version=None,
            attached_scope="1",
            attached_entity_type="User",
            digest=digest_of(text),
        )
        return compile_policy(parse(text, kind, max_chars=10**6), source)

    def layers(self, layers: Any) -> Layers:
        control = layers["control"]
        return Layers(
            identity=self.set(layers["identity"]) or PolicySet(),
            identity_resource_group=self.set(layers["group"]),
            session=self.set(layers["session"]),
            control=tuple(map(self.set, control)) if control else None,  # type: ignore[arg-type]
            resource=self.set(layers["resource"]),
        )


def caller_of(caller: dict[str, str]) -> Any:
    account, sort, name = caller["account"], caller["sort"], caller["name"]
    match sort:
        case "root":
            return Root(account_id=account)
        case "user":
            return User(account_id=account, user_id=caller["id"], user_name=name)
        case "session":
            role, _, session = name.partition("/")
            return RoleSession(
                account_id=account,
                role_id=caller["id"].partition(":")[0],
                role_name=role,
                session_name=session,
                access_key_id="STS.x",
                issued_at=Instant(1),
                expires_at=Instant(2),
            )
    return Anonymous(account_id=account)


def event_by(caller: Any) -> AuditEvent:
    return AuditEvent(
        event_version=1,
        event_type="ApiCall",
        event_category="Management",
        event_rw="Read",
        event_name="E",
        event_source="h",
        service_name="S",
        acs_region="r",
        is_global=True,
        source_ip_address="a",
        recipient_account_id=caller.account_id,
        user_identity=identity_of(caller),
    )


@settings(max_examples=600, deadline=None)
@given(made.cases, st.sampled_from([EITHER_SIDE, BOTH_SIDES, SHARED, BY_TRUST]))
def test_each_question_is_decided_again_as_it_was(cases: Any, way: Any) -> None:
    written, trust = Written(), way in (BOTH_SIDES, BY_TRUST)
    given_layers = cases.layers(trust=trust)
    layers = written.layers(given_layers)
    for each in cases.requests(SOMEBODY):
        caller = caller_of(each["caller"])
        own = each["caller"]["sort"] in ("service", "federated")
        principal = made.engine_principal(each["caller"]) if own else principal_of(caller)
        request = replaying.Request(
            action=each["action"],
            resource=each["resource"],
            principal=principal,
            conditions=conditions_of(each["conditions"]),
        )
        decision = decide(request, layers, way)
        evidence = evidence_of([Asked(request, layers, decision.outcome.value, way)])
        note(evidence)
        event = event_by(caller)
        of = Recorded(caller.account_id, Instant(1), event, read_evidence(evidence), caller)
        of = of._replace(caller=_caller(event, Instant(1)))
        (question,) = read_evidence(evidence).questions
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                replaying, "text_of", lambda _tx, p, *_of: Text(written.texts[p.digest], "here")
            )
            asking = replaying.asked_again(None, of, question)  # type: ignore[arg-type]
        again = replaying.decided(asking, question)
        assert asking.request.principal == principal
        assert (again.outcome, again.layer) == (decision.outcome, decision.layer)
        assert replaying.answered_as_recorded(question, again)
        found = {(match.source.identifier, match.index) for match in again.matched}
        assert found == made.hits(decision)
