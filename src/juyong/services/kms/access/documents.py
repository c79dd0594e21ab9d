"""The JSON that parameters of rules, policies and access points hold.

Source: KMS API reference, CreateNetworkRule, CreatePolicy, CreateApplicationAccessPoint
(documented). Assumed: how many items a list may have, and that none may be there twice.

Each function that reads raises InvalidParameter: another form, none or too many, or one twice.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.secrets.secret import NAME_CHARS as SECRET_CHARS

NAME_CHARS = r"A-Za-z0-9_.\-"
MOST_SOURCES = 100
MOST_RESOURCES = 100
MOST_RULES = 40
MOST_POLICIES = 3
KEY_USER = "RbacPermission/Template/CryptoServiceKeyUser"
SECRET_USER = "RbacPermission/Template/CryptoServiceSecretUser"  # noqa: S105  # a permission
_NAME = re.compile(f"[{NAME_CHARS}]{{1,64}}")
_RESOURCE = re.compile(rf"key/(\*|[A-Za-z0-9\-]{{1,64}})|secret/(\*|[{SECRET_CHARS}]{{1,192}})")


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    network_rules: list[str] = msgspec.field(name="NetworkRules", default_factory=list)


T = TypeVar("T")
_texts = msgspec.json.Decoder(list[str])
_rules = msgspec.json.Decoder(_Rules)


def parse_sources(text: str) -> list[str]:
    """Read SourcePrivateIp: a JSON list of addresses and networks, or one with commas between."""
    name = "SourcePrivateIp"
    items = _decoded(name, text, _texts) if text.startswith("[") else text.split(",")
    return _checked(name, [item.strip() for item in items], _is_source, least=1, most=MOST_SOURCES)


def parse_permissions(text: str) -> list[str]:
    """Read Permissions."""
    known = (KEY_USER, SECRET_USER)
    items = _decoded("Permissions", text, _texts)
    return _checked("Permissions", items, known.__contains__, least=1, most=len(known))


def parse_resources(text: str) -> list[str]:
    """Read Resources, each `key/<id>`, `key/*`, `secret/<name>` or `secret/*`."""
    items = _decoded("Resources", text, _texts)
    return _checked("Resources", items, _RESOURCE.fullmatch, least=1, most=MOST_RESOURCES)


def parse_rules(text: str) -> list[str]:
    """Read the names in AccessControlRules, `{"NetworkRules":["…"]}`; there may be none."""
    names = _decoded("AccessControlRules", text, _rules).network_rules
    return _checked("AccessControlRules", names, _NAME.fullmatch, least=0, most=MOST_RULES)


def parse_policies(text: str) -> list[str]:
    """Read the Policies of an access point: 1 to 3 names."""
    names = _decoded("Policies", text, _texts)
    return _checked("Policies", names, _NAME.fullmatch, least=1, most=MOST_POLICIES)


def as_json(items: list[str]) -> str:
    """Return a list as a row keeps it and answers show it."""
    return msgspec.json.encode(items).decode()


def kept(parse: Callable[[str], list[str]], text: str | None) -> str | None:
    """Return what a row keeps of a parameter; None, which is no change, for one not given."""
    return None if text is None else as_json(parse(text))


def from_json(stored: str) -> list[str]:
    """Return the list a row keeps."""
    return _texts.decode(stored)


def rules_json(names: list[str]) -> str:
    """Return AccessControlRules as answers show it."""
    return msgspec.json.encode(_Rules(network_rules=names)).decode()


def _decoded(name: str, text: str, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise InvalidParameter(name=name) from None


def _checked(
    name: str, items: list[str], fits: Callable[[str], object], *, least: int, most: int
) -> list[str]:
    if not least <= len(items) <= most or len(set(items)) != len(items):
        raise InvalidParameter(name=name)
    if not all(fits(item) for item in items):
        raise InvalidParameter(name=name)
    return items


def _is_source(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
