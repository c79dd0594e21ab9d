"""How the layers come together."""

from itertools import product

import pytest
from tests.unit.engines.policy.policy_values import (
    ALICE,
    ROOT,
    SESSION,
    STRANGER,
    policies,
    policy,
    request,
    statement,
    trust,
)

from juyong.engines.policy import Kind, Layer, Layers, Outcome, PolicySet, authorise

ALLOW, DENY, SILENT = "allow", "deny", "silent"
WRITTEN = {
    ALLOW: [statement()],
    DENY: [statement(), statement("Deny", "ecs:*")],
    SILENT: [statement(action="oss:*")],
}
OUTCOMES = {
    ALLOW: Outcome.ALLOW,
    DENY: Outcome.EXPLICIT_DENY,
    SILENT: Outcome.IMPLICIT_DENY,
}


def layer(says, kind=Kind.IDENTITY):
    if says is None:
        return None
    extra = {"Principal": "*"} if kind is Kind.RESOURCE else {}
    return policies(*(one | extra for one in WRITTEN[says]), kind=kind)


def decide(identity, group=None, resource=None, session=None, control=None, **how):
    decision = authorise(
        request(principal=how.pop("principal", ALICE)),
        Layers(
            identity=layer(identity),
            identity_resource_group=layer(group),
            session=layer(session),
            control=None if control is None else tuple(map(layer, control)),
            resource=layer(resource, Kind.RESOURCE),
        ),
        **how,
    )
    return decision.outcome, decision.layer


@pytest.mark.parametrize("identity", [ALLOW, DENY, SILENT])
@pytest.mark.parametrize("resource", [None, ALLOW, DENY, SILENT])
def test_within_an_account_one_side_may_allow_and_any_may_deny(identity, resource):
    outcome, by = decide(identity, resource=resource)
    if identity == DENY:
        assert (outcome, by) == (Outcome.EXPLICIT_DENY, Layer.IDENTITY)
    elif resource == DENY:
        assert (outcome, by) == (Outcome.EXPLICIT_DENY, Layer.RESOURCE)
    elif identity == ALLOW:
        assert (outcome, by) == (Outcome.ALLOW, Layer.IDENTITY)
    elif resource == ALLOW:
        assert (outcome, by) == (Outcome.ALLOW, Layer.RESOURCE)
    else:
        assert (outcome, by) == (Outcome.IMPLICIT_DENY, Layer.IDENTITY)


@pytest.mark.parametrize("identity", [ALLOW, DENY, SILENT])
@pytest.mark.parametrize("resource", [None, ALLOW, DENY, SILENT])
@pytest.mark.parametrize(
    ("how", "target"),
    [
        ({"cross_account": True}, Layer.RESOURCE),
        ({"require_resource": True}, Layer.TRUST),
        ({"principal": STRANGER}, Layer.RESOURCE),
    ],
)
def test_across_accounts_and_for_trust_both_sides_must_allow(identity, resource, how, target):
    outcome, by = decide(identity, resource=resource, **how)
    if identity == DENY:
        assert (outcome, by) == (Outcome.EXPLICIT_DENY, Layer.IDENTITY)
    elif resource == DENY:
        assert (outcome, by) == (Outcome.EXPLICIT_DENY, target)
    elif identity == SILENT:
        assert (outcome, by) == (Outcome.IMPLICIT_DENY, Layer.IDENTITY)
    elif resource == ALLOW:
        assert (outcome, by) == (Outcome.ALLOW, Layer.IDENTITY)
    else:
        assert (outcome, by) == (Outcome.IMPLICIT_DENY, target)


@pytest.mark.parametrize(("identity", "group"), [*product([ALLOW, DENY, SILENT], repeat=2)])
def test_the_resource_group_is_asked_only_when_the_account_is_silent(identity, group):
    expected = (
        (OUTCOMES[group], Layer.RESOURCE_GROUP)
        if identity == SILENT
        else (OUTCOMES[identity], Layer.IDENTITY)
    )
    assert decide(identity, group) == expected


@pytest.mark.parametrize("session", [ALLOW, DENY, SILENT])
def test_a_session_policy_must_allow(session):
    expected = (Outcome.ALLOW, Layer.IDENTITY)
    if session != ALLOW:
        expected = (OUTCOMES[session], Layer.SESSION)
    assert decide(ALLOW, session=session, resource=ALLOW, principal=SESSION) == expected
    assert decide(SILENT, session=session) != (Outcome.ALLOW, Layer.IDENTITY)


@pytest.mark.parametrize(
    ("control", "outcome"),
    [
        ([], Outcome.ALLOW),
        ([ALLOW], Outcome.ALLOW),
        ([ALLOW, ALLOW, ALLOW], Outcome.ALLOW),
        ([SILENT], Outcome.IMPLICIT_DENY),
        ([ALLOW, SILENT], Outcome.IMPLICIT_DENY),
        ([SILENT, ALLOW], Outcome.IMPLICIT_DENY),
        ([ALLOW, DENY], Outcome.EXPLICIT_DENY),
        ([SILENT, DENY], Outcome.EXPLICIT_DENY),
    ],
)
def test_every_level_of_control_must_allow(control, outcome):
    by = Layer.IDENTITY if outcome is Outcome.ALLOW else Layer.CONTROL
    assert decide(ALLOW, session=ALLOW, control=control, resource=ALLOW) == (outcome, by)


def test_control_is_named_before_session_and_session_before_identity():
    assert decide(DENY, session=DENY, control=[DENY])[1] is Layer.CONTROL
    assert decide(DENY, session=DENY)[1] is Layer.SESSION


@pytest.mark.parametrize("says", [DENY, SILENT])
def test_root_is_bound_by_no_policy_at_home(says):
    assert decide(
        says, group=says, resource=says, session=says, control=[says], principal=ROOT
    ) == (Outcome.ALLOW, Layer.IDENTITY)


@pytest.mark.parametrize("resource", [None, ALLOW, DENY, SILENT])
def test_root_needs_the_other_account_abroad(resource):
    outcome, by = decide(DENY, resource=resource, principal=ROOT, cross_account=True)
    assert (outcome, by) == (OUTCOMES[resource or SILENT], Layer.RESOURCE)


def test_root_never_assumes_a_role():
    trusting = policies(trust({"RAM": "acs:ram::1:root"}), kind=Kind.TRUST)
    asked = request("sts:AssumeRole", "acs:ram::1:role/r", ROOT)
    decision = authorise(
        asked, Layers(identity=policies(statement()), resource=trusting), require_resource=True
    )
    assert (decision.outcome, decision.layer) == (Outcome.IMPLICIT_DENY, Layer.TRUST)


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("acs:ecs:cn:1:instance/i-1", True),
        ("acs:ecs:cn:22:instance/i-1", False),
        ("acs:ram:*:system:policy/Full", True),
        ("acs:ecs:cn:*:instance/i-1", True),
        ("acs:ecs:cn::instance/i-1", True),
        ("*", True),
    ],
)
def test_a_resource_named_with_another_account_needs_its_consent(resource, allowed):
    layers = Layers(identity=policies(statement()))
    assert authorise(request(resource=resource), layers).allowed is allowed
    assert authorise(request(resource=resource, principal=ROOT), layers).allowed is allowed


def test_empty_sets_allow_nothing():
    empty = PolicySet()
    assert not authorise(request(), Layers(identity=empty)).allowed
    full = policies(statement())
    assert not authorise(request(), Layers(identity=full, session=empty)).allowed
    assert not authorise(request(), Layers(identity=full, control=(empty,))).allowed


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("ecs:StartInstance", True),
        ("ECS:STARTINSTANCE", True),
        ("ecs:StopInstance", False),
        ("ram:GetUser", True),
        ("ram:DeleteUser", False),
        ("x:y", False),
    ],
)
def test_actions_have_no_case_and_not_action_is_all_others(action, allowed):
    written = policies(
        statement(action=["ecs:Start*", "ecs:describeinstance"]),
        {"Effect": "Allow", "NotAction": ["ecs:*", "*:delete*", "x:y"], "Resource": "*"},
    )
    decision = authorise(request(action), Layers(identity=written))
    assert decision.allowed is allowed


def test_not_resource_is_all_others():
    written = policies(
        {"Effect": "Allow", "Action": "*", "NotResource": ["acs:ecs:*:*:instance/i-1"]}
    )
    assert not authorise(request(), Layers(identity=written)).allowed
    other = request(resource="acs:ecs:cn:1:instance/i-2")
    assert authorise(other, Layers(identity=written)).allowed
    assert authorise(request(resource="*"), Layers(identity=written)).allowed


def test_a_decision_names_every_statement_that_settled_it():
    several = PolicySet(
        [
            policy(statement(), statement("Deny", "oss:*"), identifier="b"),
            policy(statement(action="ecs:*", Sid="second"), identifier="a"),
        ]
    )
    decision = authorise(request(), Layers(identity=several))
    named = [(match.source.identifier, match.index, match.sid) for match in decision.matched]
    assert named == [("a", 0, "second"), ("b", 0, None)]


def test_both_sides_are_named_when_both_had_to_allow():
    layers = Layers(
        identity=policies(statement(), identifier="mine"),
        resource=policies(trust({"RAM": "acs:ram::1:root"}), kind=Kind.TRUST, identifier="theirs"),
    )
    asked = request("sts:AssumeRole", "acs:ram::1:role/r")
    decision = authorise(asked, layers, require_resource=True)
    assert [match.source.identifier for match in decision.matched] == ["mine", "theirs"]


def test_a_trust_policy_that_names_one_user_admits_no_other():
    layers = Layers(
        identity=policies(statement()),
        resource=policies(trust({"RAM": "acs:ram::1:user/bob"}), kind=Kind.TRUST),
    )
    asked = request("sts:AssumeRole", "acs:ram::1:role/r")
    decision = authorise(asked, layers, require_resource=True)
    assert (decision.outcome, decision.layer) == (Outcome.IMPLICIT_DENY, Layer.TRUST)
