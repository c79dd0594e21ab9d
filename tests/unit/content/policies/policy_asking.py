"""Ask the policy engine what one system policy allows."""

import json

from juyong.content.policies.system import SYSTEM_POLICIES
from juyong.engines.policy import (
    Kind,
    Layers,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    authorise,
    compile_policy,
    conditions_of,
    parse,
)

ALICE = Principal(
    arn="acs:ram::1:user/alice", account_id="1", kind=PrincipalKind.USER, principal_id="201"
)


def statements_of(name):
    return json.loads(SYSTEM_POLICIES[name].document)["Statement"]


def listed(value):
    return value if isinstance(value, list) else [value]


def compiled(name):
    policy = SYSTEM_POLICIES[name]
    source = Source(
        policy_type="System",
        identifier=name,
        version=policy.default_version,
        attached_scope="1",
        attached_entity_type="User",
    )
    return PolicySet([compile_policy(parse(policy.document, Kind.IDENTITY), source)])


def asks(policies, action, resource="*", given=None):
    request = Request(
        action=action, resource=resource, principal=ALICE, conditions=conditions_of(given or {})
    )
    return authorise(request, Layers(identity=policies)).allowed


def allows(name, action, resource="*", given=None):
    return asks(compiled(name), action, resource, given)
