"""Laws of the policy engine, each true whatever the documents say."""

from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.property import policy_cases as made

from juyong.engines.policy import (
    Kind,
    Layers,
    Outcome,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    authorise,
    conditions_of,
    explain,
    trusts,
)

laws = settings(max_examples=300, deadline=None)

ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(statement, name="extra"):
    document = {"Version": "1", "Statement": [statement]}
    return {"id": name, "kind": "identity", "document": document}


def both_ways(cases, change):
    """Decide the requests of a case before and after a change of its layers."""
    layers = cases.layers()
    before, after = made.engine_layers(layers), made.engine_layers(change(layers))
    for request in cases.requests():
        note(f"{layers} {request}")
        asked = made.engine_request(request)
        yield authorise(asked, before), authorise(asked, after)


def with_extra(cases, effect):
    extra = policy(cases.statement(Kind.IDENTITY) | {"Effect": effect})
    layer = cases.pick(("identity", "group", "session"))
    note(f"{layer} {extra}")
    return lambda layers: layers | {layer: [*layers[layer], extra]} if layers[layer] else layers


@laws
@given(made.cases)
def test_adding_a_deny_never_widens(cases):
    for before, after in both_ways(cases, with_extra(cases, "Deny")):
        assert before.allowed or not after.allowed


@laws
@given(made.cases)
def test_adding_an_allow_never_narrows(cases):
    for before, after in both_ways(cases, with_extra(cases, "Allow")):
        assert after.allowed or not before.allowed


@laws
@given(made.cases)
def test_a_session_policy_never_widens(cases):
    layers = cases.layers() | {"session": None}
    narrowed = layers | {"session": cases.policies(Kind.SESSION)}
    note(f"{narrowed}")
    for request in map(made.engine_request, cases.requests()):
        full = authorise(request, made.engine_layers(layers))
        assert full.allowed or not authorise(request, made.engine_layers(narrowed)).allowed


@laws
@given(made.cases)
def test_one_more_level_of_control_never_widens(cases):
    level = cases.policies(Kind.CONTROL, "new")

    def change(layers):
        return layers | {"control": [*(layers["control"] or []), level]}

    for before, after in both_ways(cases, change):
        assert before.allowed or not after.allowed


@laws
@given(made.cases)
def test_asking_for_both_sides_never_widens(cases):
    layers = made.engine_layers(cases.layers())
    for request in map(made.engine_request, cases.requests()):
        either = authorise(request, layers)
        assert either.allowed or not authorise(request, layers, cross_account=True).allowed
        assert either.allowed or not authorise(request, layers, require_resource=True).allowed


@laws
@given(made.cases)
def test_condition_keys_that_no_policy_asks_for_make_no_difference(cases):
    layers = made.engine_layers(cases.layers())
    for request in map(made.engine_request, cases.requests()):
        keys = layers.condition_keys(request.action)
        asked = {key: values for key, values in request.conditions.items() if key in keys}
        note(f"{request} {keys}")
        fewer = replace(request, conditions=conditions_of(asked))
        for both in (False, True):
            assert authorise(request, layers, require_resource=both) == authorise(
                fewer, layers, require_resource=both
            )


@laws
@given(made.cases)
def test_neither_order_nor_repetition_of_policies_matters(cases):
    policies = made.engine_policies(cases.policies(Kind.IDENTITY))
    shuffled = policies + policies
    cases.random.shuffle(shuffled)
    for request in map(made.engine_request, cases.requests()):
        once, again = (
            authorise(request, Layers(identity=PolicySet(each))) for each in (policies, shuffled)
        )
        assert once == again


@laws
@given(made.cases)
def test_order_and_repetition_of_statements_matter_to_no_outcome(cases):
    written = cases.policies(Kind.IDENTITY)
    statements = [each for one in written for each in one["document"]["Statement"]]
    split = [policy(each, f"p{at}") for at, each in enumerate(statements * 2)]
    cases.random.shuffle(split)
    for request in map(made.engine_request, cases.requests()):
        together, apart = (
            authorise(request, Layers(identity=made.engine_set(each))) for each in (written, split)
        )
        assert together.outcome is apart.outcome


@laws
@given(made.cases)
def test_order_of_values_matters_to_no_outcome(cases):
    def shuffled(value):
        if isinstance(value, dict):
            items = [(key, shuffled(each)) for key, each in value.items()]
            cases.random.shuffle(items)
            return dict(items)
        if isinstance(value, list):
            return cases.random.sample(value, len(value))
        return value

    written = cases.policies(Kind.IDENTITY)
    mixed = [one | {"document": shuffled(one["document"])} for one in written]
    for request in map(made.engine_request, cases.requests()):
        straight, turned = (
            authorise(request, Layers(identity=made.engine_set(each))) for each in (written, mixed)
        )
        assert straight.outcome is turned.outcome


@laws
@given(made.cases)
def test_a_star_on_star_covers_every_request(cases):
    layers = Layers(identity=made.engine_set([policy(ALLOW_ALL)]))
    denying = Layers(
        identity=made.engine_set([policy(ALLOW_ALL), policy(ALLOW_ALL | {"Effect": "Deny"}, "no")])
    )
    for request in cases.requests(made.CALLERS[1:2]):
        at_home = request | {"resource": request["resource"].replace(":22:", ":1:")}
        asked = made.engine_request(at_home)
        assert authorise(asked, layers).allowed
        assert authorise(asked, denying).outcome is Outcome.EXPLICIT_DENY


@laws
@given(made.cases)
def test_statements_named_by_a_decision_bring_it_about_alone(cases):
    written = cases.policies(Kind.IDENTITY)
    documents = {one["id"]: one["document"]["Statement"] for one in written}
    for request in map(made.engine_request, cases.requests(made.RAM_CALLERS[1:])):
        decision = authorise(request, Layers(identity=made.engine_set(written)))
        for match in decision.matched:
            alone = policy(documents[match.source.identifier][match.index])
            single = authorise(request, Layers(identity=made.engine_set([alone])))
            assert single.outcome is decision.outcome


@laws
@given(made.cases)
def test_explanations_agree_with_their_decision(cases):
    written = cases.layers()
    layers = made.engine_layers(written)
    for request in map(made.engine_request, cases.requests()):
        decision = authorise(request, layers)
        told = explain(request, decision, layers)
        assert told.explicit_deny == (decision.outcome is Outcome.EXPLICIT_DENY)
        assert told.no_permission_policy_type == ("" if decision.allowed else decision.layer.value)
        assert {one.policy_identifier for one in told.matched_policies} == {
            match.source.identifier for match in decision.matched
        }
        assert told.sentences
        assert len(told.sentences) <= max(11, len(decision.matched))


@settings(max_examples=200, deadline=None)
@given(
    made.cases,
    st.tuples(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30)),
    st.dictionaries(
        st.text(max_size=8) | st.sampled_from(made.KEYS),
        st.lists(st.text(max_size=8), max_size=2),
        max_size=3,
    ),
    st.sampled_from(list(PrincipalKind)),
)
def test_deciding_and_explaining_are_total(cases, texts, given_values, kind):
    action, resource, arn = texts
    layers = made.engine_layers(cases.layers())
    request = Request(
        action=action,
        resource=resource,
        principal=Principal(arn=arn, account_id=arn[:2], kind=kind),
        conditions=conditions_of(given_values),
    )
    for asked in (request, replace(request, resource=f"acs:ram:::role/{resource}")):
        decision = authorise(asked, layers)
        assert explain(asked, decision, layers).sentences
        if layers.resource is not None:
            assert trusts(asked, layers.resource).outcome in Outcome


@laws
@given(made.cases)
def test_a_key_in_several_spellings_allows_only_what_each_spelling_allows(cases):
    layers = made.engine_layers(cases.layers())
    for request in cases.requests():
        given = request["conditions"]
        held = authorise(made.engine_request(request), layers)
        for spelling in given:
            others = {key for key in given if key.casefold() == spelling.casefold()} - {spelling}
            if not given[spelling]:
                continue
            reading = {key: values for key, values in given.items() if key not in others}
            note(f"{request} {reading}")
            alone = authorise(made.engine_request(request | {"conditions": reading}), layers)
            assert alone.allowed or not held.allowed
