"""Fuzz network policies of AccessKeys: what is accepted stays what it is, and lets nobody else in."""

from juyong.services.identity.credentials.key_network import (
    MOST_ADDRESSES,
    MOST_STATEMENTS,
    BadKeyPolicy,
    parse_key_policy,
)

SEEDS = [
    b'{"Version":1,"Status":"Active","Statements":[{"Type":"ClassicWhiteList","IPList":["10.0.0.0/8"]}]}',
    b'{"Status":"Inactive","Statements":[{"Value":"AllowAllVPC","Type":"VPCWhiteList","IPList":["::/0"]}]}',
    b'{"Status":"Active","Statements":[{"Type":"VPCWhiteList","Value":"vpc-1","IPList":["1.2.3.4"]}]}',
    b'{"Status":"Inactive","Statements":null}',
    b"[" * 50,
    b"",
]


def target(data: bytes) -> None:
    """Parse `data`; what is accepted is kept unchanged and holds to its bounds."""
    try:
        text = data.decode()
        policy = parse_key_policy(text)
    except (UnicodeDecodeError, BadKeyPolicy):
        return
    again = parse_key_policy(policy.document)
    assert again == policy
    assert len(policy.rules) <= MOST_STATEMENTS
    assert all(1 <= len(rule.networks) <= MOST_ADDRESSES for rule in policy.rules)
    assert policy.rules or not policy.active
    assert not policy.allows("nowhere", None)
    for rule in policy.rules:
        inside = str(rule.networks[0].network_address)
        if rule.vpc is None:
            assert policy.allows(inside, None)
        else:
            assert policy.allows(inside, "vpc-1" if rule.vpc == "AllowAllVPC" else rule.vpc)
