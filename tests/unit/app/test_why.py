"""`juyong why`: each question is decided again as it was, by the policies of then."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.commands import Done, juyong
from tests.unit.audit.calling import STS, Member, Story, statement
from tests.unit.gateway.calls import v1_call
from tests.unit.gateway.platforms import NOW, platform

from juyong.app.why.recorded import _named
from juyong.audit.evidence import read_evidence
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId
from juyong.base.secret import Secret
from juyong.services.identity.facade import AccessKeyRow
from juyong.store.intake import intake_path, show_together
from juyong.store.sqlite import SqliteConnection

KMS = "kms.aliyuncs.com"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with platform(tmp_path / "home") as running:
        yield Story(running)


def why(story: Story, request_id: str, *more: str) -> Done:
    return juyong("why", request_id, "--home", story.running.home.path, *more)


def explained(story: Story, request_id: str) -> dict[str, Any]:
    done = why(story, request_id, "--json")
    assert done.err == "", done.err
    told: dict[str, Any] = json.loads(done.out)
    assert done.status == {True: 0, False: 1, None: 2}[told["same"]]
    return told


def newest(story: Story, action: str) -> str:
    return story.rows(event_name=action, account_id=story.account_id)[-1].event_id


def question(story: Story, request_id: str) -> dict[str, Any]:
    """Return the one question of an event, which must be decided as it was."""
    told = explained(story, request_id)
    assert told["same"] is True, told["reasons"]
    (one,) = told["questions"]
    found: dict[str, Any] = one
    return found


class Session(Member):
    """A session of a role."""

    def __init__(self, credentials: dict[str, str]) -> None:
        object.__setattr__(self, "key", credentials["AccessKeyId"])
        object.__setattr__(self, "secret", Secret(credentials["AccessKeySecret"]).reveal())
        object.__setattr__(self, "token", credentials["SecurityToken"])

    token: str

    def request(self, action: str, host: str = "ram.aliyuncs.com", **params: str) -> Any:
        named = {"Action": action, "Version": "2015-05-01", "SecurityToken": self.token, **params}
        return v1_call(self.key, self.secret, NOW, host=host, **named)


def trust(account_id: str, effect: str = "Allow") -> str:
    principal = {"RAM": [f"acs:ram::{account_id}:root"]}
    one = {"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Version": "1", "Statement": [one]})


def test_the_text_of_a_version_is_found_after_policy_and_user_are_gone(story: Story) -> None:
    reader = story.member("reader", statement("ram:GetUser"))
    done = story.call(reader, "GetUser", UserName="reader").request_id
    told = question(story, done)
    assert (told["recorded"], told["replayed"]) == ("Allow", "Allow")
    whole = f"acs:ram:*:{story.account_id}:user/reader"
    assert told["settled"] == [
        f"Statement[0] of Custom `reader-0` v1 allows `ram:GetUser` on `{whole}`"
    ]
    (policy,) = told["policies"]
    assert policy["text"] == statement("ram:GetUser")
    assert policy["kept"] == "the versions of the policy"
    assert told["today"] == {"decision": "Allow", "changes": []}

    denying = statement("ram:*", effect="Deny")
    named = {"PolicyName": "reader-0"}
    story.done("CreatePolicyVersion", **named, PolicyDocument=denying, SetAsDefault="true")
    told = question(story, done)
    assert told["today"] == {
        "decision": "ExplicitDeny",
        "changes": ["Custom `reader-0` v2 has another text"],
    }
    assert (
        "today: ExplicitDeny, since Custom `reader-0` v2 has another text" in why(story, done).out
    )
    story.done("DeletePolicyVersion", **named, VersionId="v1")
    story.done("DetachPolicyFromUser", **named, PolicyType="Custom", UserName="reader")
    story.done("DeletePolicy", **named)
    told = question(story, done)
    assert told["policies"][0]["kept"] == "the inventory, ACS::RAM::Policy"
    assert told["today"]["decision"] == "ImplicitDeny"
    story.done("DeleteAccessKey", UserName="reader", UserAccessKeyId=reader.key)
    story.done("DeleteUser", UserName="reader")
    told = question(story, done)
    assert told["today"] == {"decision": None, "changes": ["the user `reader` is no more"]}


def test_a_policy_of_the_same_name_and_version_is_not_taken_for_the_old_one(story: Story) -> None:
    reader = story.member("reader", statement("ram:GetUser"))
    done = story.call(reader, "GetUser", UserName="reader").request_id
    named = {"PolicyName": "reader-0"}
    story.done("DetachPolicyFromUser", **named, PolicyType="Custom", UserName="reader")
    story.done("DeletePolicy", **named)
    story.done("CreatePolicy", **named, PolicyDocument=statement("*", effect="Deny"))
    story.done("AttachPolicyToUser", **named, PolicyType="Custom", UserName="reader")
    told = question(story, done)
    assert told["policies"][0]["text"] == statement("ram:GetUser")
    assert told["today"]["decision"] == "ExplicitDeny"


def test_a_text_that_is_kept_nowhere_is_said_to_be_gone(story: Story) -> None:
    reader = story.member("reader", statement("ram:GetUser"))
    done = story.call(reader, "GetUser", UserName="reader").request_id
    named = {"PolicyName": "reader-0"}
    story.done("DetachPolicyFromUser", **named, PolicyType="Custom", UserName="reader")
    story.done("DeletePolicy", **named)
    change(story, "DELETE FROM store_resource_event WHERE resource_id = 'reader-0'")
    told = explained(story, done)
    assert told["same"] is None
    assert told["reasons"] == [told["questions"][0]["reason"]]
    assert told["reasons"][0].startswith("the text of Custom `reader-0` v1 is kept no more")
    done_again = why(story, done)
    assert done_again.status == 2
    assert "not reconstructable: the text of Custom" in done_again.out


def test_a_denial_tells_conditions_and_what_came_near(story: Story) -> None:
    far = {"IpAddress": {"acs:SourceIp": ["203.0.113.0/24"]}}
    reader = story.member("reader", statement("ram:GetUser", Condition=far))
    story.call(reader, "GetUser", UserName="reader")
    told = question(story, newest(story, "GetUser"))
    assert told["recorded"] == "ImplicitDeny"
    assert any("only if IpAddress" in each for each in told["settled"])
    assert "acs:sourceip" in told["conditions"]


def test_a_session_with_a_policy_of_its_own(story: Story) -> None:
    story.done("CreateRole", RoleName="R", AssumeRolePolicyDocument=trust(story.account_id))
    story.done(
        "AttachPolicyToRole", RoleName="R", PolicyType="System", PolicyName="AdministratorAccess"
    )
    member = story.member("m", statement("sts:AssumeRole"))
    arn = f"acs:ram::{story.account_id}:role/R"
    narrow = statement("ram:GetUser")
    assumed = story.call(
        member, "AssumeRole", STS, RoleArn=arn, RoleSessionName="session", Policy=narrow
    )
    session = Session(assumed.body["Credentials"])
    told = question(story, assumed.request_id)
    assert [each["layer"] for each in told["policies"]] == ["identity", "resource"]
    assert told["policies"][1]["kept"] == "the inventory, ACS::RAM::Role"
    assert len(told["settled"]) == 2

    allowed = story.call(session, "GetUser", UserName="m").request_id
    assert story.call(session, "ListUsers").status == 403
    told = question(story, allowed)
    assert [each["kept"] for each in told["policies"]] == [
        "the policies of this version",
        "the event",
    ]
    assert told["policies"][1]["text"] == narrow
    denied = question(story, newest(story, "ListUsers"))
    assert denied["recorded"] == "ImplicitDeny"
    assert "SessionPolicy" in denied["settled"][0]

    story.done(
        "UpdateRole", RoleName="R", NewAssumeRolePolicyDocument=trust(story.account_id, "Deny")
    )
    assert question(story, assumed.request_id)["today"] == {
        "decision": "ExplicitDeny",
        "changes": [f"AssumeRolePolicy `{arn.lower()}` has another text"],
    }


def test_a_trust_policy_decides_alone_about_an_identity_provider_and_both_sides_else(
    story: Story,
) -> None:
    story.done("CreateRole", RoleName="R", AssumeRolePolicyDocument=trust(story.account_id))
    lonely = story.member("lonely")
    arn = f"acs:ram::{story.account_id}:role/r"
    story.call(lonely, "AssumeRole", STS, RoleArn=arn, RoleSessionName="session")
    told = question(story, newest(story, "AssumeRole"))
    assert told["recorded"] == "ImplicitDeny"
    assert told["policies"][0]["layer"] == "resource"


def test_the_own_policy_of_a_key(story: Story) -> None:
    key = instance_key(story)
    user = story.member("u")
    story.call(user, "DescribeKey", KMS, KeyId=key)
    before = newest(story, "DescribeKey")
    story.done("SetKeyPolicy", KMS, KeyId=key, Policy=key_policy(story, "u"))
    allowed = story.call(user, "DescribeKey", KMS, KeyId=key).request_id
    told = question(story, before)
    assert told["recorded"] == "ImplicitDeny"
    assert told["today"]["decision"] == "Allow"
    told = question(story, allowed)
    assert told["policies"][0]["kept"] == "the inventory, ACS::KMS::Key"
    assert told["today"] == {"decision": "Allow", "changes": []}
    story.done("SetKeyPolicy", KMS, KeyId=key, Policy=key_policy(story, "v"))
    assert question(story, allowed)["today"]["decision"] == "ImplicitDeny"


def instance_key(story: Story) -> str:
    listed = story.done("ListKmsInstances", KMS, PageNumber="1", PageSize="10").body
    (instance,) = listed["KmsInstances"]["KmsInstance"]
    made = story.done("CreateKey", KMS, DKMSInstanceId=instance["KmsInstanceId"])
    return str(made.body["KeyMetadata"]["KeyId"])


def key_policy(story: Story, user: str) -> str:
    owner = story.account_id
    return json.dumps(
        {
            "Version": "1",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"RAM": [f"acs:ram::{owner}:*"]},
                    "Action": ["kms:*"],
                    "Resource": ["*"],
                },
                {
                    "Effect": "Allow",
                    "Principal": {"RAM": [f"acs:ram::{owner}:user/{user}"]},
                    "Action": ["kms:DescribeKey"],
                    "Resource": ["*"],
                },
            ],
        }
    )


def test_another_accounts_resource_is_decided_by_its_own_name(story: Story) -> None:
    other = Story(story.running, "b")
    arn = other.done("CreateKey", KMS).body["KeyMetadata"]["Arn"]
    denying = statement("kms:*", arn, "Deny")
    user = story.member("u", statement("kms:*"), denying)
    story.call(user, "DescribeKey", KMS, KeyId=arn)
    told = question(story, newest(story, "DescribeKey"))
    assert (told["recorded"], told["resource"]) == ("ExplicitDeny", arn)
    assert told["settled"][-1].startswith("the resource is another account's")


def test_what_the_preferences_allow(story: Story) -> None:
    story.done("SetSecurityPreference", AllowUserToManageAccessKeys="true")
    nobody = story.member("nobody")
    done = story.call(nobody, "ListAccessKeys").request_id
    told = question(story, done)
    assert (told["recorded"], told["replayed"]) == ("SelfService", "ImplicitDeny")
    assert told["settled"][-1] == "the account's preferences let users do this to themselves"


def test_a_call_that_asked_nothing(story: Story) -> None:
    done = story.call(story.admin, "GetUser", UserName="a b c !")
    assert done.status == 400
    shown = why(story, newest(story, "GetUser"))
    assert shown.status == 0
    assert shown.out.endswith("no policy was asked\n")


def test_root_is_bound_by_no_policy(story: Story) -> None:
    """Root asks the same question, and nothing but its freedom is replayed."""
    root = story.running.store.call(lambda tx: root_key(tx, story.account_id))
    done = story.call(root, "GetUser", UserName="administrator")
    assert done.status == 200, done
    assert "bound by no policy" in question(story, done.request_id)["settled"][0]


def root_key(tx: Any, account_id: Any) -> Member:
    tx.insert(
        AccessKeyRow(
            access_key_id=AccessKeyId("LTAI5tRoot"),
            account_id=account_id,
            owner_id=account_id,
            secret=Secret("s" * 30),
            active=True,
            created_at=Instant(NOW),
            updated_at=Instant(NOW),
        )
    )
    return Member("root", account_id, "LTAI5tRoot", "s" * 30)


def test_evidence_that_did_not_fit_is_not_reconstructable(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    from juyong.audit import evidence

    reader = story.member("reader", *[statement(f"ram:Get{n}") for n in range(3)])
    monkeypatch.setattr(evidence, "MOST_BYTES", 300)
    monkeypatch.setattr(evidence, "_MOST_POLICY_BYTES", 200)
    monkeypatch.setattr(evidence, "_RESERVE", 10)
    story.call(reader, "GetUser", UserName="reader")
    row = story.rows(event_name="GetUser")[-1]
    assert read_evidence(row.evidence).policies_left_out
    told = explained(story, row.event_id)
    assert told["same"] is None
    assert any("did not fit" in each for each in told["reasons"])


def change(story: Story, sql: str, *values: object) -> None:
    story.running.store.settle()
    with closing(sqlite3.connect(story.running.home.path / "juyong.db")) as raw:
        assert raw.execute(sql, values).rowcount > 0
        raw.commit()


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("evidence", "ImplicitDeny", "Allow"),
        ("evidence", '"questions"', '"qvestions"'),
        ("body", "reader", "raeder"),
        ("evidence", '{"', "not JSON"),
    ],
)
def test_an_event_that_was_changed_is_not_explained(
    story: Story, column: str, old: str, new: str
) -> None:
    reader = story.member("reader")
    story.call(reader, "GetUser", UserName="reader")
    event_id = newest(story, "GetUser")
    change(
        story,
        f"UPDATE actiontrail_event SET {column} = replace({column}, ?, ?) WHERE event_id = ?",  # noqa: S608
        *(old, new, event_id),
    )
    done = why(story, event_id)
    assert (done.status, done.out) == (2, "")
    assert "was changed since it was recorded" in done.err


def test_a_recorded_decision_that_the_policies_do_not_give_differs(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine of another version may decide otherwise; so may a server that was wrong."""
    from juyong.engines.policy import Decision, Layer, Outcome
    from juyong.gateway import authorise

    reader = story.member("reader")
    wrong = Decision(outcome=Outcome.ALLOW, layer=Layer.IDENTITY, matched=())
    with monkeypatch.context() as patch:
        patch.setattr(authorise, "decide", lambda *_of: wrong)
        done = story.call(reader, "GetUser", UserName="reader")
    assert done.status == 200
    told = explained(story, done.request_id)
    assert told["same"] is False
    assert "DIFFERS: decided again it is ImplicitDeny" in why(story, done.request_id).out


@pytest.mark.parametrize("column", ["body", "evidence", "mac"])
@pytest.mark.parametrize("value", ["x'ff00'", "CAST(x'edb080' AS TEXT)", "42"])
def test_an_event_that_is_no_text_is_not_explained(story: Story, column: str, value: str) -> None:
    event_id = story.done("GetUser", UserName="administrator").request_id
    change(
        story,
        f"UPDATE actiontrail_event SET {column} = {value} WHERE event_id = ?",  # noqa: S608
        event_id,
    )
    done = why(story, event_id)
    assert (done.status, done.out) == (2, "")
    assert "was changed since it was recorded" in done.err


@pytest.mark.parametrize("given", ["", "x", "A" * 36 + "B", "'; DROP TABLE x; --", "ﬀ" * 36])
def test_an_id_that_cannot_be_one(story: Story, given: str) -> None:
    assert why(story, given).status == 3


def test_an_unknown_id_and_an_id_in_small_letters(story: Story) -> None:
    done = why(story, "01A0F5B5-0000-7000-8000-000000000000")
    assert done.status == 3
    assert "there is no event" in done.err
    found = story.done("GetUser", UserName="administrator").request_id
    assert why(story, found.lower()).status == 0


def test_a_terminal_obeys_no_caller(story: Story) -> None:
    near = {"StringLike": {"acs:RequestTag/k": "x"}}
    reader = story.member("reader", statement("ram:*", Condition=near))
    tag = {"Tag.1.Key": "k", "Tag.1.Value": "\x1b[31mred"}
    story.call(reader, "TagResources", **tag, ResourceType="user", **{"ResourceNames.1": "reader"})
    for row in story.rows():
        done = why(story, row.event_id)
        assert "\x1b" not in done.out
        assert done.status in (0, 2)


def test_a_home_whose_database_cannot_be_read(story: Story) -> None:
    event_id = story.done("GetUser", UserName="administrator").request_id
    home = story.running.home.path
    story.running.close()
    database, away = home / "juyong.db", home / "away.db"
    database.rename(away)
    done = why(story, event_id)
    assert (done.status, "is not there" in done.err) == (2, True)
    assert not database.exists()
    database.write_bytes(b"no database" * 1000)
    done = why(story, event_id)
    assert (done.status, "damaged" in done.err or "cannot be read" in done.err) == (2, True)
    away.replace(database)
    assert why(story, event_id).status == 0
    with closing(sqlite3.connect(database)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
        raw.commit()
    done = why(story, event_id)
    assert (done.status, "revision 0001" in done.err) == (2, True)


def test_a_home_that_never_was(tmp_path: Path) -> None:
    done = juyong("why", "01A0F5B5-0000-7000-8000-000000000000", "--home", tmp_path / "none")
    assert (done.status, done.out) == (2, "")
    assert not (tmp_path / "none").exists()


def test_an_event_is_found_by_its_index_while_others_wait_in_the_intake_log(story: Story) -> None:
    database = story.running.home.path / "juyong.db"
    connection = SqliteConnection(database, durable=True)
    try:
        show_together(connection, intake_path(database))
        asked = f"EXPLAIN QUERY PLAN {_named()}"
        plan = connection.raw.execute(asked, {"event_id": "a", "nobody": ""}).fetchall()
    finally:
        connection.raw.close()
    read = [step for *_, step in plan if "event" in step and "ram_account" not in step]
    assert any("USING INDEX ix_actiontrail_event_account_id_event_id" in step for step in read)
    assert not any(
        step.startswith("SCAN main") or step == "SCAN actiontrail_event" for step in read
    )
