"""Interfaces and lists of the version before have groups and entries that no state tells."""

import json

import sqlalchemy as sa
from alembic import command
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.base.clock import system_clock
from juyong.store import schema
from juyong.store.database import StoreSettings, engine_of, open_database
from juyong.store.inventory import ResourceEventRow, ResourceRow

BEFORE = "0041"
OWN = {"account_id": "1", "region": "cn-hangzhou", "created_at": 5, "version": 0}
STATES = {
    "ACS::ECS::NetworkInterface": "eni-1",
    "ACS::ECS::PrefixList": "pl-1",
    "ACS::ECS::PortRangeList": "prl-1",
    "ACS::ECS::SecurityGroup": "sg-1",
}
LISTED = {"list_name": "", "description": "", "max_entries": 200}
CARD = {
    **dict.fromkeys(("vpc_id", "zone_id", "interface_name", "description", "mac", "status"), ""),
    "vswitch_id": "vsw-1",
    "address": "10.0.0.9",
    "instance_id": "",
    "device_index": 0,
    "is_primary": True,
    "delete_on_release": False,
    "interface_id": "eni-1",
}
ADDRESSES = [
    {"vswitch_id": "vsw-1", "address": f"10.0.0.{number}", "number": number, "owner_id": "eni-1"}
    for number in (10, 9, 2)
]
ROWS: list[tuple[str, dict[str, object]]] = [
    ("network_interface", OWN | CARD),
    *(("network_address", each) for each in ADDRESSES),
    *(
        ("network_member", {"group_id": each, "interface_id": "eni-1"})
        for each in ("sg-b", "sg-B", "sg-a")
    ),
    ("network_prefix_list", OWN | LISTED | {"list_id": "pl-1", "ip_version": 4}),
    (
        "network_prefix_list",
        OWN | LISTED | {"list_id": "pl-2", "ip_version": 4, "max_entries": 201},
    ),
    *(
        ("network_prefix", {"list_id": "pl-1", "cidr": each, "description": "", "version": 0})
        for each in ("9.0.0.0/8", "10.0.0.0/8")
    ),
    ("network_port_list", OWN | LISTED | {"list_id": "prl-1"}),
]


def held(kind: str, name: str) -> dict[str, object]:
    return {
        "account_id": "1",
        "region": "cn-hangzhou",
        "resource_type": kind,
        "resource_id": name,
        "name": name,
        "arn": "",
        "state": '{"A":"ü"}',
        "tags": "{}",
        "links": "[]",
        "since": 5,
        "at": 6,
        "request_id": "r",
    }


def test_the_inventory_learns_groups_addresses_and_entries(url: str) -> None:
    load_tables()
    engine = engine_of(url)
    begun = system_clock()
    resources = [("store_resource", held(*each)) for each in STATES.items()]
    resources.append(("store_resource", held("ACS::ECS::PrefixList", "pl-2")))
    with engine.begin() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
        for name, values in (*ROWS, *resources):
            table = sa.table(name, *map(sa.column, values))
            connection.execute(sa.insert(table).values(**values))
    engine.dispose()
    store = open_database(StoreSettings(url=url), sealer(), load_tables)
    try:
        states = {row.resource_id: row.state for row in store.call(lambda tx: tx.find(ResourceRow))}
        events = store.call(lambda tx: tx.find(ResourceEventRow, order=("seq",)))
    finally:
        store.close()
    assert {name: json.loads(state) for name, state in states.items()} == {
        "eni-1": {
            "A": "ü",
            "Primary": True,
            "SecurityGroupIds": ["sg-B", "sg-a", "sg-b"],
            "PrivateIpAddresses": ["10.0.0.9", "10.0.0.2", "10.0.0.10"],
        },
        "pl-1": {"A": "ü", "Entries": ["10.0.0.0/8", "9.0.0.0/8"]},
        "pl-2": {"A": "ü"},
        "prl-1": {"A": "ü", "PortRanges": []},
        "sg-1": {"A": "ü"},
    }
    assert {each.resource_id for each in events} == {"eni-1", "pl-1", "prl-1"}
    assert {each.resource_id: each.snapshot for each in events}.items() <= states.items()
    # What they had before is not known: the new states are of the present time.
    assert all(begun - 5 <= each.at <= system_clock() + 5 for each in events)
