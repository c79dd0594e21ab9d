"""Principals: the callers, and the principals that a trust or resource policy names.

Source: trust policy and key policy grammar (documented); that `root` in a resource policy is the
account itself only, that a bare number names one identity, and that a service without an account
before it must act for the resource's own account (assumed: the narrow readings).
"""

import re
from collections.abc import Callable
from enum import Enum

import msgspec

from juyong.engines.policy.document import Kind, PrincipalName, PrincipalType
from juyong.engines.policy.wildcard import Matcher, matcher


class PrincipalKind(Enum):
    """The sorts of callers; the value is the AuthPrincipalType of a denial."""

    ROOT = "RootUser"
    USER = "SubUser"
    SESSION = "AssumedRoleUser"
    SERVICE = "Service"
    ACCESS_POINT = "ApplicationAccessPoint"
    FEDERATED = "Federated"
    ANONYMOUS = "Anonymous"


_RAM_KINDS = frozenset({PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.SESSION})


class Principal(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The principal that makes a request.

    `arn` is `acs:ram::<account>:` followed by `root`, `user/<name>`,
    `assumed-role/<role>/<session>`, `saml-provider/<name>` or `oidc-provider/<name>`; of a service
    it is the bare service name, of an access point `acs:kms:<region>:<account>:` and its relative
    name, which no `Principal` of a policy spells; of a caller without credentials it is empty, and
    only a policy that names everybody means it. `account_id` is the caller's account, of a
    service the account it acts for. `principal_id` is the user id, or the account id of root.
    """

    arn: str
    account_id: str
    kind: PrincipalKind
    principal_id: str = ""

    @property
    def relative(self) -> str:
        """The part of the arn after the account."""
        return self.arn.split(":", 4)[-1]

    @property
    def role_and_session(self) -> tuple[str, str]:
        """The role and session name of a role session; empty texts for others."""
        if self.kind is not PrincipalKind.SESSION:
            return "", ""
        _, _, names = self.relative.partition("/")
        role, _, session = names.partition("/")
        return role, session

    @property
    def display_name(self) -> str:
        """The AuthPrincipalDisplayName of a denial: user id, or `<role>:<session>`, or the name."""
        if self.kind is PrincipalKind.SESSION:
            return ":".join(self.role_and_session)
        if self.kind in _RAM_KINDS:
            return self.principal_id
        return self.relative


PrincipalTest = Callable[[Principal, str], bool]
"""Tells whether a policy means a principal; the second argument is the resource's account."""

_ACCOUNT = "[0-9]{1,32}"
_NAME = "[A-Za-z0-9._@-]{1,64}"
_GLOB = "[A-Za-z0-9._@*?-]{1,64}"
_TRUST_RAM = re.compile(rf"acs:ram:\*?:({_ACCOUNT}):(root|user/{_NAME}|role/{_NAME})")
_RESOURCE_RAM = re.compile(
    rf"acs:ram:\*?:({_ACCOUNT}|\*):(root|\*|user/{_GLOB}|role/{_GLOB}|assumed-role/{_GLOB}/{_GLOB})",
)
_SESSION = re.compile(rf"arn:sts::({_ACCOUNT}|\*):(assumed-role/{_GLOB}/{_GLOB})")
_SERVICE = re.compile(rf"(?:({_ACCOUNT})@)?([A-Za-z0-9](?:[A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?)")
_FEDERATED = re.compile(
    rf"acs:ram:\*?:({_ACCOUNT}):((?:saml|oidc)-provider/[A-Za-z0-9._-]{{1,128}})"
)


def compile_principal(name: PrincipalName, kind: Kind) -> PrincipalTest | None:
    """Prepare one principal of a trust or resource policy; None when it is not well-formed."""
    match name.type:
        case PrincipalType.ANYONE:
            return (lambda _who, _owner: True) if kind is Kind.RESOURCE else None
        case PrincipalType.SERVICE:
            return _service(name.value)
        case PrincipalType.FEDERATED:
            return _federated(name.value)
        case PrincipalType.RAM:
            return _trusted(name.value) if kind is Kind.TRUST else _resource_ram(name.value)


def _service(value: str) -> PrincipalTest | None:
    if not (found := _SERVICE.fullmatch(value)):
        return None
    account, service = found[1], found[2].lower()

    def is_service(who: Principal, owner: str) -> bool:
        acting_for = account or owner
        return (
            who.kind is PrincipalKind.SERVICE
            and who.arn.lower() == service
            and bool(acting_for)
            and who.account_id == acting_for
        )

    return is_service


def _federated(value: str) -> PrincipalTest | None:
    if not (found := _FEDERATED.fullmatch(value)):
        return None
    account, provider = found[1], found[2]
    return lambda who, _owner: (
        who.kind is PrincipalKind.FEDERATED
        and who.account_id == account
        and who.relative == provider
    )


def _trusted(value: str) -> PrincipalTest | None:
    found = _TRUST_RAM.fullmatch(value)
    return _ram(found[1], found[2], root_is_account=True) if found else None


def _resource_ram(value: str) -> PrincipalTest | None:
    if value == "*":
        return lambda who, _owner: who.kind in _RAM_KINDS
    if re.fullmatch(_ACCOUNT, value):
        return lambda who, _owner: who.kind in _RAM_KINDS and who.principal_id == value
    found = _RESOURCE_RAM.fullmatch(value) or _SESSION.fullmatch(value)
    return _ram(found[1], found[2], root_is_account=False) if found else None


def _ram(account: str, relative: str, *, root_is_account: bool) -> PrincipalTest:
    is_account = matcher(account)
    is_identity = _identity(relative, root_is_account=root_is_account)
    return lambda who, _owner: is_account(who.account_id) and is_identity(who)


def _identity(relative: str, *, root_is_account: bool) -> Callable[[Principal], bool]:
    if relative == "*" or (relative == "root" and root_is_account):
        return lambda who: who.kind in _RAM_KINDS
    sort, _, names = relative.partition("/")
    if sort == "root":
        return lambda who: who.kind is PrincipalKind.ROOT
    if sort == "user":
        is_user = matcher(names)
        return lambda who: (
            who.kind is PrincipalKind.USER and is_user(who.relative.removeprefix("user/"))
        )
    role, _, session = names.partition("/")
    return _role_session(matcher(role.casefold()), matcher(session or "*"))


def _role_session(is_role: Matcher, is_session: Matcher) -> Callable[[Principal], bool]:
    """Match sessions of a role; role names are compared without case, since arns lower them."""

    def matches_session(who: Principal) -> bool:
        role, session = who.role_and_session
        return bool(role) and is_role(role.casefold()) and is_session(session)

    return matches_session
