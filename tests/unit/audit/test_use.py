"""What was used is counted once, found at once, and known when the events are gone."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.sequencing import sequence
from tests.unit.audit.calling import STS, Member, Story, statement
from tests.unit.gateway.platforms import NOW

from juyong.api.bench import Bench
from juyong.app.state import check, state_of
from juyong.audit import use, use_folding
from juyong.audit.ledger.stored import log_of
from juyong.audit.tables import EventRow, UsePositionRow, UseRow
from juyong.audit.use import Use
from juyong.audit.use_folding import ALLOWED, MOST_RESOURCES, OTHERS, REFUSED, UseKey, fold
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId
from juyong.services.actiontrail.jobs import sum_up
from juyong.store.errors import Stale
from juyong.store.late import table_of
from juyong.store.transaction import Transaction


def in_store(story: Story, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
    story.running.store.settle()
    return story.running.store.call(lambda tx: work(tx, *args, **more))


def fold_all(story: Story) -> None:
    story.running.store.settle()
    while story.running.store.call(lambda tx: fold(tx, 1 << 60)):
        pass


def forget_events(story: Story) -> None:
    """Take all events away, as if their time were over."""
    in_store(story, lambda tx: tx.change(_all_events))


def _all_events() -> "sa.Delete":
    return sa.delete(table_of(EventRow))


def plain(uses: list[Use]) -> set[tuple[str, str, str, int]]:
    return {
        (each.key.action, each.key.outcome, each.key.resource.rpartition(":")[2], each.total.count)
        for each in uses
    }


@pytest.fixture
def reader(story: Story) -> Member:
    member = story.member("reader", statement("ram:Get*"))
    for _ in range(3):
        assert story.call(member, "GetUser", UserName="reader").status == 200
    assert story.call(member, "GetUser", UserName="gone").status == 404
    assert story.call(member, "DeleteUser", UserName="administrator").status == 403
    assert story.call(member, "GetCallerIdentity", STS).status == 200
    assert story.call(member, "GetUser", UserName="! !").status == 400
    return member


OF_READER = {
    ("ram:GetUser", ALLOWED, "user/reader", 3),
    ("ram:GetUser", ALLOWED, "user/gone", 1),
    ("ram:DeleteUser", REFUSED, "user/administrator", 1),
    ("sts:GetCallerIdentity", ALLOWED, "*", 1),
    ("ram:GetUser", REFUSED, "*", 1),
}


@pytest.mark.parametrize("folds", [0, 1, 2])
def test_uses_are_the_same_before_and_after_events_are_summed_up(
    story: Story, reader: Member, folds: int
) -> None:
    for _ in range(folds):
        fold_all(story)
    asked = (story.account_id, reader.user_id)
    assert plain(in_store(story, use.of, *asked)) == OF_READER
    assert plain(in_store(story, use.by_key, reader.key)) == OF_READER


def test_sums_and_the_tail_are_added(story: Story, reader: Member) -> None:
    fold_all(story)
    story.call(reader, "GetUser", UserName="reader")
    found = in_store(story, use.of, story.account_id, reader.user_id)
    assert ("ram:GetUser", ALLOWED, "user/reader", 4) in plain(found)
    fold_all(story)
    assert plain(in_store(story, use.of, story.account_id, reader.user_id)) == plain(found)


def test_uses_outlive_their_events(story: Story, reader: Member) -> None:
    fold_all(story)
    forget_events(story)
    assert plain(in_store(story, use.by_key, reader.key)) == OF_READER
    shown = story.done("GetAccessKeyLastUsed", UserName="reader", UserAccessKeyId=reader.key)
    assert shown.body["AccessKeyLastUsed"]["LastUsedDate"] == "2026-09-21T14:13:20Z"
    name = f"reader@{story.account_id}.onaliyun.com"
    shown = story.done(
        *("GetAccessKeyLastUsed", "ims.aliyuncs.com"),
        UserPrincipalName=name,
        UserAccessKeyId=reader.key,
    )
    assert shown.body["AccessKeyLastUsed"] == {
        "LastUsedDate": "2026-09-21T14:13:20Z",
        "ServiceName": "Ram",
    }
    found = in_store(story, use.last_used_by_service, reader.key)
    assert found == {"Ram": NOW, "Sts": NOW}


def test_a_key_that_only_proved_nothing_was_never_used(story: Story) -> None:
    member = story.member("m")
    story.done("UpdateAccessKey", UserName="m", UserAccessKeyId=member.key, Status="Inactive")
    assert story.call(member, "GetUser", UserName="m").code == "InvalidAccessKeyId.Inactive"
    assert [row.access_key_id for row in story.rows(error_code="InvalidAccessKeyId.Inactive")]
    for _ in range(2):
        assert in_store(story, use.by_key, member.key) == []
        assert in_store(story, use.last_used, AccessKeyId(member.key)) is None
        fold_all(story)


def test_an_action_tells_who_used_it_and_since_when(story: Story, reader: Member) -> None:
    story.done("GetUser", UserName="administrator")
    for _ in range(2):
        found = in_store(story, use.by_action, story.account_id, "ram:GetUser")
        assert {each.key.principal_id for each in found} == {
            reader.user_id,
            story.id_of("administrator"),
        }
        later = Instant(NOW + 1)
        asked = (story.account_id, "ram:GetUser")
        assert in_store(story, use.by_action, *asked, since=later) == []
        assert in_store(story, use.by_action, *asked, since=Instant(NOW)) == found
        fold_all(story)


def test_all_sessions_of_a_role_are_one_principal_without_a_key(story: Story) -> None:
    trust = statement("sts:AssumeRole", Principal={"RAM": [f"acs:ram::{story.account_id}:root"]})
    trust = trust.replace('"Resource": "*", ', "")
    role = story.done("CreateRole", RoleName="R", AssumeRolePolicyDocument=trust).body["Role"]
    story.done(
        "AttachPolicyToRole",
        PolicyType="System",
        PolicyName="AliyunRAMReadOnlyAccess",
        RoleName="R",
    )
    made = story.member("m", statement("sts:AssumeRole"))
    for number in range(3):
        reply = story.call(
            made, "AssumeRole", STS, RoleArn=role["Arn"], RoleSessionName=f"session{number}"
        )
        session = reply.body["Credentials"]
        signed = Member("s", "", session["AccessKeyId"], session["AccessKeySecret"])
        token = session["SecurityToken"]
        assert story.call(signed, "ListUsers", SecurityToken=token).status == 200
    fold_all(story)
    found = in_store(story, use.of, story.account_id, role["RoleId"])
    assert [(each.key.access_key_id, each.key.action, each.total.count) for each in found] == [
        ("", "ram:ListUsers", 3)
    ]


def test_check_finds_a_use_that_the_sums_lost(story: Story, reader: Member) -> None:
    fold_all(story)
    state = state_of(story.running)
    assert "use-understated" not in {each.code for each in check(state)}
    (row,) = in_store(
        story, lambda tx: tx.find(UseRow, access_key_id=reader.key, action="ram:DeleteUser")
    )
    in_store(story, lambda tx: tx.delete(row))
    (found,) = [each for each in check(state) if each.code == "use-understated"]
    assert found.where.endswith("ram:DeleteUser refused")
    in_store(story, lambda tx: tx.insert(row))
    for change in ({"count": 0}, {"last_at": NOW - 1}, {"first_at": NOW + 1}):
        in_store(story, lambda tx, change=change: tx.update(replace(row, version=0), **change))
        assert "use-understated" in {each.code for each in check(state)}
        in_store(story, lambda tx: [tx.delete(r) for r in tx.find(UseRow, **_key_of(row))] and None)
        in_store(story, lambda tx: tx.insert(row))
    assert "use-understated" not in {each.code for each in check(state)}


def _key_of(row: UseRow) -> dict[str, str]:
    return {name: getattr(row, name) for name in UseKey._fields}


@pytest.mark.parametrize("outcome", [ALLOWED, REFUSED])
def test_resources_beyond_the_bound_are_counted_together(
    story: Story, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST_RESOURCES, outcome, 2)
    member = story.member("m", *([statement("ram:GetUser")] if outcome == ALLOWED else []))
    for name in ("a", "b", "a", "c", "d", "c", "b"):
        story.call(member, "GetUser", UserName=name)
    fold_all(story)
    counts = {name: count for _, _, name, count in plain(in_store(story, use.by_key, member.key))}
    assert counts == {"user/a": 2, "user/b": 2, OTHERS: 3}


def test_the_job_folds_what_is_in_the_log_and_no_more(story: Story, reader: Member) -> None:
    store, clock = story.running.store, story.running.pipeline.clock
    platform = story.running.pipeline.platform
    bench = Bench(call=store.call, clock=clock, platform=platform, job="actiontrail.use")

    sum_up(bench)
    assert in_store(story, lambda tx: tx.find(UsePositionRow)) == []
    sequence(story.running)
    head = in_store(story, log_of)
    assert head is not None
    story.call(reader, "GetUser", UserName="reader")
    for _ in range(2):
        sum_up(bench)
        (position,) = in_store(story, lambda tx: tx.find(UsePositionRow))
        assert position.seq == head.last_seq > 0
    assert in_store(story, use_folding.folded_up_to) == head.last_seq


def test_a_second_job_that_folds_the_same_events_commits_nothing(
    story: Story, reader: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.call(reader, "GetUser", UserName="reader")
    monkeypatch.setattr(use_folding, "_PAGE", 1)
    in_store(story, fold, 1 << 60)
    (before,) = in_store(story, lambda tx: tx.find(UsePositionRow))
    in_store(story, fold, 1 << 60)
    rows = in_store(story, lambda tx: tx.find(UseRow))

    real = Transaction.get

    def late(tx: Transaction, row_type: type[Any], *key: object) -> Any:
        return before if row_type is UsePositionRow else real(tx, row_type, *key)

    monkeypatch.setattr(Transaction, "get", late)
    with pytest.raises(Stale):
        in_store(story, fold, 1 << 60)
    monkeypatch.undo()
    assert in_store(story, lambda tx: tx.find(UseRow)) == rows


def test_events_of_the_version_before_are_summed_up_by_their_names(
    story: Story, reader: Member
) -> None:
    story.rows()

    def strip() -> "sa.Update":
        return sa.update(table_of(EventRow)).values(evidence="")

    in_store(story, lambda tx: tx.change(strip))
    fold_all(story)
    assert plain(in_store(story, use.by_key, reader.key)) == {
        ("ram:GetUser", ALLOWED, "*", 3),
        ("ram:GetUser", REFUSED, "*", 2),
        ("ram:DeleteUser", REFUSED, "*", 1),
        ("sts:GetCallerIdentity", ALLOWED, "*", 1),
    }


def test_the_copy_that_an_owner_gets_is_no_use(story: Story) -> None:
    other = Story(story.running, "b")
    made = other.done("CreateKey", "kms.aliyuncs.com").body["KeyMetadata"]
    story.call(story.admin, "DescribeKey", "kms.aliyuncs.com", KeyId=made["Arn"])
    story.rows()

    def strip() -> "sa.Update":
        return sa.update(table_of(EventRow)).values(evidence="")

    for change in (None, strip):
        if change:
            in_store(story, lambda tx, change=change: tx.change(change))
        found = in_store(story, use.by_action, other.account_id, "kms:DescribeKey")
        assert found == []
        assert in_store(story, use.by_action, story.account_id, "kms:DescribeKey")
