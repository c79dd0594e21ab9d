"""Terraform plans: anything else is named, and a plan that is read leaves a network that fits."""

from tests.property import packet_cases as made

from juyong.services.network.planning.applying import applied
from juyong.services.network.planning.plan import BadPlan, plan_of
from juyong.services.network.planning.sketch import World

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
_INSTANCE = (
    b'{"format_version":"1.2","resource_changes":[{"address":"a.b[0]","type":"alicloud_instance",'
    b'"change":{"actions":["create"],"after":{"security_groups":["sg-1"]},"after_unknown":'
    b'{"vswitch_id":true}}},{"address":"module.m.c.d","type":"alicloud_vswitch","change":'
    b'{"actions":["create"],"after":{"vpc_id":"vpc-a","cidr_block":"10.250.0.0/24"}}}],'
    b'"configuration":{"root_module":{"resources":[{"address":"a.b","expressions":{"vswitch_id":'
    b'{"references":["module.m.id","module.m"]}}}],"module_calls":{"m":{"module":{"outputs":{"id":'
    b'{"expression":{"references":["c.d.id","c.d"]}}}}}}}}}'
)
_ACL = (
    b'{"format_version":"1.2","resource_changes":[{"address":"a.b","type":"alicloud_network_acl",'
    b'"change":{"actions":["create"],"after":{"vpc_id":"vpc-a","ingress_acl_entries":[{"policy":'
    b'"accept","protocol":"tcp","port":"22/22","source_cidr_ip":"0.0.0.0/0"}],"resources":'
    b'[{"resource_id":"vsw-1"}]}}}]}'
)
SEEDS: list[bytes] = [
    b'{"format_version": "1.2", "resource_changes": []}',
    *(_RULE, _ROUTE, _INSTANCE, _ACL),
]
_NETWORK = made.engine_network(made.Cases(7).network)


def target(data: bytes) -> None:
    """Read and apply a plan to a network."""
    try:
        plan = plan_of(data)
    except BadPlan:
        return
    found = applied(_NETWORK, plan, World())
    assert len(found.unknown) <= 3 * len(plan.resource_changes)
