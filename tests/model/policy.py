"""A slow model of the policy engine, written to be read beside the published rules.

It works on parsed JSON and plain strings, looks at every statement each time, and shares no code
with the engine. It expects well-formed documents: what is refused is not its business.

A policy is a dict: `id`, `kind` (identity, trust, resource, session, control) and `document`.
A caller is a dict: `sort` (root, user, session, service, federated), `account`, `id` and `name`
(the user's name, `role/session`, the service's name, or `saml-provider/name`).
"""

import socket
from datetime import datetime
from fractions import Fraction

UNKNOWN = "unknown"


# -- texts ---------------------------------------------------------------------------------------


def glob(pattern: str, text: str) -> bool:
    """Follow all the places in the pattern where a match could be, one character at a time."""

    def skip_stars(places):
        reached = set(places)
        for start in places:
            run = len(pattern[start:]) - len(pattern[start:].lstrip("*"))
            reached.update(range(start, start + run + 1))
        return reached

    places = skip_stars({0})
    for character in text:
        following = set()
        for place in places:
            if place == len(pattern):
                continue
            if pattern[place] == "*":
                following.add(place)
            elif pattern[place] in ("?", character):
                following.add(place + 1)
        places = skip_stars(following)
    return len(pattern) in places


def as_list(value):
    return value if isinstance(value, list) else [value]


# -- actions and resources -----------------------------------------------------------------------


def action_matches(statement, action):
    if "Action" in statement:
        return any(glob(p.casefold(), action.casefold()) for p in as_list(statement["Action"]))
    return not any(glob(p.casefold(), action.casefold()) for p in as_list(statement["NotAction"]))


def resource_covers(pattern, resource):
    fields = resource.split(":", 4)
    if len(fields) == 5 and fields[1] == "ram" and fields[4].startswith("role/"):
        pattern, resource = pattern.casefold(), resource.casefold()
        fields = resource.split(":", 4)
    wanted = pattern.split(":", 4)
    if len(wanted) < 5:
        return glob(pattern, resource)
    if len(fields) < 5:
        return False
    for place in range(5):
        is_global_region = place == 2 and wanted[1] in ("ram", "sts")
        if is_global_region and (wanted[2] == "" or fields[2] in ("", "*")):
            continue
        if not glob(wanted[place], fields[place]):
            return False
    return True


def resource_matches(statement, resource):
    if "Resource" in statement:
        return any(resource_covers(p, resource) for p in as_list(statement["Resource"]))
    if "NotResource" in statement:
        return not any(resource_covers(p, resource) for p in as_list(statement["NotResource"]))
    return True  # a trust statement


# -- conditions: True, False or UNKNOWN ----------------------------------------------------------


def as_number(text):
    try:
        return Fraction(text) if set(text) <= set("-.0123456789") else UNKNOWN
    except ValueError:
        return UNKNOWN


def as_instant(text):
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return UNKNOWN


def as_truth(text):
    return {"true": True, "false": False}.get(text.lower(), UNKNOWN)


def as_bits(text):
    """An address as a string of 32 or 128 binary digits."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, text)
        except OSError:
            continue
        bits = "".join(f"{byte:08b}" for byte in packed)
        mapped = "0" * 80 + "1" * 16
        return bits[96:] if len(bits) == 128 and bits.startswith(mapped) else bits
    return UNKNOWN


def in_network(address, network):
    text, _, prefix = network.partition("/")
    bits = as_bits(text)
    length = int(prefix) if prefix else (128 if ":" in text else 32)
    if ":" in text and len(bits) == 32:  # an IPv4 address mapped into IPv6
        length = length - 96
        if length < 0:  # the block is wider than the mapped range: it is one of IPv6 addresses
            return False
    return len(bits) == len(address) and bits[:length] == address[:length]


def typed(reader, relation):
    def test(value, wanted):
        read = reader(value)
        return UNKNOWN if read == UNKNOWN else relation(read, wanted)

    return test


def compared(reader, relation):
    return typed(reader, lambda read, wanted: relation(read, reader(wanted)))


ORDERINGS = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}
POSITIVE = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.casefold() == wanted.casefold(),
    "StringLike": lambda value, wanted: glob(wanted, value),
    "Bool": compared(as_truth, ORDERINGS["Equals"]),
    "IpAddress": typed(as_bits, in_network),
    **{f"Numeric{name}": compared(as_number, test) for name, test in ORDERINGS.items()},
    **{f"Date{name}": compared(as_instant, test) for name, test in ORDERINGS.items()},
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


def some(answers):
    answers = list(answers)
    if True in answers:
        return True
    return UNKNOWN if UNKNOWN in answers else False


def every(answers):
    answers = list(answers)
    if False in answers:
        return False
    return UNKNOWN if UNKNOWN in answers else True


def opposite(answer):
    return UNKNOWN if answer == UNKNOWN else not answer


def condition_holds(written, wanted, values):
    prefix, _, name = written.rpartition(":")
    positive = POSITIVE[NEGATED.get(name, name)]

    def one(value):
        met = some(positive(value, each) for each in wanted)
        return opposite(met) if name in NEGATED else met

    if prefix == "ForAllValues" or (not prefix and name in NEGATED):
        return every(one(value) for value in values)
    return some(one(value) for value in values)


def conditions_hold(statement, given):
    """A key in several spellings has a reading each; where they disagree the answer is unknown."""

    def holds(written, key, wanted):
        readings = [v for k, v in given.items() if k.casefold() == key.casefold() and v] or [[]]
        answers = {condition_holds(written, as_list(wanted), values) for values in readings}
        return answers.pop() if len(answers) == 1 else UNKNOWN

    return every(
        holds(written, key, wanted)
        for written, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


# -- principals ----------------------------------------------------------------------------------


def principal_matches(statement, kind, caller, owner):
    named = statement["Principal"]
    if not isinstance(named, dict):
        return any(text == "*" or resource_policy_ram(text, caller) for text in as_list(named))
    ram = trust_ram if kind == "trust" else resource_policy_ram
    return (
        any(ram(text, caller) for text in as_list(named.get("RAM", [])))
        or any(service(text, caller, owner) for text in as_list(named.get("Service", [])))
        or any(federated(text, caller) for text in as_list(named.get("Federated", [])))
    )


def is_ram(caller):
    return caller["sort"] in ("root", "user", "session")


def trust_ram(text, caller):
    account, relative = text.split(":", 4)[3:]
    if account != caller["account"] or not is_ram(caller):
        return False
    if relative == "root":
        return True
    sort, name = relative.split("/")
    if sort == "user":
        return caller["sort"] == "user" and caller["name"] == name
    role = caller["name"].split("/")[0]
    return caller["sort"] == "session" and role.casefold() == name.casefold()


def resource_policy_ram(text, caller):
    if text == "*" or text.isdigit():
        return is_ram(caller) and text in ("*", caller["id"])
    account, relative = text.split(":", 4)[3:]
    return (
        is_ram(caller) and glob(account, caller["account"]) and identity_matches(relative, caller)
    )


def identity_matches(relative, caller):
    sort, _, name = relative.partition("/")
    role, _, session = caller["name"].partition("/")
    wanted_role, _, wanted_session = name.partition("/")
    match sort:
        case "*":
            return True
        case "root":
            return caller["sort"] == "root"
        case "user":
            return caller["sort"] == "user" and glob(name, caller["name"])
    return (
        caller["sort"] == "session"
        and glob(wanted_role.casefold(), role.casefold())
        and (sort == "role" or glob(wanted_session, session))
    )


def service(text, caller, owner):
    account, _, name = text.rpartition("@")
    return (
        caller["sort"] == "service"
        and caller["name"].lower() == name.lower()
        and caller["account"] == (account or owner)
        and caller["account"] != ""
    )


def federated(text, caller):
    account, relative = text.split(":", 4)[3:]
    return (
        caller["sort"] == "federated"
        and caller["account"] == account
        and caller["name"] == relative
    )


# -- one set of policies -------------------------------------------------------------------------


def owner_of(resource):
    fields = resource.split(":", 4)
    return fields[3] if len(fields) == 5 else ""


def applies(statement, kind, request):
    holds = conditions_hold(statement, request["conditions"])
    in_doubt_it_counts = statement["Effect"] == "Deny"
    return (
        action_matches(statement, request["action"])
        and resource_matches(statement, request["resource"])
        and (in_doubt_it_counts if holds == UNKNOWN else holds)
        and (
            kind not in ("trust", "resource")
            or principal_matches(statement, kind, request["caller"], owner_of(request["resource"]))
        )
    )


def judge(policies, request):
    """Return Allow, ExplicitDeny or ImplicitDeny, and the statements that settled it."""
    for effect, outcome in (("Deny", "ExplicitDeny"), ("Allow", "Allow")):
        hits = {
            (policy["id"], index)
            for policy in policies
            for index, statement in enumerate(policy["document"]["Statement"])
            if statement["Effect"] == effect and applies(statement, policy["kind"], request)
        }
        if hits:
            return outcome, hits
    return "ImplicitDeny", set()


# -- all layers ----------------------------------------------------------------------------------


def authorise(request, layers, *, cross_account, require_resource, shared=False):
    """Return outcome, layer and statements. Layers: identity, group, session, control, resource."""
    caller, owner = request["caller"], owner_of(request["resource"])
    foreign = cross_account or (owner.isdigit() and owner != caller["account"])
    both = require_resource or (foreign and not shared)
    target_layer = "AssumeRolePolicy" if require_resource else "ResourceBasedPolicy"
    outcome, hits = judge(layers["resource"] or [], request)
    target = (outcome, target_layer, hits)

    if caller["sort"] == "root":
        if require_resource:
            return "ImplicitDeny", target_layer, set()
        return target if both or foreign else ("Allow", "AccountLevelIdentityBasedPolicy", set())
    if refusal := narrowing_layers_refuse(request, layers):
        return refusal
    mine = identity_side(request, layers)
    if shared and foreign and mine[0] == "Allow":
        mine = ("ImplicitDeny", mine[1], set())
    return weigh(mine, target, both=both)


def narrowing_layers_refuse(request, layers):
    verdicts = [judge(level, request) for level in layers["control"] or []]
    for wanted in ("ExplicitDeny", "ImplicitDeny"):
        for outcome, hits in verdicts:
            if outcome == wanted:
                return outcome, "ControlPolicy", hits
    if layers["session"] is not None:
        outcome, hits = judge(layers["session"], request)
        if outcome != "Allow":
            return outcome, "SessionPolicy", hits
    return None


def identity_side(request, layers):
    outcome, hits = judge(layers["identity"], request)
    if outcome == "ImplicitDeny" and layers["group"] is not None:
        outcome, hits = judge(layers["group"], request)
        return outcome, "ResourceGroupLevelIdentityBasedPolicy", hits
    return outcome, "AccountLevelIdentityBasedPolicy", hits


def weigh(mine, theirs, *, both):
    sides = (mine, theirs)
    for side in sides:
        if side[0] == "ExplicitDeny":
            return side
    allowing = [side for side in sides if side[0] == "Allow"]
    if both and len(allowing) == 2:
        return "Allow", mine[1], mine[2] | theirs[2]
    if both:
        return next(side for side in sides if side not in allowing)
    return allowing[0] if allowing else mine


def trusts(request, trust):
    """Return outcome and statements for a caller without identity policies."""
    if request["caller"]["sort"] not in ("service", "federated"):
        return "ImplicitDeny", set()
    return judge(trust, request)
