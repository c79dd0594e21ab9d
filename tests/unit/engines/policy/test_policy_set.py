"""The index over many statements: complete, independent of order, quick."""

import pytest
from tests.unit.engines.policy.policy_values import policies, policy, request, statement

from juyong.engines.policy import Kind, Layers, PolicySet, authorise
from juyong.engines.policy.decide import _REMEMBERED_ACTIONS

SHAPES = [
    "acs:oss:*:*:bucket-{0}/*",
    "acs:oss:*:*:bucket-{0}/o?ject",
    "acs:oss:*:*:{1}/object",
    "acs:oss:*:*:*{0}/object",
    "acs:oss:*:bucket-{0}/object",
    "acs:o?s:cn:1:bucket-{0}/object",
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_each_of_two_hundred_statements_is_found(shape, effect):
    written = [
        statement(effect, "oss:Get*", shape.format(number, f"bucket-{number}"))
        for number in range(200)
    ]
    held = PolicySet(
        policy(*written[at : at + 10], identifier=f"{at:03}") for at in range(0, 200, 10)
    )
    for number in range(200):
        asked = request("oss:GetObject", f"acs:oss:cn:1:bucket-{number}/object")
        decision = authorise(asked, Layers(identity=held))
        if effect == "Allow":
            places = {(match.source.identifier, match.index) for match in decision.matched}
            assert (f"{number // 10 * 10:03}", number % 10) in places
        else:
            assert decision.outcome.value == "ExplicitDeny"
        missing = request("oss:GetObject", "acs:oss:cn:1:basket-x/object")
        assert authorise(missing, Layers(identity=held)).outcome.value == "ImplicitDeny"


def test_role_names_are_found_whatever_their_case():
    held = policies(statement(resource="acs:ram::1:role/Stra\u00dfe-Admin*"))
    for name in ("STRASSE-ADMIN", "stra\u00dfe-admin-2"):
        asked = request("ram:GetRole", f"acs:ram::1:role/{name}")
        assert authorise(asked, Layers(identity=held)).allowed


def test_statements_without_conditions_on_everything_are_named_beside_others():
    held = policies(
        statement(),
        statement(resource="acs:ecs:*:*:instance/*"),
        statement(Condition={"Bool": {"x:y": "true"}}),
        statement(resource=["acs:ecs:*", "acs:ecs:*:*:instance/*"]),
        statement(action="ecs:*", resource=["acs:oss:*", "*"]),
    )
    decision = authorise(request(), Layers(identity=held))
    assert [match.index for match in decision.matched] == [0, 1, 3, 4]
    decision = authorise(request(resource="*"), Layers(identity=held))
    assert [match.index for match in decision.matched] == [0, 4]


def test_a_set_says_which_policies_it_holds_in_one_order():
    first, second = policy(statement(), identifier="a"), policy(statement("Deny"), identifier="b")
    assert PolicySet([second, first, second]).policies == (first, second)
    assert repr(PolicySet([second, first])) == "PolicySet(a, b)"


def test_remembered_actions_are_bounded():
    held = policies(statement(action="ecs:*"))
    layers = Layers(identity=held)
    for number in range(2 * _REMEMBERED_ACTIONS):
        assert authorise(request(f"ecs:Start{number}"), layers).allowed
    assert held._candidates.cache_info().currsize == _REMEMBERED_ACTIONS


def test_a_resource_statement_never_applies_without_its_principal():
    held = policies(statement(Principal={"RAM": "acs:ram::1:user/bob"}), kind=Kind.RESOURCE)
    empty = Layers(identity=PolicySet(), resource=held)
    assert not authorise(request(), empty).allowed
