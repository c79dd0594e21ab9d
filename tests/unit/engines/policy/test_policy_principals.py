"""Whom the principals of trust and resource policies mean."""

import pytest
from msgspec.structs import replace
from tests.unit.engines.policy.policy_values import (
    ALICE,
    ECS,
    IDP,
    ROOT,
    SESSION,
    STRANGER,
    policies,
    request,
    statement,
    trust,
)

from juyong.engines.policy import (
    Kind,
    Layers,
    Outcome,
    Principal,
    PrincipalKind,
    authorise,
    trusts,
)

ALL = {
    "alice": ALICE,
    "root": ROOT,
    "session": SESSION,
    "stranger": STRANGER,
    "ecs": ECS,
    "idp": IDP,
}
ROLE = "acs:ram::1:role/target"
RECIPIENT = {"StringEquals": {"saml:recipient": "https://sso"}}

TRUSTED = [
    ({"RAM": "acs:ram::1:root"}, {"alice", "root", "session"}),
    ({"RAM": "acs:ram:*:22:root"}, {"stranger"}),
    ({"RAM": "acs:ram::1:user/alice"}, {"alice"}),
    ({"RAM": "acs:ram::1:user/Alice"}, set()),
    ({"RAM": "acs:ram::1:role/Admin"}, {"session"}),
    ({"RAM": "acs:ram::1:role/aDMIN"}, {"session"}),
    ({"RAM": "acs:ram::22:role/admin"}, set()),
    ({"RAM": ["acs:ram::22:user/alice", "acs:ram::1:user/alice"]}, {"alice", "stranger"}),
    ({"Service": "ecs.aliyuncs.com"}, {"ecs"}),
    ({"Service": "ECS.aliyuncs.com"}, {"ecs"}),
    ({"Service": "1@ecs.aliyuncs.com"}, {"ecs"}),
    ({"Service": "22@ecs.aliyuncs.com"}, set()),
    ({"Service": "oss.aliyuncs.com"}, set()),
    ({"Federated": "acs:ram::1:saml-provider/idp"}, {"idp"}),
    ({"Federated": "acs:ram::1:saml-provider/other"}, set()),
    ({"Federated": "acs:ram::22:saml-provider/idp"}, set()),
    ({"RAM": "acs:ram::1:user/alice", "Service": "ecs.aliyuncs.com"}, {"alice", "ecs"}),
]

NAMED = [
    ("*", set(ALL)),
    (["*"], set(ALL)),
    (["201"], {"alice"}),
    (["1"], {"root"}),
    (["201", "202"], {"alice", "stranger"}),
    ("acs:ram::1:user/alice", {"alice"}),
    ("arn:sts::1:assumed-role/admin/*", {"session"}),
    ("arn:sts::1:assumed-role/admin/s1", {"session"}),
    ("arn:sts::1:assumed-role/admin/s2", set()),
    ({"RAM": "*"}, {"alice", "root", "session", "stranger"}),
    ({"RAM": "acs:ram::1:*"}, {"alice", "root", "session"}),
    ({"RAM": "acs:ram::*:*"}, {"alice", "root", "session", "stranger"}),
    ({"RAM": "acs:ram::1:root"}, {"root"}),
    ({"RAM": "acs:ram::*:user/al*"}, {"alice", "stranger"}),
    ({"RAM": "acs:ram::1:role/*"}, {"session"}),
    ({"RAM": "acs:ram::1:assumed-role/Admin/s?"}, {"session"}),
    ({"Service": ["ecs.aliyuncs.com"]}, {"ecs"}),
    ({"Federated": "acs:ram::1:saml-provider/idp"}, {"idp"}),
]


def meant(written, kind):
    """Find who a statement means, by a Deny: it is heard for every sort of caller."""
    if kind is Kind.TRUST:
        denied = policies(trust(written, "Deny"), kind=kind)
    else:
        denied = policies(statement("Deny", Principal=written), kind=kind)
    layers = Layers(identity=policies(statement()), resource=denied)
    found = set()
    for name, principal in ALL.items():
        asked = request("sts:AssumeRole", ROLE, principal)
        if principal.kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
            decision = trusts(asked, denied)
        else:
            decision = authorise(asked, layers, cross_account=True)
        if decision.outcome is Outcome.EXPLICIT_DENY:
            found.add(name)
    return found


@pytest.mark.parametrize(("written", "expected"), TRUSTED)
def test_a_trust_policy_means(written, expected):
    assert meant(written, Kind.TRUST) == expected


@pytest.mark.parametrize(("written", "expected"), NAMED)
def test_a_resource_policy_means(written, expected):
    assert meant(written, Kind.RESOURCE) == expected


def test_the_tables_hold_what_they_should():
    assert (len(TRUSTED), len(NAMED)) == (17, 18)


def test_a_number_names_ram_identities_only():
    named = policies(statement(Principal=["7"]), kind=Kind.RESOURCE)
    for caller in (ECS, IDP):
        asked = request(principal=replace(caller, principal_id="7"))
        assert not trusts(asked, named).allowed


@pytest.mark.parametrize("form", ["assumed-role/Admin/s1", "role/Admin/s1"])
def test_both_published_forms_of_a_session_are_its_role(form):
    layers = Layers(
        identity=policies(statement()),
        resource=policies(trust({"RAM": "acs:ram::1:role/admin"}), kind=Kind.TRUST),
    )
    caller = replace(SESSION, arn=f"acs:ram::1:{form}")
    assert authorise(request("sts:AssumeRole", ROLE, caller), layers, require_resource=True).allowed


def test_a_service_of_another_account_must_be_named_with_it():
    plain = policies(trust({"Service": "ecs.aliyuncs.com"}), kind=Kind.TRUST)
    named = policies(trust({"Service": "22@ecs.aliyuncs.com"}), kind=Kind.TRUST)
    for account, may_plain, may_named in (
        ("1", True, False),
        ("22", False, True),
        ("", False, False),
    ):
        asked = request("sts:AssumeRole", ROLE, replace(ECS, account_id=account))
        assert trusts(asked, plain).allowed is may_plain
        assert trusts(asked, named).allowed is may_named


def test_a_service_without_account_is_not_that_of_a_resource_without_account():
    plain = policies(trust({"Service": "ecs.aliyuncs.com"}), kind=Kind.TRUST)
    for resource in ("*", "acs:ram:::role/target"):
        asked = request("sts:AssumeRole", resource, replace(ECS, account_id=""))
        assert not trusts(asked, plain).allowed


@pytest.mark.parametrize("caller", [ALICE, ROOT, SESSION, STRANGER])
def test_trust_alone_never_lets_a_ram_identity_in(caller):
    everyone = policies(trust({"RAM": ["acs:ram::1:root", "acs:ram::22:root"]}), kind=Kind.TRUST)
    assert not trusts(request("sts:AssumeRole", ROLE, caller), everyone).allowed


def test_trust_alone_decides_for_services_and_providers():
    both = {"Service": "ecs.aliyuncs.com", "Federated": "acs:ram::1:saml-provider/idp"}
    written = [
        trust(both, Condition=RECIPIENT),
        trust({"Service": "ecs.aliyuncs.com"}, "Deny", Condition={"Bool": {"x:no": "true"}}),
    ]
    trusted = policies(*written, kind=Kind.TRUST)
    given = {"saml:recipient": "https://sso"}
    for caller in (ECS, IDP):
        assert trusts(request("sts:AssumeRole", ROLE, caller, given), trusted).allowed
        assert not trusts(request("sts:AssumeRole", ROLE, caller), trusted).allowed
    refused = trusts(request("sts:AssumeRole", ROLE, ECS, given | {"x:no": "true"}), trusted)
    assert (refused.outcome, refused.layer.value) == (Outcome.EXPLICIT_DENY, "AssumeRolePolicy")


SHOWN = {
    "alice": ("SubUser", "201"),
    "root": ("RootUser", "1"),
    "session": ("AssumedRoleUser", "Admin:s1"),
    "stranger": ("SubUser", "202"),
    "ecs": ("Service", "ecs.aliyuncs.com"),
    "idp": ("Federated", "saml-provider/idp"),
}


@pytest.mark.parametrize("name", ALL)
def test_a_principal_is_shown_as_the_denial_names_it(name):
    principal = ALL[name]
    assert (principal.kind.value, principal.display_name) == SHOWN[name]


@pytest.mark.parametrize("arn", ["", "x", "acs:ram::1:", "acs:ram::1:assumed-role", "::::"])
def test_a_broken_arn_is_nobody(arn):
    for kind in PrincipalKind:
        caller = Principal(arn=arn, account_id="1", kind=kind)
        written = {"RAM": ["acs:ram::1:user/alice", "acs:ram::1:role/Admin"]}
        named = policies(statement(Principal=written), kind=Kind.RESOURCE)
        if kind is not PrincipalKind.ROOT:
            layers = Layers(identity=policies(statement("Allow", "x:y")), resource=named)
            assert not authorise(request(principal=caller), layers).allowed
