"""What documents are accepted and refused, and the reason given."""

import json

import pytest
from tests.unit.engines.policy.policy_values import statement, text_of, trust

from juyong.engines.policy import (
    Condition,
    Document,
    Effect,
    Kind,
    Malformed,
    PrincipalName,
    PrincipalType,
    Quantifier,
    Statement,
    TooLong,
    parse,
)
from juyong.engines.policy.operators import OPERATORS

RECIPIENT = {"StringEquals": {"saml:recipient": "https://sso"}}
OIDC = {"StringEquals": {"oidc:iss": "https://issuer", "oidc:aud": ["client"]}}
SAML_IDP = {"Federated": "acs:ram::1:saml-provider/idp"}
OIDC_IDP = {"Federated": ["acs:ram::1:oidc-provider/idp"]}


def without(value, *names):
    return {name: each for name, each in value.items() if name not in names}


def where(operator, key="a:b", value="x"):
    return statement(Condition={operator: {key: value}})


ACCEPTED = [
    (Kind.IDENTITY, statement()),
    (Kind.IDENTITY, statement(action=["ecs:*", "*:Describe*", "yundun-*:*"])),
    (Kind.IDENTITY, statement(action="**")),
    (Kind.IDENTITY, statement(resource=["acs:oss:*", "acs:*:*cn-beijing*:*:*", "*:x"])),
    (Kind.IDENTITY, statement(resource="acs:oss:*:*:bucket/with space")),
    (Kind.IDENTITY, without(statement(NotAction="ims:*"), "Action")),
    (Kind.IDENTITY, without(statement(NotResource="acs:oss:*"), "Resource")),
    (Kind.IDENTITY, statement(Sid="")),
    (Kind.IDENTITY, statement(Condition={})),
    (Kind.SESSION, statement()),
    (Kind.CONTROL, statement("Deny")),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:root"})),
    (Kind.TRUST, trust({"RAM": ["acs:ram::1:user/a.b_c-d", "acs:ram:*:1:role/R@x"]})),
    (Kind.TRUST, trust({"Service": ["ecs.aliyuncs.com", "1@oss.aliyuncs.com"]})),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:root", "Service": "ecs.aliyuncs.com"}, "Deny")),
    (Kind.TRUST, trust(SAML_IDP, Condition=RECIPIENT)),
    (Kind.TRUST, trust(SAML_IDP, "Deny")),
    (Kind.TRUST, trust(OIDC_IDP, Condition=OIDC)),
    (
        Kind.TRUST,
        trust({"RAM": "acs:ram::1:root"}, Action=["STS:assumerole", "sts:SetSourceIdentity"]),
    ),
    (Kind.RESOURCE, statement(Principal={"RAM": ["acs:ram::1:*", "acs:ram::1:root", "*"]})),
    (Kind.RESOURCE, statement(Principal={"RAM": "acs:ram::*:user/b?b*"})),
    (Kind.RESOURCE, statement(Principal="*")),
    (Kind.RESOURCE, statement(Principal=["201", "arn:sts::1:assumed-role/r/*", "*"])),
    (Kind.RESOURCE, statement(Principal={"Service": "ecs.aliyuncs.com", **SAML_IDP})),
]

REFUSED = [
    (Kind.IDENTITY, [], "must be an object"),
    (Kind.IDENTITY, without(statement(), "Effect"), "Statement[0].Effect must be"),
    (Kind.IDENTITY, statement("allow"), "Effect must be `Allow` or `Deny`"),
    (Kind.IDENTITY, statement(effect=True), "Effect must be"),
    (Kind.IDENTITY, without(statement(), "Action"), "exactly one of Action and NotAction"),
    (Kind.IDENTITY, statement(NotAction="*"), "exactly one of Action and NotAction"),
    (Kind.IDENTITY, without(statement(), "Resource"), "exactly one of Resource and NotResource"),
    (Kind.IDENTITY, statement(NotResource="*"), "exactly one of Resource and NotResource"),
    (Kind.IDENTITY, statement(action=[]), "Statement[0].Action is an empty list"),
    (Kind.IDENTITY, statement(action=""), "`` is no action"),
    (Kind.IDENTITY, statement(action="ecs"), "`ecs` is no action"),
    (Kind.IDENTITY, statement(action=":x"), "`:x` is no action"),
    (Kind.IDENTITY, statement(action="ecs:"), "`ecs:` is no action"),
    (Kind.IDENTITY, statement(action="ecs: x"), "is no action"),
    (Kind.IDENTITY, statement(action=["ecs:*", 1]), "Action[1] must be a string"),
    (Kind.IDENTITY, statement(action=None), "Action must be a string or a list"),
    (Kind.IDENTITY, statement(action=[["*"]]), "Action[0] must be a string"),
    (Kind.IDENTITY, statement(resource=""), "is no resource name"),
    (Kind.IDENTITY, statement(resource="arn:aws:s3:::x"), "is no resource name"),
    (Kind.IDENTITY, statement(resource="acs:oss:*:*:a\nb"), "is no resource name"),
    (Kind.IDENTITY, statement(resource=[]), "Resource is an empty list"),
    (Kind.IDENTITY, statement(Sid=1), "Sid must be a string"),
    (Kind.IDENTITY, statement(Sids="x"), "unknown name `Sids`"),
    (Kind.IDENTITY, statement(effect2="x"), "unknown name `effect2`"),
    (Kind.IDENTITY, statement(Principal="*"), "Principal has no place"),
    (Kind.IDENTITY, statement(NotPrincipal="*"), "unknown name `NotPrincipal`"),
    (Kind.SESSION, statement(Principal="*"), "Principal has no place"),
    (Kind.CONTROL, statement(Principal="*"), "Principal has no place"),
    (Kind.IDENTITY, statement(Condition=[]), "Condition must be an object"),
    (Kind.IDENTITY, statement(Condition=None), "Condition must be an object"),
    (Kind.IDENTITY, statement(Condition={"StringEquals": {}}), "at least one key"),
    (Kind.IDENTITY, statement(Condition={"StringEquals": "x"}), "at least one key"),
    (Kind.IDENTITY, where("StringEqualsIfExists"), "`StringEqualsIfExists` is not supported: IfE"),
    (Kind.IDENTITY, where("Null"), "operator `Null` is not supported: Null does not exist"),
    (Kind.IDENTITY, where("ArnEquals"), "`ArnEquals` is not supported: compare names"),
    (Kind.IDENTITY, where("BinaryEquals"), "`BinaryEquals` is not supported"),
    (Kind.IDENTITY, where("stringequals"), "it is spelt StringEquals"),
    (Kind.IDENTITY, where("Matches"), "operator `Matches` is not supported"),
    (Kind.IDENTITY, where("ForAllValues:Bool", value="true"), "String operators only"),
    (Kind.IDENTITY, where("ForAnyValue:NumericEquals", value="1"), "String operators only"),
    (Kind.IDENTITY, where("ForNoValue:StringEquals"), "operator `ForNoValue:StringEquals` is not"),
    (Kind.IDENTITY, where("ForAllValues:ForAnyValue:StringLike"), "is not supported"),
    (Kind.IDENTITY, where("StringEquals", key="b"), "`b` is no condition key"),
    (Kind.IDENTITY, where("StringEquals", key="a:"), "`a:` is no condition key"),
    (Kind.IDENTITY, where("StringEquals", value=[]), "StringEquals.a:b is an empty list"),
    (Kind.IDENTITY, where("StringEquals", value=5), "StringEquals.a:b must be a string"),
    (Kind.IDENTITY, where("Bool", value=True), "Bool.a:b must be a string"),
    (Kind.IDENTITY, where("Bool", value="yes"), "`yes` is not `true` or `false`"),
    (Kind.IDENTITY, where("NumericEquals", value="1e3"), "`1e3` is not a number"),
    (Kind.IDENTITY, where("NumericEquals", value=["1", ""]), "`` is not a number"),
    (Kind.IDENTITY, where("DateEquals", value="2026-01-31"), "is not a date"),
    (Kind.IDENTITY, where("DateEquals", value="2026-01-31T16:00:00"), "is not a date"),
    (Kind.IDENTITY, where("DateEquals", value="2026-02-30T16:00:00Z"), "is not a date"),
    (Kind.IDENTITY, where("IpAddress", value="10.0.0.0/33"), "is not an address or CIDR block"),
    (Kind.IDENTITY, where("NotIpAddress", value="host"), "is not an address or CIDR block"),
    (Kind.TRUST, statement(), "Statement[0].Action of a trust policy must be `sts:AssumeRole`"),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:root"}, Action="sts:*"), "must be `sts:AssumeRole`"),
    (
        Kind.TRUST,
        trust({"RAM": "acs:ram::1:root"}, Action="sts:SetSourceIdentity"),
        "must be `sts:AssumeRole`",
    ),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:root"}, Resource="*"), "Resource has no place"),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:root"}, NotResource="*"), "NotResource has no place"),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:root"}, NotAction="*"), "NotAction has no place"),
    (Kind.TRUST, without(trust({}), "Principal"), "Principal is missing"),
    (Kind.TRUST, trust({}), "Principal must be an object naming"),
    (Kind.TRUST, trust("*"), "Principal must be an object naming"),
    (Kind.TRUST, trust({"RAM": "*"}), "`*` is no principal here"),
    (Kind.TRUST, trust({"RAM": "acs:ram::*:root"}), "is no principal here"),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:*"}), "is no principal here"),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:user/*"}), "is no principal here"),
    (Kind.TRUST, trust({"RAM": "acs:ram::1:group/g"}), "is no principal here"),
    (Kind.TRUST, trust({"RAM": []}), "Principal.RAM is an empty list"),
    (Kind.TRUST, trust({"Service": "*"}), "`*` is no principal here"),
    (Kind.TRUST, trust({"Service": "*.aliyuncs.com"}), "is no principal here"),
    (Kind.TRUST, trust({"Service": "x@ecs.aliyuncs.com"}), "is no principal here"),
    (Kind.TRUST, trust({"Federated": "idp"}), "`idp` is no principal here"),
    (Kind.TRUST, trust({"AWS": "*"}), "unknown name `AWS`"),
    (Kind.TRUST, trust(SAML_IDP), "must hold StringEquals on saml:recipient"),
    (
        Kind.TRUST,
        trust(OIDC_IDP, Condition={"StringEquals": {"oidc:iss": "x"}}),
        "must hold StringEquals on oidc:aud",
    ),
    (
        Kind.TRUST,
        trust(OIDC_IDP, Condition={"ForAllValues:StringEquals": OIDC["StringEquals"]}),
        "must hold StringEquals on oidc:iss, oidc:aud",
    ),
    (Kind.RESOURCE, statement(), "Principal is missing"),
    (Kind.RESOURCE, statement(Principal=[]), "Principal is an empty list"),
    (Kind.RESOURCE, statement(Principal=5), "Principal must be an object naming"),
    (Kind.RESOURCE, statement(Principal={"Service": "*"}), "is no principal here"),
    (Kind.RESOURCE, statement(Principal="acs:ram::1:group/g"), "is no principal here"),
    (Kind.RESOURCE, statement(Principal={"RAM": "acs:oss::1:user/a"}), "is no principal here"),
]

REFUSED_TEXTS = [
    ("", "is not JSON at character 0"),
    ("{", "is not JSON"),
    ("\ufeff{}", "is not JSON"),
    ("[]", "the document must be an object"),
    ("null", "the document must be an object"),
    ("{}", 'Version must be the string "1"'),
    ('{"Version":1,"Statement":[]}', 'Version must be the string "1"'),
    ('{"Version":"2","Statement":[]}', 'Version must be the string "1"'),
    ('{"Version":"1"}', "Statement must be a list with at least one"),
    ('{"Version":"1","Statement":[]}', "Statement must be a list with at least one"),
    ('{"Version":"1","Statement":{}}', "Statement must be a list with at least one"),
    ('{"Version":"1","Statement":[],"Id":"x"}', "the document: unknown name `Id`"),
    ('{"Version":"1","Version":"1"}', "the name `Version` appears twice"),
    ('{"Version":"1","Statement":[{"Effect":"Allow","Effect":"Deny"}]}', "`Effect` appears twice"),
    ('{"Version":NaN}', "`NaN` is not JSON"),
    ('{"Version":-Infinity}', "`-Infinity` is not JSON"),
    (f'{{"Version":{"9" * 6000}}}', 'Version must be the string "1"'),
    ('{"Version":1e999999999}', 'Version must be the string "1"'),
    ("[" * 17 + "]" * 17, "nests deeper than 16"),
    ("[" * 6000, "nests deeper than 16"),
    ("[" * 16 + "]" * 16, "must be an object"),
    ('{"\\ud800":"1"}', "lone surrogate"),
    ('{"Version":["\\udfff"]}', "lone surrogate"),
    ('{"a\ud800":"1"}', "lone surrogate"),
    ('{"' + '\\"' * 3000, "is not JSON"),
]


@pytest.mark.parametrize(("kind", "written"), ACCEPTED)
def test_well_formed_statements_are_accepted(kind, written):
    document = parse(text_of(written, written), kind)
    assert (document.kind, len(document.statements)) == (kind, 2)
    assert [one.index for one in document.statements] == [0, 1]


@pytest.mark.parametrize(("kind", "written", "reason"), REFUSED)
def test_malformed_statements_are_refused_with_the_reason(kind, written, reason):
    with pytest.raises(Malformed) as refusal:
        parse(text_of(written), kind)
    assert reason in refusal.value.reason


@pytest.mark.parametrize(("text", "reason"), REFUSED_TEXTS)
def test_malformed_texts_are_refused_with_the_reason(text, reason):
    with pytest.raises(Malformed) as refusal:
        parse(text, Kind.IDENTITY)
    assert reason in refusal.value.reason


def test_the_tables_hold_what_they_should():
    assert (len(ACCEPTED), len(REFUSED), len(REFUSED_TEXTS)) == (24, 84, 25)
    assert {kind for kind, _ in ACCEPTED} == {kind for kind, *_ in REFUSED} == set(Kind)


GOOD_VALUES = {"Stri": "x", "Nume": "-1.5", "Date": "2026-01-31T16:00:00+08:00", "Bool": "true"}


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_is_accepted_and_a_prefix_on_string_operators_only(operator):
    value = GOOD_VALUES.get(operator[:4], "10.0.0.0/8")
    (condition,) = (
        parse(text_of(where(operator, value=value)), Kind.IDENTITY).statements[0].conditions
    )
    assert condition.written == operator
    for quantifier in Quantifier:
        prefixed = text_of(where(f"{quantifier.value}:{operator}", value=value))
        if operator.startswith("String"):
            (condition,) = parse(prefixed, Kind.IDENTITY).statements[0].conditions
            assert condition.written == f"{quantifier.value}:{operator}"
        else:
            with pytest.raises(Malformed):
                parse(prefixed, Kind.IDENTITY)


def test_there_are_the_published_operators():
    assert len(OPERATORS) == 21


def test_a_document_becomes_a_value():
    text = text_of(
        {
            "Sid": "s",
            "Effect": "Deny",
            "NotAction": "ram:*",
            "NotResource": ["acs:oss:*"],
            "Principal": {"RAM": "acs:ram::1:*"},
            "Condition": {"ForAnyValue:StringLike": {"acs:TagKeys": ["a", "b"]}},
        }
    )
    assert parse(text, Kind.RESOURCE) == Document(
        kind=Kind.RESOURCE,
        statements=(
            Statement(
                index=0,
                sid="s",
                effect=Effect.DENY,
                actions=("ram:*",),
                actions_excluded=True,
                resources=("acs:oss:*",),
                resources_excluded=True,
                principals=(PrincipalName(type=PrincipalType.RAM, value="acs:ram::1:*"),),
                conditions=(
                    Condition(
                        quantifier=Quantifier.ANY,
                        operator="StringLike",
                        key="acs:TagKeys",
                        values=("a", "b"),
                    ),
                ),
            ),
        ),
    )


LIMITS = {
    Kind.IDENTITY: 6144,
    Kind.TRUST: 6144,
    Kind.SESSION: 2048,
    Kind.CONTROL: 4096,
    Kind.RESOURCE: 32768,
}


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_its_limit_of_characters(kind):
    written = trust({"RAM": "acs:ram::1:root"}) if kind is Kind.TRUST else statement()
    if kind is Kind.RESOURCE:
        written["Principal"] = "*"
    text = text_of(written).ljust(LIMITS[kind])
    assert parse(text, kind).kind is kind
    with pytest.raises(TooLong, match=f"the limit is {LIMITS[kind]}"):
        parse(text + " ", kind)
    assert parse(text + " ", kind, max_chars=LIMITS[kind] + 1).kind is kind


def test_a_limit_counts_characters_not_bytes():
    text = json.dumps(
        {"Version": "1", "Statement": [statement(Sid="居庸关" * 100)]}, ensure_ascii=False
    )
    assert parse(text, Kind.IDENTITY, max_chars=len(text)).statements[0].sid == "居庸关" * 100


@pytest.mark.parametrize(
    ("action", "accepted"),
    [("kms:*", True), ("kms:Decrypt", True), ("*", False), ("kmsx:*", False)],
)
def test_actions_can_be_held_to_a_prefix(action, accepted):
    text = text_of(statement(action=["kms:Encrypt", action], Principal="*"))
    if accepted:
        assert parse(text, Kind.RESOURCE, action_prefix="kms:").statements
    else:
        with pytest.raises(Malformed, match="must begin with `kms:`"):
            parse(text, Kind.RESOURCE, action_prefix="kms:")


def test_a_reason_shows_only_the_start_of_a_long_value():
    with pytest.raises(Malformed) as refusal:
        parse(text_of(statement(action="x" * 5000)), Kind.IDENTITY)
    assert len(refusal.value.reason) < 150
