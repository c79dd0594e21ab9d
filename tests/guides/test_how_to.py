"""The how-to pages work as they are written."""

import shutil
from pathlib import Path

import pytest
from tests.docs.needs import equipped
from tests.docs.walkthrough import ROOT, reader
from tests.postgres import postgres_server

from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.services.identity.facade import AccountRow

HOW_TO = ROOT / "docs" / "how-to"


@pytest.mark.parametrize(
    ("page", "commands"),
    [
        ("ask-sql-questions.md", 6),
        ("alarm-on-root-use.md", 6),
        ("ask-why.md", 3),
        ("back-up-and-restore.md", 13),
        ("be-a-witness.md", 14),
        ("block-bad-addresses.md", 4),
        ("call-an-instance.md", 7),
        ("check-who-reaches-what.md", 11),
        ("cut-an-instance-off.md", 7),
        ("deliver-a-trail.md", 10),
        ("encrypt-and-rotate.md", 10),
        ("keep-a-bucket-private.md", 8),
        ("keep-objects-in-another-store.md", 5),
        ("let-a-page-upload.md", 11),
        ("list-a-bucket-every-day.md", 5),
        ("protect-a-site.md", 11),
        ("protect-root.md", 5),
        ("register-a-database.md", 8),
        ("ring-when-calls-are-denied.md", 3),
        ("rotate-with-a-function.md", 4),
        ("run-an-app-with-a-role.md", 7),
        ("run-as-a-service.md", 6),
        ("run-on-clickhouse.md", 4),
        ("seal-and-rekey.md", 13),
        ("share-an-object-for-an-hour.md", 12),
        ("show-a-bucket-as-a-web-site.md", 6),
        ("use-an-hsm.md", 19),
        ("use-terraform-and-the-cli.md", 7),
        ("verify-the-audit-record.md", 9),
    ],
)
def test_a_page_shows_what_happens(page: str, commands: int) -> None:
    with equipped(HOW_TO / page) as somebody:
        assert somebody.follow(HOW_TO / page) == commands


@pytest.mark.parametrize(
    ("page", "commands"),
    [("tune-a-site.md", 19), ("replay-a-log.md", 11), ("run-behind-nginx.md", 13)],
)
def test_a_page_about_the_shop(page: str, commands: int) -> None:
    with equipped(HOW_TO / page) as somebody:
        shutil.copy(ROOT / "tests" / "guides" / "shop.py", somebody.desk)
        assert somebody.follow(HOW_TO / page) == commands


def test_the_fixture_page_runs_its_tests() -> None:
    with reader() as somebody:
        assert somebody.follow(HOW_TO / "test-with-the-pytest-fixture.md") == 1
        assert "4 passed" in somebody.shown


def test_the_page_about_a_proof_and_its_checker() -> None:
    with reader() as somebody:
        shutil.copy(ROOT / "docs" / "check_proof.py", somebody.desk)
        assert somebody.follow(HOW_TO / "prove-one-event.md") == 7


@pytest.mark.postgres
def test_the_postgresql_page_and_its_second_server(tmp_path: Path) -> None:
    with postgres_server() as url, reader(JUYONG_DATABASE=url) as somebody:
        assert somebody.follow(HOW_TO / "run-on-postgresql.md") == 3
        second = tmp_path / "second"
        second.mkdir(mode=0o700)
        for name in ("root.key", "seal.json", "credentials.json"):
            shutil.copy(somebody.home / ".juyong" / name, second)
        running = open_platform(second, settings=Settings(database=url))
        try:
            assert not running.first_start
            assert running.store.call(lambda tx: tx.count(AccountRow)) == 1
        finally:
            running.store.close()
