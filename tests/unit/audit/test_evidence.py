"""What events keep of the authorisation questions of their calls, and who may see that."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from tests.unit.audit.calling import STS, Story, statement

from juyong.api.asked import Asked
from juyong.api.caller import Root
from juyong.app.state import check, state_of
from juyong.audit import evidence as module
from juyong.audit.evidence import MOST_BYTES, ConsultedPolicy, evidence_of, read_evidence
from juyong.base.ids import AccountId
from juyong.engines.policy import (
    Kind,
    Layers,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    compile_policy,
    conditions_of,
    digest_of,
    parse,
)
from juyong.services.identity.facade import Principals

TRAIL = "actiontrail.aliyuncs.com"
KMS = "kms.aliyuncs.com"


def test_an_event_tells_what_was_asked_and_by_which_version_of_which_policy(story: Story) -> None:
    reader = story.member("reader", statement("ram:Get*"), statement("ram:List*"))
    assert story.call(reader, "GetUser", UserName="reader").status == 200
    found = story.evidence("GetUser")
    (question,) = found.questions
    assert (question.action, question.decision) == ("ram:GetUser", "Allow")
    assert question.resource == f"acs:ram:*:{story.account_id}:user/reader"
    assert question.conditions == {}
    assert (question.by, question.layers, question.way) == ((0,), "", "")
    assert found.policies == (
        tuple(
            ConsultedPolicy(
                type="Custom",
                name=f"reader-{n}",
                version="v1",
                attached_to="User",
                digest=digest_of(statement(action)),
            )
            for n, action in enumerate(("ram:Get*", "ram:List*"))
        ),
    )
    story.done(
        "CreatePolicyVersion",
        PolicyName="reader-0",
        PolicyDocument=statement("ram:GetUser"),
        SetAsDefault="true",
    )
    story.call(reader, "GetUser", UserName="reader")
    assert [each.version for each in story.evidence("GetUser").policies[0]] == ["v2", "v1"]


def test_a_denial_tells_its_question_and_the_policies_that_were_silent(story: Story) -> None:
    reader = story.member("reader", statement("ram:ListUsers"))
    assert story.call(reader, "GetUser", UserName="administrator").status == 403
    found = story.evidence("GetUser")
    (question,) = found.questions
    assert question.decision == "ImplicitDeny"
    assert not question.is_allowed
    assert question.conditions["acs:sourceip"] != ()
    assert [each.name for each in found.policies[0]] == ["reader-0"]


def test_condition_values_are_those_that_policies_look_at(story: Story) -> None:
    near = {"IpAddress": {"acs:SourceIp": ["127.0.0.0/8", "192.0.2.0/24", "203.0.113.0/24"]}}
    reader = story.member("reader", statement("ram:GetUser", Condition=near))
    story.call(reader, "GetUser", UserName="reader")
    (question,) = story.evidence("GetUser").questions
    row = story.rows(event_name="GetUser")[-1]
    assert question.conditions["acs:sourceip"] == (row.source_ip,)
    assert question.decision == ("Allow" if not row.error_code else "ImplicitDeny")


def test_what_preferences_allow_is_told_apart_from_what_policies_allow(story: Story) -> None:
    story.done("SetSecurityPreference", AllowUserToManageAccessKeys="true")
    nobody = story.member("nobody")
    assert story.call(nobody, "ListAccessKeys").status == 200
    (question,) = story.evidence("ListAccessKeys").questions
    assert question.decision == "SelfService"
    assert question.is_allowed


def test_assuming_a_role_names_the_trust_policy_by_its_text(story: Story) -> None:
    trust = json.dumps(
        {
            "Version": "1",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"RAM": [f"acs:ram::{story.account_id}:root"]},
                }
            ],
        }
    )
    story.done("CreateRole", RoleName="R", AssumeRolePolicyDocument=trust)
    member = story.member("m", statement("sts:AssumeRole"))
    arn = f"acs:ram::{story.account_id}:role/R"
    reply = story.call(member, "AssumeRole", STS, RoleArn=arn, RoleSessionName="session")
    assert reply.status == 200, reply
    found = story.evidence("AssumeRole")
    stored = story.done("GetRole", RoleName="R").body["Role"]["AssumeRolePolicyDocument"]
    ((own,), (trusting,)) = (found.policies[each] for each in found.questions[0].by)
    assert own.name == "m-0"
    assert trusting.type == "AssumeRolePolicy"
    assert trusting.digest == hashlib.sha256(stored.encode()).hexdigest()[:32]


def test_a_call_that_asked_nothing_and_one_that_was_malformed_have_empty_evidence(
    story: Story,
) -> None:
    story.call(story.admin, "GetUser", UserName="a b c !")
    assert story.rows(event_name="GetUser")[-1].evidence == "{}"


def test_no_operation_shows_evidence(story: Story) -> None:
    story.done("GetUser", UserName="administrator")
    key = story.admin.account.access_key_id
    seen = [story.done("LookupEvents", TRAIL).body]
    for action, more in (
        ("GetAccessKeyLastUsedInfo", {}),
        ("GetAccessKeyLastUsedProducts", {}),
        ("GetAccessKeyLastUsedEvents", {"ServiceName": "Ram"}),
    ):
        seen.append(story.done(action, TRAIL, AccessKey=key, **more).body)
    assert all("AdministratorAccess" not in json.dumps(body) for body in seen)
    assert all("attachedTo" not in json.dumps(body) for body in seen)
    assert "AdministratorAccess" in story.rows(event_name="GetUser")[-1].evidence


def test_no_secret_reaches_the_evidence(story: Story) -> None:
    secret = "Correct-Horse-42!"
    story.done("CreateUser", UserName="u")
    story.done("CreateLoginProfile", UserName="u", Password=secret)
    watched = story.member("w", statement("*", Condition={"StringLike": {"acs:RequestTag/k": "*"}}))
    story.call(watched, "UpdateLoginProfile", UserName="u", Password=secret)
    assert all(secret not in row.evidence for row in story.rows())
    assert story.evidence("UpdateLoginProfile").questions[0].decision == "ImplicitDeny"


def test_of_another_accounts_key_the_evidence_tells_what_the_denial_may_tell(story: Story) -> None:
    other = Story(story.running, "b")
    made = other.done("CreateKey", KMS).body["KeyMetadata"]
    story.call(story.admin, "DescribeKey", KMS, KeyId=made["Arn"])
    rows = [row for row in story.rows(event_name="DescribeKey") if row.error_code]
    (row,) = [row for row in rows if row.account_id == story.account_id]
    (question,) = read_evidence(row.evidence).questions
    assert not question.is_allowed
    assert len(question.by) == 1, "the policy of the other account is not told"
    for copy in rows:
        if copy.account_id != story.account_id:
            assert copy.evidence == ""


@pytest.mark.parametrize(
    "change",
    ["", "{}", "evidence || ' '", "replace(evidence, 'Allow', 'ImplicitDeny')"],
)
def test_check_finds_evidence_that_was_changed_or_taken_away(story: Story, change: str) -> None:
    import sqlalchemy as sa

    story.done("GetUser", UserName="administrator")
    state = state_of(story.running)
    assert "audit-event-changed" not in {each.code for each in check(state)}
    value = change if "evidence" in change else f"'{change}'"
    engine = state.engine()
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE actiontrail_event SET evidence = {value}"))  # noqa: S608
    engine.dispose()
    assert "audit-event-changed" in {each.code for each in check(state)}


# --- bounds ---


def a_set(count: int, name: str = "p") -> PolicySet:
    document = parse(statement("*"), Kind.IDENTITY)
    return PolicySet(
        compile_policy(
            document,
            Source(
                policy_type="Custom",
                identifier=f"{name}{number}",
                version="v1",
                attached_scope="Account",
                attached_entity_type="User",
            ),
        )
        for number in range(count)
    )


def asked(layers: Layers, resource: str = "r", **conditions: tuple[str, ...]) -> Asked:
    who = Principal(arn="a", account_id="1", kind=PrincipalKind.USER)
    request = Request(action="k:A", resource=resource, principal=who, conditions=conditions)
    return Asked(request, layers, "Allow")


def test_questions_about_one_set_name_its_policies_once() -> None:
    layers = Layers(identity=a_set(3))
    found = read_evidence(evidence_of([asked(layers, f"r{n}") for n in range(20)]))
    assert [each.by for each in found.questions] == [(0,)] * 20
    assert len(found.policies) == 1


@pytest.mark.parametrize(
    ("policies", "questions", "conditions"),
    [
        (1, 500, {}),
        (400, 1, {}),
        (400, 500, {}),
        (1, 3, {"k": ("v" * 9000,)}),
        (1, 3, {"k" * 9000: ("é" * 9000,) * 30}),
        (1, 3, {f"k{n}": ("é" * 500,) for n in range(50)}),
        (1, 3, {'☃\n"\\\x01' * 200: ("\x01" * 3000,)}),
    ],
)
def test_evidence_is_bounded_and_says_what_is_left_out(
    policies: int, questions: int, conditions: dict[str, Any]
) -> None:
    layers = Layers(identity=a_set(policies), resource=a_set(2, "key"))
    text = evidence_of([asked(layers, f"acs:x:*:1:r/{n}", **conditions) for n in range(questions)])
    assert len(text.encode()) <= MOST_BYTES
    found = read_evidence(text)
    assert len(found.questions) + found.questions_left_out == questions
    assert sum(map(len, found.policies)) + found.policies_left_out == policies + 2
    assert len(found.policies) == 2
    if conditions:
        assert all(each.cut for each in found.questions)


def test_a_key_in_several_spellings_keeps_its_readings_unless_they_do_not_fit() -> None:
    contested = conditions_of({"k:Tag/a": ("x",), "k:Tag/A": ("y", "z")})
    layers = Layers(identity=a_set(1))
    one = asked(layers, **contested)
    (question,) = read_evidence(evidence_of([one])).questions
    assert question.conditions == {"k:tag/a": ("x", "y", "z")}
    assert question.readings == {"k:tag/a": (("x",), ("y", "z"))}
    assert not question.cut
    many = read_evidence(evidence_of([one] * 200)).questions
    assert all(each.cut and not each.readings for each in many)


def test_the_own_name_of_a_resource_is_kept_unless_it_is_too_long() -> None:
    short, long = (
        asked(Layers(identity=a_set(1)))._replace(meant="m" * length) for length in (9, 9000)
    )
    kept, cut = (read_evidence(evidence_of([each])).questions[0] for each in (short, long))
    assert (kept.meant, kept.cut) == ("m" * 9, False)
    assert len(cut.meant) < 9000
    assert cut.cut


def test_a_policy_that_is_stored_nowhere_is_kept_in_its_text() -> None:
    text = statement("k:*")
    source = Source(
        policy_type="SessionPolicy",
        identifier="s",
        version=None,
        attached_scope="Session",
        attached_entity_type="Role",
        digest=digest_of(text),
        text=text,
    )
    session = PolicySet((compile_policy(parse(text, Kind.SESSION), source),))
    found = read_evidence(evidence_of([asked(Layers(identity=a_set(1), session=session))]))
    assert found.questions[0].layers == "is"
    assert found.policies[1][0].text == text


def test_evidence_that_just_fits_is_whole() -> None:
    each = asked(Layers(identity=a_set(1)))
    one, two = (len(evidence_of([each] * count)) for count in (1, 2))
    most = 1 + (MOST_BYTES - one) // (two - one)
    assert read_evidence(evidence_of([each] * most)).questions_left_out == 0
    assert read_evidence(evidence_of([each] * (most + 1))).questions_left_out > 0


def test_sets_of_policies_are_encoded_once() -> None:
    module._encoded.cache_clear()
    layers = Layers(identity=a_set(2))
    for number in range(5):
        evidence_of([asked(layers, f"r{number}")])
    assert module._encoded.cache_info().misses == 1


def test_a_question_asked_again_is_told_again_and_another_one_is_not_taken_for_it() -> None:
    module._of_one.cache_clear()
    layers = Layers(identity=a_set(2))
    one = asked(layers)
    service = Principal(arn="s", account_id="1", kind=PrincipalKind.SERVICE)
    others = [
        asked(layers, "other"),
        asked(Layers(identity=a_set(2, "q"))),
        asked(Layers(identity=layers.identity, resource=a_set(1))),
        one._replace(outcome="ExplicitDeny"),
        one._replace(request=msgspec.structs.replace(one.request, action="k:B")),
        one._replace(request=msgspec.structs.replace(one.request, principal=service)),
        asked(layers, k=("v",)),
    ]
    texts = [evidence_of([each]) for each in (one, *others, one, *others)]
    assert texts[: len(texts) // 2] == texts[len(texts) // 2 :]
    assert len(set(texts)) == len(texts) // 2
    # With conditions a question is encoded each time.
    assert module._of_one.cache_info().misses == len(others)


def test_callers_to_which_nothing_can_be_attached_share_one_set(story: Story) -> None:
    roots = [Root(account_id=story.account_id), Root(account_id=AccountId("1"))]
    principals = Principals()
    one, other = (
        story.running.store.call(lambda tx, root=root: principals.identity_policies(tx, root))
        for root in roots
    )
    assert one is other
    assert one.policies == ()
