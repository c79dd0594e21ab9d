"""The principal of a client key, and the policies of its access point, for the policy engine.

A policy allows its permissions on its resources, from the addresses of its network rules; of
several policies each allows by itself. Nothing is kept between calls, so a change counts at once.

Source: KMS, "Application access points" (documented: permissions, resources, rules; that reading a
secret needs its key too). Assumed: a policy without rules allows every address, several rules allow
the addresses of each, and a rule without addresses allows none.
"""

import ipaddress
import json
from functools import lru_cache

from juyong.api.caller import AccessPoint
from juyong.engines.policy import Kind, Policy, PolicySet, Source, compile_policy, digest_of, parse
from juyong.services.kms.access.documents import KEY_USER, SECRET_USER, from_json, parse_sources
from juyong.services.kms.access.tables import (
    AccessPointRow,
    AccessPolicyRow,
    ClientKeyRow,
    NetworkRuleRow,
)
from juyong.services.kms.tables import default_instance_id
from juyong.store.transaction import Transaction

RANDOM = "random"
"""The resource of GenerateRandom, which uses no key."""
_KEY_ACTIONS = (
    *("Encrypt", "Decrypt", "AdvanceEncrypt", "AdvanceDecrypt"),
    *("GenerateDataKey", "AdvanceGenerateDataKey"),
    *("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"),
    *("AdvanceGenerateDataKeyPair", "AdvanceGenerateDataKeyPairWithoutPlaintext"),
    *("Sign", "Verify", "GetPublicKey", "GenerateRandom"),
)
_SECRET_ACTIONS = ("GetSecretValue",)


def policies_of(tx: Transaction, caller: AccessPoint) -> PolicySet:
    """Return what the policies of an access point allow.

    Cost: a row for the access point, each of up to three policies, and each of their rules.
    """
    place = (caller.account_id, caller.region)
    point = tx.get(AccessPointRow, *place, caller.name)
    if point is None:
        return PolicySet(())
    found = (tx.get(AccessPolicyRow, *place, name) for name in from_json(point.policies))
    own = default_instance_id(caller.account_id)
    compiled = (
        _compiled(row, _sources(tx, row))
        for row in found
        if row is not None and row.instance_id in ("", own)
    )
    return PolicySet(tuple(policy for policy in compiled if policy is not None))


def _sources(tx: Transaction, policy: AccessPolicyRow) -> tuple[str, ...] | None:
    """Return the networks that a policy's rules name, or None where it has no rules."""
    names = from_json(policy.rules)
    if not names:
        return None
    place = (policy.account_id, policy.region)
    rules = (tx.get(NetworkRuleRow, *place, name) for name in names)
    return tuple(
        str(ipaddress.ip_network(source, strict=False))
        for rule in rules
        if rule is not None and rule.sources
        for source in parse_sources(rule.sources)
    )


@lru_cache(maxsize=1024)
def _compiled(policy: AccessPolicyRow, sources: tuple[str, ...] | None) -> Policy | None:
    """Translate a policy, into None where it allows nothing; the same one is translated once."""
    allowed = [] if sources == () else _statements(policy)
    if not allowed:
        return None
    if sources:
        from_there = {"IpAddress": {"acs:SourceIp": list(sources)}}
        allowed = [{**statement, "Condition": from_there} for statement in allowed]
    document = json.dumps({"Version": "1", "Statement": allowed})
    source = Source(
        policy_type="ApplicationAccessPoint",
        identifier=policy.name,
        version=None,
        attached_scope="Account",
        attached_entity_type="ApplicationAccessPoint",
        digest=digest_of(document),
        text=document,
    )
    return compile_policy(parse(document, Kind.IDENTITY, max_chars=len(document)), source)


def _statements(policy: AccessPolicyRow) -> list[dict[str, object]]:
    prefix = f"acs:kms:{policy.region}:{policy.account_id}:"
    named = from_json(policy.resources)
    keys = [f"{prefix}{each}" for each in named if each.startswith("key/")]
    secrets = [f"{prefix}{each}" for each in named if each.startswith("secret/")]
    granted = {
        KEY_USER: (_KEY_ACTIONS, [*keys, f"{prefix}{RANDOM}"]),
        SECRET_USER: (_SECRET_ACTIONS, secrets),
    }
    allowed = (granted[permission] for permission in from_json(policy.permissions))
    return [
        {"Effect": "Allow", "Action": [f"kms:{action}" for action in actions], "Resource": on}
        for actions, on in allowed
        if on
    ]


def find_credential(tx: Transaction, client_key_id: str) -> ClientKeyRow | None:
    """Return a client key, or None if there is none; access points with keys are never gone."""
    return tx.get(ClientKeyRow, client_key_id)
