"""Short forms of the engine's values for the tables beside this file."""

import json

from juyong.engines.policy import (
    Kind,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    compile_policy,
    conditions_of,
    parse,
)

ALICE = Principal(
    arn="acs:ram::1:user/alice", account_id="1", kind=PrincipalKind.USER, principal_id="201"
)
ROOT = Principal(arn="acs:ram::1:root", account_id="1", kind=PrincipalKind.ROOT, principal_id="1")
SESSION = Principal(
    arn="acs:ram::1:assumed-role/Admin/s1",
    account_id="1",
    kind=PrincipalKind.SESSION,
    principal_id="301:s1",
)
STRANGER = Principal(
    arn="acs:ram::22:user/alice", account_id="22", kind=PrincipalKind.USER, principal_id="202"
)
ECS = Principal(arn="ecs.aliyuncs.com", account_id="1", kind=PrincipalKind.SERVICE)
IDP = Principal(arn="acs:ram::1:saml-provider/idp", account_id="1", kind=PrincipalKind.FEDERATED)


def statement(effect="Allow", action="*", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def trust(principal, effect="Allow", **more):
    return {"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal, **more}


def text_of(*statements):
    return json.dumps({"Version": "1", "Statement": list(statements)})


def source(identifier="p", version="v1"):
    return Source(
        policy_type="Custom",
        identifier=identifier,
        version=version,
        attached_scope="1",
        attached_entity_type="User",
    )


def policy(*statements, kind=Kind.IDENTITY, identifier="p"):
    return compile_policy(parse(text_of(*statements), kind), source(identifier))


def policies(*statements, kind=Kind.IDENTITY, identifier="p"):
    return PolicySet([policy(*statements, kind=kind, identifier=identifier)])


def request(
    action="ecs:StartInstance", resource="acs:ecs:cn:1:instance/i-1", principal=ALICE, given=None
):
    return Request(
        action=action,
        resource=resource,
        principal=principal,
        conditions=conditions_of(given or {}),
    )
