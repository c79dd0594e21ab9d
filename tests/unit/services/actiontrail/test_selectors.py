"""What selectors select, and the copy of them that each call asks."""

import asyncio
import json
from typing import Any

import pytest
from tests.local import Local

from juyong.api import registry
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.actiontrail.data_events import recording
from juyong.services.actiontrail.data_events.recording import SERVICES
from juyong.services.actiontrail.data_events.selecting import data_event_names
from juyong.services.actiontrail.data_events.selectors import (
    BadSelectors,
    DataCall,
    read_selectors,
    selects,
)
from juyong.services.actiontrail.data_events.tables import DataSelectorRow
from juyong.store.transaction import Transaction

OBJECT = "acs:oss:cn-hangzhou:1:b/logs/a:c"
STORE = "acs:log:cn-hangzhou:1:project/p/logstore/l"


def call(name: str = "GetObject", effect: str = "Read", *resources: str) -> DataCall:
    return DataCall("Oss", name, effect, "cn-hangzhou", resources or (OBJECT,))


@pytest.mark.parametrize(
    ("members", "selected"),
    [
        ({}, True),
        ({"ServiceName": "Sls"}, False),
        ({"ReadWriteType": "All"}, True),
        ({"ReadWriteType": "Read"}, True),
        ({"ReadWriteType": "Write"}, False),
        ({"EventName": {"Equals": ["PutObject", "GetObject"]}}, True),
        ({"EventName": {"Equals": ["PutObject"]}}, False),
        ({"EventName": {"NotEquals": ["PutObject"]}}, True),
        ({"EventName": {"NotEquals": ["GetObject"]}}, False),
        ({"ResourceArn": {"Equals": [OBJECT]}}, True),
        ({"ResourceArn": {"Equals": ["acs:oss:cn-hangzhou:1:b"]}}, True),
        ({"ResourceArn": {"Equals": ["acs:oss:*:*:b/logs/*"]}}, True),
        ({"ResourceArn": {"Equals": ["acs:oss:*:*:b/logs"]}}, False),
        ({"ResourceArn": {"Equals": ["acs:oss:*:2:b/logs/*"]}}, False),
        ({"ResourceArn": {"NotEquals": ["acs:oss:*:*:c"]}}, True),
        ({"ResourceArn": {"NotEquals": ["acs:oss:*:*:b"]}}, False),
        ({"ResourceArn": {"Equals": ["acs:oss:*:*:b"], "NotEquals": ["acs:oss:*:*:b"]}}, True),
        ({"ResourceArn": {"Equals": ["acs:oss:*:*:c"], "NotEquals": ["acs:oss:*:*:b"]}}, False),
    ],
)
def test_a_selector_asks_service_effect_name_and_resource(members: Any, selected: bool) -> None:
    selectors = read_selectors(json.dumps([{"ServiceName": "Oss", **members}]))
    assert selects(selectors, call()) is selected


def test_one_of_the_selectors_is_enough_and_none_selects_nothing() -> None:
    assert not selects([], call())
    both = [{"ServiceName": "Sls"}, {"ServiceName": "Oss"}]
    assert selects(read_selectors(json.dumps(both)), call())


def test_a_call_about_nothing_is_selected_by_no_resource() -> None:
    about = DataCall("Oss", "GetObject", "Read", "cn-hangzhou", ())
    named = [{"ServiceName": "Oss", "ResourceArn": {"Equals": ["*"]}}]
    assert not selects(read_selectors(json.dumps(named)), about)
    assert selects(read_selectors('[{"ServiceName":"Oss"}]'), about)


@pytest.mark.parametrize(
    ("arn", "selected"),
    [
        (STORE, True),
        ("acs:log:*:*:project/p", True),
        ("acs:log:*:*:project/p/logstore/*", True),
        ("acs:log:*:*:project", False),
        ("acs:log:*:*:project/q", False),
    ],
)
def test_a_logstore_is_selected_by_its_project(arn: str, selected: bool) -> None:
    text = json.dumps([{"ServiceName": "Sls", "ResourceArn": {"Equals": [arn]}}])
    about = DataCall("Sls", "PutLogs", "Write", "cn-hangzhou", (STORE,))
    assert selects(read_selectors(text), about) is selected


@pytest.mark.parametrize("count", [20, 21])
def test_there_are_twenty_selectors_at_most(count: int) -> None:
    text = json.dumps([{"ServiceName": "Oss"}] * count)
    if count == 20:
        assert len(read_selectors(text)) == count
    else:
        with pytest.raises(BadSelectors):
            read_selectors(text)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "[{}]", "[" * 2000, '[{"ServiceName":""}]'])
def test_other_texts_are_no_selectors(text: str) -> None:
    with pytest.raises(BadSelectors):
        read_selectors(text)


def test_what_can_be_selected_are_the_calls_on_data_of_two_products() -> None:
    names = data_event_names()
    assert set(names) == set(SERVICES)
    products = {each.code: each for each in registry.packages().values()}
    for code, found in names.items():
        assert found
        assert found < set(asyncio.run(registry.current().index(products[code])).modules)


def test_selectors_are_read_once_and_again_when_they_change(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = local.new_account().account_id
    reads: list[str] = []
    read = recording._read

    def counted(tx: Transaction, account: AccountId) -> Any:
        reads.append(account)
        return read(tx, account)

    monkeypatch.setattr(recording, "_read", counted)
    run, memory = local.running.store.call, {}

    def asked(tx: Transaction) -> int:
        written = (Instant(1), "{}")
        found = recording.data_events_of(tx, memory, [account_id], call(), lambda _: written)
        return len(found)

    row = DataSelectorRow(
        account_id=account_id,
        trail_name="t",
        selectors='[{"ServiceName":"Oss"}]',
        all_regions=False,
        regions="cn-beijing,cn-hangzhou",
        active=True,
        created_at=Instant(1),
        updated_at=Instant(1),
    )
    assert [run(asked), run(asked), len(reads)] == [0, 0, 1]
    run(lambda tx: tx.insert(row))
    assert [run(asked), run(asked), len(reads)] == [1, 1, 2]
    held = run(lambda tx: tx.update(row, regions="cn-beijing"))
    assert [run(asked), run(asked), len(reads)] == [0, 0, 3]
    held = run(lambda tx: tx.update(held, all_regions=True, active=False))
    assert [run(asked), len(reads)] == [0, 4]
    held = run(lambda tx: tx.update(held, active=True))
    assert [run(asked), len(reads)] == [1, 5]
    run(lambda tx: tx.delete(held))
    assert [run(asked), run(asked), len(reads)] == [0, 0, 6]
