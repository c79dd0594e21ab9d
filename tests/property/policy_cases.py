"""Random policies and requests over a small vocabulary, so that matches are common.

Policies are in the model's form; `engine_*` turns that form into the engine's values.
"""

import json
from random import Random

from hypothesis import strategies as st

from juyong.engines.policy import (
    Kind,
    Layers,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    Source,
    compile_policy,
    conditions_of,
    parse,
)

ACTIONS = ("ecs:StartInstance", "ecs:DeleteInstance", "ram:GetUser", "sts:AssumeRole")
RESOURCES = (
    "acs:ecs:cn-a:1:instance/i-1",
    "acs:ecs:cn-a:22:instance/i-1",
    "acs:ram::1:user/Bob",
    "acs:ram:cn-a:1:user/Bob",
    "acs:ram::1:role/Admin",
    "acs:ram:*:22:role/admin",
    "acs:oss:cn-b:1:bucket/a:1:bucket/b",
    "acs:oss:cn-b:1:*",
    "acs:ram:*:system:policy/Full",
    "*",
)
KEYS = ("acs:SourceIp", "acs:CurrentTime", "x:Num", "x:Str", "acs:MFAPresent")
NUMBERS = ("5", "5.0", "-1", "10", "99999999999999999999.5")
DATES = ("2026-01-31T16:00:00Z", "2026-02-01T00:00:00+08:00", "2026-02-01T00:00:00Z")
TRUTHS = ("true", "false", "True")
NETWORKS = (
    *("10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "10.1.2.3/31", "::/0", "fd00::/8", "fd00::1"),
    *("::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "::ffff:0:0/90"),
)
ADDRESSES = ("10.0.0.1", "10.1.2.2", "192.0.2.1", "fd00::1", "::ffff:10.0.0.1")
STRINGS = ("abc", "ABC", "a*c", "?b*", "", "*", "true", "stra\u00dfe", "STRASSE")
GARBAGE = ("", "abc", "1e3", "10.0.0.1/8", "2026-01-31", "maybe", "10.0.0.01")

_EQUAL = ("Equals", "NotEquals")
_ORDERED = (*_EQUAL, "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_STRING = (*_EQUAL, "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
OPERATORS: dict[str, tuple[str, ...]] = {
    **{f"{p}String{n}": STRINGS for n in _STRING for p in ("", "ForAllValues:", "ForAnyValue:")},
    **{f"Numeric{name}": NUMBERS for name in _ORDERED},
    **{f"Date{name}": DATES for name in _ORDERED},
    "Bool": TRUTHS,
    "IpAddress": NETWORKS,
    "NotIpAddress": NETWORKS,
}
OPERATOR_NAMES = tuple(sorted(OPERATORS))
NATURAL_KEY = {
    "Date": "acs:CurrentTime",
    "Nume": "x:Num",
    "Bool": "acs:MFAPresent",
    "IpAd": "acs:SourceIp",
    "NotI": "acs:SourceIp",
}
TYPICAL = {
    "acs:sourceip": ADDRESSES,
    "acs:currenttime": DATES,
    "x:num": NUMBERS,
    "acs:mfapresent": TRUTHS,
    "x:str": STRINGS,
}

CALLERS = (
    {"sort": "root", "account": "1", "id": "1", "name": "root"},
    {"sort": "user", "account": "1", "id": "201", "name": "Bob"},
    {"sort": "user", "account": "22", "id": "202", "name": "bob"},
    {"sort": "session", "account": "1", "id": "301:s", "name": "Admin/s"},
    {"sort": "session", "account": "22", "id": "302:t", "name": "dev/t"},
    {"sort": "service", "account": "1", "id": "", "name": "ecs.aliyuncs.com"},
    {"sort": "federated", "account": "1", "id": "", "name": "saml-provider/idp"},
)
RAM_CALLERS = CALLERS[:5]
STRANGERS = ({"sort": "anonymous", "account": "", "id": "", "name": ""},)
TRUST_PRINCIPALS = (
    {"RAM": ["acs:ram::1:root"]},
    {"RAM": "acs:ram::22:root"},
    {"RAM": ["acs:ram::1:user/Bob", "acs:ram:*:22:role/Dev"]},
    {"RAM": "acs:ram::1:role/admin"},
    {"Service": "ecs.aliyuncs.com"},
    {"Service": ["22@ecs.aliyuncs.com", "oss.aliyuncs.com"]},
    {"RAM": "acs:ram::22:user/bob", "Service": "ECS.aliyuncs.com"},
)
FEDERATED_PRINCIPAL = {"Federated": "acs:ram::1:saml-provider/idp"}
RESOURCE_PRINCIPALS = (
    *TRUST_PRINCIPALS,
    FEDERATED_PRINCIPAL,
    "*",
    ["201", "202"],
    ["arn:sts::1:assumed-role/admin/*"],
    {"RAM": "*"},
    {"RAM": ["acs:ram::1:*"]},
    {"RAM": ["acs:ram::*:user/?ob"]},
    {"RAM": ["acs:ram::1:role/*", "acs:ram::22:assumed-role/dev/t"]},
)


class Cases:
    """Random cases from one seed: far quicker than a strategy for each choice.

    `size` bounds the length of every list, so that a small size is a small counterexample.
    """

    def __init__(self, seed, size):
        self.random = Random(seed)  # noqa: S311 - cases, not secrets
        self.size = size
        self.pick = self.random.choice

    def some(self, texts, least=0):
        return [self.pick(texts) for _ in range(self.random.randint(least, max(least, self.size)))]

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def pattern(self, texts, is_valid=bool):
        """A text of the vocabulary, as it is or with pieces replaced by wildcards or cut off."""
        text = self.pick(texts)
        for _ in range(self.pick((0, 0, 1, 1, 2))):
            start = self.random.randint(0, len(text))
            end = self.random.randint(start, min(len(text), start + 12))
            text = text[:start] + self.pick(("*", "?", "*", "", "**")) + text[end:]
        text = self.pick((text, text, text, text.upper(), text.lower(), "*"))
        return text if is_valid(text) else self.pick(texts)

    def patterns(self, texts, is_valid):
        return [self.pattern(texts, is_valid) for _ in range(self.random.randint(1, self.size))]

    def conditions(self):
        blocks = {}
        for name in self.some(OPERATOR_NAMES):
            natural = NATURAL_KEY.get(name[:4], "x:Str")
            key = self.pick((natural, natural.lower(), natural, *KEYS))
            values = self.some(OPERATORS[name], least=1)
            single = len(values) == 1 and self.chance(2)
            blocks[name] = {key: values[0] if single else values}
        return blocks

    def statement(self, kind):
        statement = {"Effect": self.pick(("Allow", "Allow", "Deny"))}
        if self.chance(2):
            statement["Condition"] = self.conditions()
        if kind is Kind.TRUST:
            return statement | self.trust(statement)
        statement["NotAction" if self.chance(4) else "Action"] = self.patterns(
            ACTIONS, is_valid_action
        )
        statement["NotResource" if self.chance(4) else "Resource"] = self.patterns(
            RESOURCES, is_valid_resource
        )
        if kind is Kind.RESOURCE:
            statement["Principal"] = self.pick(RESOURCE_PRINCIPALS)
        return statement

    def trust(self, statement):
        if self.chance(4):
            blocks = dict(statement.get("Condition", {}))
            blocks["StringEquals"] = {"saml:recipient": "https://sso"}
            extra = {"Principal": FEDERATED_PRINCIPAL, "Condition": blocks}
        else:
            extra = {"Principal": self.pick(TRUST_PRINCIPALS)}
        return {"Action": self.pick(("sts:AssumeRole", ["sts:assumerole"])), **extra}

    def policies(self, kind, name="p"):
        return [
            {
                "id": f"{kind.value}-{name}-{number}",
                "kind": kind.value,
                "document": {
                    "Version": "1",
                    "Statement": [
                        self.statement(kind) for _ in range(self.random.randint(1, self.size))
                    ],
                },
            }
            for number in range(self.random.randint(0, self.size))
        ]

    def layers(self, *, trust=False):
        if trust:
            resource = self.policies(Kind.TRUST)
        else:
            resource = self.pick((None, self.policies(Kind.RESOURCE)))
        levels = [self.policies(Kind.CONTROL, name) for name in ("root", "folder")]
        return {
            "identity": self.policies(Kind.IDENTITY, "account"),
            "group": self.pick((None, self.policies(Kind.IDENTITY, "group"))),
            "session": self.pick((None, None, self.policies(Kind.SESSION))),
            "control": self.pick((None, None, None, levels, levels[:1], [])),
            "resource": resource,
        }

    def given(self):
        given = {"saml:recipient": ["https://sso"]} if self.chance(2) else {}
        for key in self.random.sample(KEYS, self.random.randint(0, len(KEYS))):
            pool = TYPICAL[key.lower()]
            for spelling in (key, key.swapcase()) if self.chance(4) else (key,):
                given[spelling] = self.some(GARBAGE if self.chance(6) else pool)
        return given

    def request(self, callers):
        return {
            "action": self.pick((*ACTIONS, "STS:ASSUMEROLE")),
            "resource": self.pick(RESOURCES),
            "caller": self.pick(callers),
            "conditions": self.given(),
        }

    def requests(self, callers=RAM_CALLERS):
        return [self.request(callers) for _ in range(2 * self.size)]


cases = st.builds(Cases, st.integers(0, 2**64 - 1), st.integers(1, 3))


def is_valid_action(text):
    return (bool(text) and not text.strip("*")) or all(text.partition(":")[::2])


def is_valid_resource(text):
    return text.startswith("acs:") or bool(set(text[:4]) & set("*?"))


_PREFIX = {
    "root": "",
    "user": "user/",
    "session": "assumed-role/",
    "federated": "",
    "anonymous": "",
}


def engine_principal(caller):
    service = caller["sort"] == "service"
    arn = (
        caller["name"]
        if service
        else (f"acs:ram::{caller['account']}:{_PREFIX[caller['sort']]}{caller['name']}")
    )
    return Principal(
        arn=arn,
        account_id=caller["account"],
        kind=PrincipalKind[caller["sort"].upper()],
        principal_id=caller["id"],
    )


def engine_request(request):
    return Request(
        action=request["action"],
        resource=request["resource"],
        principal=engine_principal(request["caller"]),
        conditions=conditions_of(request["conditions"]),
    )


def source(name):
    return Source(
        policy_type="Custom",
        identifier=name,
        version="v1",
        attached_scope="1",
        attached_entity_type="User",
    )


def engine_policies(written):
    return [
        compile_policy(
            parse(json.dumps(policy["document"]), Kind(policy["kind"]), max_chars=10**6),
            source(policy["id"]),
        )
        for policy in written
    ]


def engine_set(written):
    return None if written is None else PolicySet(engine_policies(written))


def engine_layers(layers):
    control = layers["control"]
    return Layers(
        identity=PolicySet(engine_policies(layers["identity"])),
        identity_resource_group=engine_set(layers["group"]),
        session=engine_set(layers["session"]),
        control=None if control is None else tuple(map(PolicySet, map(engine_policies, control))),
        resource=engine_set(layers["resource"]),
    )


def hits(decision):
    """The statements of a decision, as the model names them."""
    return {(match.source.identifier, match.index) for match in decision.matched}


def outcome(decision):
    """A decision in the model's form."""
    return decision.outcome.value, decision.layer.value, hits(decision)
