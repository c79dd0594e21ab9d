"""Many writers of one account at once, as Terraform makes them: none is refused for the others."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.local import REGION, Local, local_platform
from tests.unit.gateway.calls import v1_call

from juyong.services.identity.facade import NewAccount
from juyong.services.ram.product import PRODUCT
from juyong.store.contention import Attempt, Contention

pytestmark = pytest.mark.postgres
_WRITERS, _ROUNDS = 20, 5
_MOST_TRIES = 5
_STEPS = (
    ("CreateUser", ("UserName",)),
    ("CreateGroup", ("GroupName",)),
    ("AddUserToGroup", ("UserName", "GroupName")),
    ("RemoveUserFromGroup", ("UserName", "GroupName")),
)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """A platform of the test's own on PostgreSQL."""
    with local_platform(tmp_path, "postgres") as found:
        yield found


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> "Counter[int]":
    """Count how many units of work were done at which try."""
    counted: Counter[int] = Counter()
    until_done = Contention.until_done

    def counting(self: Contention, attempt: Attempt[Any]) -> Any:
        made = 0

        def noted(*, alone: bool, seconds: float) -> Any:
            nonlocal made
            made += 1
            return attempt(alone=alone, seconds=seconds)

        try:
            return until_done(self, noted)
        finally:
            counted[made] += 1

    monkeypatch.setattr(Contention, "until_done", counting)
    return counted


def test_twenty_writers_are_all_served(local: Local, tries: "Counter[int]") -> None:
    account = local.new_account()

    async def write(writer: int) -> list[tuple[str, int, bytes]]:
        return [
            (action, *await _served(local, account, action, dict.fromkeys(names, f"w{writer}-{n}")))
            for n in range(_ROUNDS)
            for action, names in _STEPS
        ]

    async def all_write() -> list[list[tuple[str, int, bytes]]]:
        return await asyncio.gather(*(write(number) for number in range(_WRITERS)))

    answers = [answer for each in local.runner.run(all_write()) for answer in each]
    assert len(answers) == _WRITERS * _ROUNDS * len(_STEPS)
    assert not [answer for answer in answers if answer[1] != 200]
    assert max(tries) <= _MOST_TRIES, tries
    assert tries[2], "writers of one account met"
    users = local.administrator(account)("Ram", "ListUsers", MaxItems=1000)["Users"]["User"]
    assert len([user for user in users if user["UserName"].startswith("w")]) == _WRITERS * _ROUNDS


async def _served(
    local: Local, account: NewAccount, action: str, params: dict[str, str]
) -> tuple[int, bytes]:
    raw = v1_call(
        account.access_key_id,
        account.secret.reveal(),
        local.clock(),
        host=PRODUCT.host_in(REGION),
        Action=action,
        Version=PRODUCT.version,
        **params,
    )
    answer = await local.running.pipeline.serve(raw)
    return answer.status, bytes(answer.body)
