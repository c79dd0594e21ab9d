"""`juyong inventory`: what exists, what it is attached to, and what it was."""

import json
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.commands import Done, juyong
from tests.local import local_platform

from juyong.api.bench import Bench
from juyong.api.context import Kept
from juyong.base.clock import Instant, iso
from juyong.services.resourcecenter.jobs import forget_states
from juyong.store.inventory_reads import accounts

NOW = 1_790_000_000
DAY = 86_400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which alice was made, joined a group, and was tagged, an hour apart each."""
    path = tmp_path_factory.mktemp("inventory") / "home"
    with local_platform(path) as local:
        call = local.administrator(local.new_account())
        call("Ram", "CreateUser", UserName="alice")
        call("Ram", "CreateGroup", GroupName="devs")
        local.clock.offset += 3600
        call("Ram", "AddUserToGroup", UserName="alice", GroupName="devs")
        local.clock.offset += 3600
        call("Ram", "UpdateUser", UserName="alice", NewDisplayName="Alice")
        call("Ram", "CreateUser", UserName="devs")
    return path


def inventory(home: Path, *words: str) -> Done:
    return juyong("inventory", *words, "--home", home)


def answer(home: Path, *words: str) -> dict:
    return json.loads(inventory(home, *words, "--json").out)


def test_a_list_by_type(home: Path) -> None:
    found = answer(home, "list", "--type", "ACS::RAM::Group")["resources"]
    assert [each["name"] for each in found] == ["devs"]
    assert "devs" in inventory(home, "list").out


def test_a_resource_with_its_links(home: Path) -> None:
    shown = answer(home, "show", "alice")
    assert shown["state"]["DisplayName"] == "Alice"
    assert shown["arn"].endswith(":user/alice")
    (link,) = answer(home, "links", "alice")["links"]
    assert (link["direction"], link["kind"], link["type"]) == ("to", "member-of", "ACS::RAM::Group")
    (back,) = answer(home, "links", link["id"])["links"]
    assert (back["direction"], back["id"]) == ("from", shown["id"])


def test_the_history_tells_what_differed(home: Path) -> None:
    steps = answer(home, "history", "alice")["steps"]
    assert [step["change"] for step in steps] == ["updated", "updated", "created"]
    newest, joined, first = inventory(home, "history", "alice").out.splitlines()
    assert "DisplayName" in newest
    assert joined.endswith("links")
    assert first.split()[1] == "created"
    at = steps[1]["at"]
    then = answer(home, "show", "alice", "--as-of", at)
    assert then["state"]["DisplayName"] != "Alice"
    assert [link["kind"] for link in then["links"]] == ["member-of"]


def test_statuses(home: Path) -> None:
    assert inventory(home, "show", "nobody").status == 1
    assert inventory(home, "history", "nobody").status == 1
    assert inventory(home, "links", "nobody").status == 1
    assert inventory(home, "show", "alice", "--as-of", "yesterday").status == 3
    ambiguous = inventory(home, "show", "devs")
    assert ambiguous.status == 3
    assert "--type" in ambiguous.err
    assert inventory(home, "show", "devs", "--type", "ACS::RAM::User").status == 0
    assert inventory(home, "show", "alice", "--as-of", "2001-01-01").status == 1


def test_a_time_before_the_inventory_cannot_be_told(home: Path, tmp_path: Path) -> None:
    from juyong.app.state_work import state_opened
    from juyong.base.clock import Instant
    from juyong.store.inventory_reads import set_extent

    young = shutil.copytree(home, tmp_path / "young")
    with state_opened(young) as state:
        state.transact(lambda tx: set_extent(tx, known_from=Instant(NOW), kept_after=0))
    done = inventory(young, "list", "--as-of", "2001-01-01")
    assert done.status == 2
    assert "known from" in done.err


@pytest.mark.parametrize(("days", "kept"), [(0, 3), (30, 3), (29, 1)])
def test_states_are_kept_for_as_long_as_is_set(tmp_path: Path, days: int, kept: int) -> None:
    """The state of the oldest moment that is kept stays, and the answers say where they end."""
    home = tmp_path / "home"
    with local_platform(home) as local:
        call = local.administrator(local.new_account())
        call("Ram", "CreateUser", UserName="alice")
        call("Ram", "CreateUser", UserName="bob")
        for number in range(2):
            local.clock.offset += 3600
            call("Ram", "UpdateUser", UserName="alice", NewDisplayName=f"Alice {number}")
        call("Ram", "DeleteUser", UserName="bob")
        made = local.clock() - 2 * 3600
        platform = replace(local.running.pipeline.platform, kept=Kept(inventory_history_days=days))
        at = made + 30 * DAY - 1
        bench = Bench(call=local.running.store.call, clock=lambda: at, platform=platform)
        forget_states(bench)
        forget_states(bench)
    done = inventory(home, "history", "alice")
    known = iso(Instant(at - days * DAY))
    assert (
        len([line for line in done.out.splitlines() if "dated " in line or "ated  " in line])
        == kept
    )
    assert (f"states of before {known} are not kept" in done.out) == (kept == 1)
    assert answer(home, "show", "alice")["state"]["DisplayName"] == "Alice 1"
    then = inventory(home, "show", "alice", "--as-of", iso(made))
    assert then.status == (2 if kept == 1 else 0)
    gone = [row["name"] for row in answer(home, "list", "--type", "ACS::RAM::User")["resources"]]
    assert "bob" not in gone
    if kept == 1:
        assert f"known from {known}" in then.err
        assert answer(home, "history", "alice")["known_from"] == known
    else:
        assert answer(home, "history", "alice")["known_from"] is None


def test_an_unfinished_inventory_says_so(home: Path, tmp_path: Path) -> None:
    """A command may be the first to open an old home: the inventory then knows nothing yet."""
    from juyong.app.state_work import state_opened
    from juyong.store.inventory_reads import NOT_YET, set_extent

    old = shutil.copytree(home, tmp_path / "old")
    with state_opened(old) as state:
        state.transact(lambda tx: set_extent(tx, known_from=NOT_YET, kept_after=0))
        account = state.transact(lambda tx: accounts(tx)[0])
    for words in (
        ["list"],
        ["list", "--as-of", "1m"],
        ["list", "--account", account],
        ["list", "--account", "1"],
        ["show", "alice"],
        ["links", "alice"],
        ["history", "alice"],
    ):
        done = inventory(old, *words)
        assert (done.status, done.out) == (2, ""), words
        assert "juyong serve" in done.err
