"""Bucket policies: their own grammar, and the resource policy of the engine that each means.

Source: OSS, "Bucket policy" (documented): a Principal is a list of account ids, ids of RAM users,
`*`, or arn:sts names, and an empty list means everybody; Resource names the bucket. Assumed: at
most 16 KB; NotPrincipal and names that no statement has are refused.
"""

import ipaddress
import re
from typing import Any

import msgspec

from juyong.base.strict_json import NotStrictJson, decode
from juyong.engines.policy import Kind, Malformed, parse
from juyong.services.oss.buckets.errors import MalformedPolicy
from juyong.services.oss.tables import BucketRow

_LONGEST = 16 * 1024
_NUMBER = re.compile(r"[0-9]{1,32}")
_SESSION = "arn:sts::"
_NARROWING = frozenset({"acs:sourceip", "acs:sourcevpc", "acs:vpcid", "acs:accessid"})
_POSITIVE = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike", "IpAddress"})
_WIDEST = {4: 8, 6: 32}
"""By version of addresses, the shortest prefix that names less than everybody."""


def checked(text: bytes, bucket: BucketRow) -> str:
    """Return a bucket policy as it is stored: as it was sent.

    Raises:
        MalformedPolicy: it is none, names another bucket, or cannot be enforced.
    """
    if len(text) > _LONGEST:
        raise MalformedPolicy(Detail=f"The policy is longer than {_LONGEST} bytes.")
    try:
        policy = text.decode()
        meant = _read(decode(policy), bucket)
        parse(msgspec.json.encode(meant).decode(), Kind.RESOURCE)
    except UnicodeDecodeError:
        raise MalformedPolicy(Detail="The policy is not UTF-8.") from None
    except NotStrictJson as bad:
        raise MalformedPolicy(Detail=bad.reason) from None
    except (Malformed, UnicodeEncodeError) as bad:
        raise MalformedPolicy(Detail=str(bad)) from None
    return policy


def _read(document: object, bucket: BucketRow) -> dict[str, Any]:
    """Return a policy in the engine's grammar; raises Malformed."""
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list):
        raise Malformed("the policy must be an object with a list of Statement")
    for statement in document["Statement"]:
        _check(statement, bucket)
    return {**document, "Statement": [_meant(each) for each in document["Statement"]]}


def in_force(policy: str, *, blocked: bool) -> list[dict[str, Any]]:
    """Return the statements of a stored policy for the engine; blocked: without public ones."""
    return [_meant(each) for each in _statements(policy) if not (blocked and is_public(each))]


def makes_public(policy: str) -> bool:
    """Tell whether a stored policy allows everybody anything."""
    return any(is_public(each) for each in _statements(policy))


def is_public(statement: dict[str, Any]) -> bool:
    """Tell whether a statement allows everybody, and no condition narrows it.

    A condition narrows if it demands an address, a VPC or an AccessKey, without wildcards.

    Source: OSS, "Block Public Access" (documented); which values narrow (assumed).
    """
    principals = statement["Principal"] or ["*"]
    everybody = any(each == "*" or each.startswith(f"{_SESSION}*") for each in principals)
    narrowed = any(
        operator in _POSITIVE and key.lower() in _NARROWING and all(map(_is_narrow, _list(values)))
        for operator, tests in statement.get("Condition", {}).items()
        for key, values in tests.items()
    )
    return statement["Effect"] == "Allow" and everybody and not narrowed


def _statements(policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(policy)["Statement"]
    return found


def _is_narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return "*" not in value and "?" not in value
    return network.prefixlen >= _WIDEST[network.version]


def _check(statement: object, bucket: BucketRow) -> None:
    if not isinstance(statement, dict):
        raise Malformed("a statement must be an object")
    principals = statement.get("Principal")
    if not isinstance(principals, list):
        raise Malformed("Principal must be a list")
    for each in principals:
        known = isinstance(each, str) and (
            each == "*" or each.startswith(_SESSION) or _NUMBER.fullmatch(each)
        )
        if not known:
            raise Malformed("a Principal is an account id, the id of a user, `*` or arn:sts::…")
    for each in _list(statement.get("Action", statement.get("NotAction"))):
        if not isinstance(each, str) or not (each == "*" or each.lower().startswith("oss:")):
            raise Malformed("an Action must begin with `oss:`")
    own = re.compile(
        rf"acs:oss:(?:\*|(?:oss-)?{re.escape(bucket.region)})?:(?:\*|{bucket.account_id})?:"
        rf"{re.escape(bucket.bucket_name)}(?:/.*)?",
        re.DOTALL,
    )
    for each in _list(statement.get("Resource", statement.get("NotResource"))):
        if not isinstance(each, str) or not own.fullmatch(each):
            raise Malformed(f"a Resource must name the bucket {bucket.bucket_name}")


def _meant(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement in the engine's grammar."""
    meant = {**statement, "Principal": statement["Principal"] or ["*"]}
    for name in {"Resource", "NotResource"} & statement.keys():
        meant[name] = [_resource(each) for each in _list(statement[name])]
    return meant


def _resource(name: str) -> str:
    """Return a Resource with the region and account that parts left empty mean."""
    _, _, region, account, rest = name.split(":", 4)
    return f"acs:oss:{region.removeprefix('oss-') or '*'}:{account or '*'}:{rest}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
