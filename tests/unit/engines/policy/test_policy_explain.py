"""The content of a diagnostic message, and its sentences."""

from tests.unit.engines.policy.policy_values import (
    ALICE,
    ECS,
    ROOT,
    SESSION,
    policies,
    policy,
    request,
    statement,
    trust,
)

from juyong.engines.policy import (
    AuthCondition,
    Kind,
    Layers,
    MatchedPolicy,
    PolicySet,
    authorise,
    explain,
    trusts,
)


def told(asked, layers, **how):
    decision = authorise(asked, layers, **how)
    return explain(asked, decision, layers)


def test_an_explicit_denial_names_its_policy_once_and_each_statement():
    denying = policies(
        statement("Deny", "ecs:*", Sid="no ecs"), statement("Deny"), statement(), identifier="deny"
    )
    asked = request(given={"acs:SourceIp": "10.0.0.1", "ecs:tag/Env": ["a", "b"]})
    explanation = told(asked, Layers(identity=denying))
    assert explanation.explicit_deny
    assert explanation.no_permission_policy_type == "AccountLevelIdentityBasedPolicy"
    assert (explanation.auth_action, explanation.auth_resource) == (asked.action, asked.resource)
    assert (
        explanation.auth_principal_type,
        explanation.auth_principal_owner_id,
        explanation.auth_principal_display_name,
    ) == ("SubUser", "1", "201")
    assert explanation.auth_conditions == (
        AuthCondition(key="acs:SourceIp", values=("10.0.0.1",)),
        AuthCondition(key="ecs:tag/env", values=("a", "b")),
    )
    assert explanation.matched_policies == (
        MatchedPolicy(
            policy_type="Custom",
            policy_identifier="deny",
            policy_version="v1",
            effect="Deny",
            attached_scope="1",
            attached_entity_type="User",
        ),
    )
    asked_for = "`ecs:StartInstance` on `acs:ecs:cn:1:instance/i-1`"
    assert explanation.sentences == (
        f"Statement[0] (`no ecs`) of Custom `deny` v1 denies {asked_for}",
        f"Statement[1] of Custom `deny` v1 denies {asked_for}",
    )


def test_a_silent_layer_is_named_with_what_came_near():
    near = policies(
        statement(action="ecs:Stop*"),
        statement(resource="acs:ecs:*:*:instance/i-2"),
        statement(Condition={"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}}),
        statement(Condition={"Bool": {"acs:MFAPresent": "true"}}),
        statement(
            resource="acs:oss:*", Condition={"ForAnyValue:StringEquals": {"acs:TagKeys": "k"}}
        ),
    )
    explanation = told(request(given={"acs:SourceIp": "192.0.2.1"}), Layers(identity=near))
    assert not explanation.explicit_deny
    assert explanation.matched_policies == ()
    assert explanation.sentences == (
        (
            "no statement of the AccountLevelIdentityBasedPolicy layer allows"
            " `ecs:StartInstance` on `acs:ecs:cn:1:instance/i-1`"
        ),
        "Statement[1] of Custom `p` v1 allows `ecs:StartInstance`, but only on other resources",
        (
            "Statement[2] of Custom `p` v1 allows `ecs:StartInstance`, but only if"
            " IpAddress `acs:SourceIp` `10.0.0.0/8` (it was `192.0.2.1`)"
        ),
        (
            "Statement[3] of Custom `p` v1 allows `ecs:StartInstance`, but only if"
            " Bool `acs:MFAPresent` `true` (the request has no such key)"
        ),
        (
            "Statement[4] of Custom `p` v1 allows `ecs:StartInstance`, but only on other resources;"
            " only if ForAnyValue:StringEquals `acs:TagKeys` `k` (the request has no such key)"
        ),
    )


def test_near_misses_are_told_only_with_the_layers():
    layers = Layers(identity=policies(statement(resource="acs:oss:*")))
    decision = authorise(request(), layers)
    assert len(explain(request(), decision).sentences) == 1
    assert len(explain(request(), decision, layers).sentences) == 2


def test_near_misses_and_their_values_are_bounded():
    crowd = PolicySet(
        policy(statement(resource="acs:oss:*"), identifier=f"p{number}") for number in range(30)
    )
    assert len(told(request(), Layers(identity=crowd)).sentences) == 11
    values = [f"v{number}" for number in range(9)]
    many = policies(statement(Condition={"StringEquals": {"x:y": values}}))
    sentence = told(request(given={"x:y": "x" * 500}), Layers(identity=many)).sentences[1]
    assert "`v0`, `v1`, `v2`, `v3`, `v4` and 4 more" in sentence
    assert len(sentence) < 300


def test_a_deny_that_did_not_apply_is_no_near_miss():
    denying = policies(statement("Deny", resource="acs:oss:*"))
    assert len(told(request(), Layers(identity=denying)).sentences) == 1


def test_a_value_that_cannot_be_read_is_a_near_miss():
    numeric = policies(statement(Condition={"NumericLessThan": {"x:n": "5"}}))
    sentences = told(request(given={"x:n": "few"}), Layers(identity=numeric)).sentences
    assert sentences[1].endswith("only if NumericLessThan `x:n` `5` (it was `few`)")


def test_near_misses_come_from_the_layer_that_was_silent():
    wide, narrow = policies(statement()), policies(statement(resource="acs:oss:*"))
    session = told(request(principal=SESSION), Layers(identity=wide, session=narrow))
    assert session.no_permission_policy_type == "SessionPolicy"
    assert session.auth_principal_display_name == "Admin:s1"
    control = told(request(), Layers(identity=wide, control=(wide, narrow)))
    assert control.no_permission_policy_type == "ControlPolicy"
    group = told(request(), Layers(identity=PolicySet(), identity_resource_group=narrow))
    assert group.no_permission_policy_type == "ResourceGroupLevelIdentityBasedPolicy"
    for explanation in (session, control, group):
        assert len(explanation.sentences) == 2
        assert "only on other resources" in explanation.sentences[1]


def test_another_principal_is_told_apart_from_another_resource():
    trusting = policies(trust({"RAM": "acs:ram::1:user/bob"}), kind=Kind.TRUST)
    layers = Layers(identity=policies(statement()), resource=trusting)
    asked = request("sts:AssumeRole", "acs:ram::1:role/r", ALICE)
    explanation = told(asked, layers, require_resource=True)
    assert explanation.no_permission_policy_type == "AssumeRolePolicy"
    assert explanation.sentences[1].endswith("but only to other principals")


def test_an_allowed_request_has_no_missing_permission():
    explanation = told(request(), Layers(identity=policies(statement(Sid="all"))))
    assert not explanation.explicit_deny
    assert explanation.no_permission_policy_type == ""
    assert explanation.matched_policies[0].effect == "Allow"
    assert "Statement[0] (`all`) of Custom `p` v1 allows" in explanation.sentences[0]


def test_root_is_explained_without_policies():
    empty = Layers(identity=PolicySet())
    at_home = told(request(principal=ROOT), empty)
    assert "bound by no policy" in at_home.sentences[0]
    abroad = told(request(principal=ROOT), empty, cross_account=True)
    assert abroad.sentences == (
        (
            "the account root needs a permission from the other side:"
            " `ecs:StartInstance` on `acs:ecs:cn:1:instance/i-1` is denied"
        ),
    )


def test_a_service_that_is_not_trusted_is_explained():
    trusting = policies(trust({"Service": "oss.aliyuncs.com"}), kind=Kind.TRUST)
    asked = request("sts:AssumeRole", "acs:ram::1:role/r", ECS)
    decision = trusts(asked, trusting)
    layers = Layers(identity=PolicySet(), resource=trusting)
    explanation = explain(asked, decision, layers)
    assert explanation.auth_principal_type == "Service"
    assert explanation.sentences[1].endswith("but only to other principals")
