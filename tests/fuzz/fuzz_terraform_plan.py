"""Terraform plans: anything else is named, and a plan that is read leaves a network that fits."""

from tests.property import packet_cases as made

from juyong.services.network.plans import BadPlan, World, applied, plan_of

_RULE = (
    b'{"format_version":"1.2","resource_changes":[{"address":"a.b","type":'
    b'"alicloud_security_group_rule","change":{"actions":["create"],"after":{"type":"ingress",'
    b'"ip_protocol":"tcp","port_range":"22/22","cidr_ip":"0.0.0.0/0","priority":1,"policy":'
    b'"accept","security_group_id":"sg-1"}}}]}'
)
_ROUTE = (
    b'{"format_version":"1.2","resource_changes":[{"address":"a.b","type":"alicloud_route_entry",'
    b'"change":{"actions":["delete"],"before":{"route_table_id":"vtb-3",'
    b'"destination_cidrblock":"0.0.0.0/0"}}}]}'
)
SEEDS: list[bytes] = [b'{"format_version": "1.2", "resource_changes": []}', _RULE, _ROUTE]
_NETWORK = made.engine_network(made.Cases(7).network)


def target(data: bytes) -> None:
    """Read and apply a plan to a network."""
    try:
        plan = plan_of(data)
    except BadPlan:
        return
    found = applied(_NETWORK, plan, World({}, {}))
    assert len(found.unknown) <= 2 * len(plan.resource_changes)
