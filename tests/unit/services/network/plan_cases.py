"""Terraform plans, made by hand, and what `juyong net compare` says of them."""

import json
from pathlib import Path
from typing import Any

from tests.commands import Done, juyong

RULE = "alicloud_security_group_rule"


def rule(**changes: Any) -> dict[str, Any]:
    """Return the attributes of a rule that opens SSH on web to everyone."""
    return {
        "type": "ingress",
        "ip_protocol": "tcp",
        "port_range": "22/22",
        "policy": "accept",
        "priority": 1,
        "nic_type": "intranet",
        "security_group_id": "sg-web",
        "cidr_ip": "0.0.0.0/0",
        "ipv6_cidr_ip": None,
        "prefix_list_id": None,
        "source_security_group_id": None,
        **changes,
    }


def change(
    kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None, **more: Any
) -> dict[str, Any]:
    actions = ["delete"] if after is None else ["create"] if before is None else ["update"]
    told = {"actions": actions, "before": before, "after": after, "after_unknown": {}} | more
    name = told.pop("name", "it")
    return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "change": told}


def new(
    kind: str, known: dict[str, Any], name: str = "it", **references: str | list[str]
) -> dict[str, Any]:
    """Return what makes a resource, some attributes of which name other resources."""
    made = change(kind, None, known, name=name, after_unknown=dict.fromkeys(references, True))
    told = {key: [each] if isinstance(each, str) else each for key, each in references.items()}
    expressions = {
        key: {"references": [part for each in found for part in (each, each.rpartition(".")[0])]}
        for key, found in told.items()
    }
    return made | {"expressions": expressions}


def _change(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != "expressions"}


def compare(home: Path, folder: Path, *changes: dict[str, Any], form: str = "1.2") -> Done:
    file = folder / "plan.json"
    written = [
        {"address": each["address"].partition("[")[0], "expressions": each["expressions"]}
        for each in changes
        if "expressions" in each
    ]
    plan = {"format_version": form, "resource_changes": [_change(each) for each in changes]}
    plan["configuration"] = {"root_module": {"resources": written}}
    file.write_text(json.dumps(plan))
    return juyong("net", "compare", file, "--home", home, "--json")


def flows(done: Done, name: str) -> list[tuple[str, str, str]]:
    found = json.loads(done.out)[name]
    return [(each["source"], each["target"], ", ".join(each["passes"])) for each in found]


def way(kind: str, hop_id: str) -> dict[str, Any]:
    """Return the attributes of a default route of the VPC."""
    return {
        "route_table_id": "vtb-a",
        "destination_cidrblock": "0.0.0.0/0",
        "nexthop_type": kind,
        "nexthop_id": hop_id,
    }


def acl(*vswitches: str, policy: str = "accept", port: str = "5432/5432") -> dict[str, Any]:
    """Return the attributes of an ACL that lets one port in and everything out."""
    common = {"network_acl_entry_name": "a", "description": None}
    entry = {**common, "policy": policy, "protocol": "tcp", "port": port}
    out = {**common, "policy": "accept", "protocol": "all", "port": "-1/-1"}
    return {
        "vpc_id": "vpc-a",
        "ingress_acl_entries": [{**entry, "source_cidr_ip": "10.0.0.0/24"}],
        "egress_acl_entries": [{**out, "destination_cidr_ip": "0.0.0.0/0"}],
        "resources": [{"resource_id": each, "resource_type": "VSwitch"} for each in vswitches],
    }
