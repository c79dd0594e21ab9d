"""Read a policy document strictly: unknown parts are refused, never skipped.

Source: RAM policy grammar, trust policies, key policies (documented). Assumed, because editions
are silent: unknown names are refused, Sid is any string, NotResource is accepted, empty lists and
empty operator blocks are refused, a Resource must be able to match an `acs:` name, and the keys a
federated trust needs stand under StringEquals.
"""

import re
from collections.abc import Callable, Iterable

import msgspec

from juyong.base.shown import shown
from juyong.base.strict_json import NotStrictJson, decode
from juyong.engines.policy.conditions import compile_condition
from juyong.engines.policy.document import (
    Condition,
    Document,
    Effect,
    Kind,
    Malformed,
    PrincipalName,
    PrincipalType,
    Quantifier,
    Statement,
    TooLong,
)
from juyong.engines.policy.operators import OPERATORS, Unreadable
from juyong.engines.policy.principals import compile_principal
from juyong.engines.policy.wildcard import is_everything


class _Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind departs from the common grammar."""

    max_chars: int
    has_principal: bool = False
    has_resource: bool = True


GRAMMARS: dict[Kind, _Grammar] = {
    Kind.IDENTITY: _Grammar(max_chars=6144),
    Kind.TRUST: _Grammar(max_chars=6144, has_principal=True, has_resource=False),
    Kind.RESOURCE: _Grammar(max_chars=32768, has_principal=True),
    Kind.SESSION: _Grammar(max_chars=2048),
    Kind.CONTROL: _Grammar(max_chars=4096),
}

_STATEMENT_NAMES = frozenset(
    {
        *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
        *("Principal", "Condition"),
    }
)
_ACTION = re.compile(r"[^\s:]+:[^\s]+")
_RESOURCE = re.compile(r"(?:acs:|[^\s]{0,3}[*?])[^\x00-\x1f\x7f]*")
_TRUST_ACTIONS = frozenset({"sts:assumerole", "sts:setsourceidentity"})
_PREFIXES = {quantifier.value: quantifier for quantifier in Quantifier}


def parse(
    text: str, kind: Kind, *, max_chars: int | None = None, action_prefix: str | None = None
) -> Document:
    """Read a policy document of one kind.

    Args:
        text: The document as JSON.
        kind: Where it will be used.
        max_chars: The most characters it may have, white space included; None takes the published
            limit of the kind (identity and trust 6144, session 2048, resource 32768; control 4096
            is assumed).
        action_prefix: What every action must begin with, such as `kms:` in a key policy.

    Returns:
        The document; values that could be a string or a list are always tuples.

    Raises:
        TooLong: longer than max_chars.
        Malformed: anything else that the grammar of the kind does not allow.

    Cost: linear in the text.
    Source: module text.
    """
    limit = GRAMMARS[kind].max_chars if max_chars is None else max_chars
    if len(text) > limit:
        raise TooLong(f"the document has {len(text)} characters, the limit is {limit}")
    try:
        document = decode(text)
    except NotStrictJson as bad:
        raise Malformed(bad.reason) from None
    if not isinstance(document, dict):
        raise Malformed("the document must be an object")
    _only(document, {"Version", "Statement"}, "the document")
    if document.get("Version") != "1":
        raise Malformed('Version must be the string "1"')
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        raise Malformed("Statement must be a list with at least one statement")
    return Document(
        kind=kind,
        statements=tuple(
            _Reader(kind, f"Statement[{index}]", action_prefix).statement(index, statement)
            for index, statement in enumerate(statements)
        ),
    )


class _Reader(msgspec.Struct, frozen=True):
    """Reads one statement; `where` begins the reason of every refusal."""

    kind: Kind
    where: str
    action_prefix: str | None

    def statement(self, index: int, value: object) -> Statement:
        if not isinstance(value, dict):
            raise Malformed(f"{self.where} must be an object")
        _only(value, _STATEMENT_NAMES, self.where)
        actions, actions_excluded = self._actions(value)
        resources, resources_excluded = self._resources(value)
        statement = Statement(
            index=index,
            sid=_string(value["Sid"], f"{self.where}.Sid") if "Sid" in value else None,
            effect=self._effect(value),
            actions=actions,
            actions_excluded=actions_excluded,
            resources=resources,
            resources_excluded=resources_excluded,
            principals=self._principals(value),
            conditions=self._conditions(value),
        )
        if self.kind is Kind.TRUST and statement.effect is Effect.ALLOW:
            _require_federation_keys(statement, self.where)
        return statement

    def _effect(self, value: dict[str, object]) -> Effect:
        effect = value.get("Effect")
        if effect == "Allow":
            return Effect.ALLOW
        if effect == "Deny":
            return Effect.DENY
        raise Malformed(f"{self.where}.Effect must be `Allow` or `Deny`")

    def _actions(self, value: dict[str, object]) -> tuple[tuple[str, ...], bool]:
        if self.kind is Kind.TRUST and "NotAction" in value:
            raise Malformed(f"{self.where}.NotAction has no place in a trust policy")
        name = _one_of(value, "Action", "NotAction", self.where)
        where = f"{self.where}.{name}"
        actions = _strings(value[name], where)
        for action in actions:
            if not (is_everything(action) or _ACTION.fullmatch(action)):
                raise Malformed(f"{where}: {shown(action)} is no action")
            if self.action_prefix is not None and not action.startswith(self.action_prefix):
                wanted = shown(self.action_prefix)
                raise Malformed(f"{where}: {shown(action)} must begin with {wanted}")
        if self.kind is Kind.TRUST:
            folded = {action.casefold() for action in actions}
            if "sts:assumerole" not in folded or not folded <= _TRUST_ACTIONS:
                raise Malformed(f"{where} of a trust policy must be `sts:AssumeRole`")
        return actions, name == "NotAction"

    def _resources(self, value: dict[str, object]) -> tuple[tuple[str, ...], bool]:
        if not GRAMMARS[self.kind].has_resource:
            for name in ("Resource", "NotResource"):
                if name in value:
                    raise Malformed(f"{self.where}.{name} has no place in a trust policy")
            return ("*",), False
        name = _one_of(value, "Resource", "NotResource", self.where)
        where = f"{self.where}.{name}"
        resources = _strings(value[name], where)
        for resource in resources:
            if not _RESOURCE.fullmatch(resource):
                raise Malformed(f"{where}: {shown(resource)} is no resource name")
        return resources, name == "NotResource"

    def _principals(self, value: dict[str, object]) -> tuple[PrincipalName, ...] | None:
        where = f"{self.where}.Principal"
        if not GRAMMARS[self.kind].has_principal:
            if "Principal" in value:
                raise Malformed(f"{where} has no place in this kind of policy")
            return None
        if "Principal" not in value:
            raise Malformed(f"{where} is missing")
        names = tuple(self._principal_names(value["Principal"], where))
        for name in names:
            if compile_principal(name, self.kind) is None:
                raise Malformed(f"{where}: {shown(name.value)} is no principal here")
        return names

    def _principal_names(self, value: object, where: str) -> Iterable[PrincipalName]:
        if self.kind is Kind.RESOURCE and isinstance(value, str | list):
            for text in _strings(value, where):
                anyone = PrincipalType.ANYONE if text == "*" else PrincipalType.RAM
                yield PrincipalName(type=anyone, value=text)
            return
        if not isinstance(value, dict) or not value:
            raise Malformed(f"{where} must be an object naming RAM, Service or Federated")
        _only(value, {"RAM", "Service", "Federated"}, where)
        for name, texts in value.items():
            for text in _strings(texts, f"{where}.{name}"):
                yield PrincipalName(type=PrincipalType(name), value=text)

    def _conditions(self, value: dict[str, object]) -> tuple[Condition, ...]:
        blocks = value.get("Condition", {})
        where = f"{self.where}.Condition"
        if not isinstance(blocks, dict):
            raise Malformed(f"{where} must be an object")
        found: list[Condition] = []
        for written, keys in blocks.items():
            quantifier, operator = _operator(written, where)
            if not isinstance(keys, dict) or not keys:
                raise Malformed(f"{where}.{written} must be an object with at least one key")
            for key, values in keys.items():
                condition = Condition(
                    quantifier=quantifier,
                    operator=operator,
                    key=_key(key, f"{where}.{written}"),
                    values=_strings(values, f"{where}.{written}.{key}"),
                )
                _check_values(condition, where)
                found.append(condition)
        return tuple(found)


def _operator(written: str, where: str) -> tuple[Quantifier | None, str]:
    prefix, colon, rest = written.partition(":")
    quantifier = _PREFIXES.get(prefix) if colon else None
    name = rest if quantifier else written
    operator = OPERATORS.get(name)
    if operator is None:
        raise Malformed(f"{where}: the operator {shown(written)} is not supported{_because(name)}")
    if quantifier and not operator.takes_prefix:
        raise Malformed(
            f"{where}: the operator {shown(written)} is not supported: "
            f"{quantifier.value} goes with String operators only"
        )
    return quantifier, name


_ABSENT: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda name: name.endswith("IfExists"), "IfExists does not exist in this language"),
    (lambda name: name == "Null", "Null does not exist in this language"),
    (lambda name: name.startswith("Arn"), "compare names with StringEquals or StringLike"),
    (lambda name: name.startswith("Binary"), "Binary does not exist in this language"),
)


def _because(name: str) -> str:
    """Explain the absence of an operator known from other clouds or another spelling."""
    for applies, reason in _ABSENT:
        if applies(name):
            return f": {reason}"
    for known in OPERATORS:
        if known.lower() == name.lower():
            return f": it is spelt {known}"
    return ""


def _key(key: str, where: str) -> str:
    prefix, colon, name = key.partition(":")
    if not (prefix and colon and name):
        raise Malformed(f"{where}: {shown(key)} is no condition key")
    return key


def _check_values(condition: Condition, where: str) -> None:
    try:
        compile_condition(condition, doubt=False)
    except Unreadable as bad:
        noun = OPERATORS[condition.operator].noun
        raise Malformed(
            f"{where}.{condition.written}.{condition.key}: {shown(str(bad))} is not {noun}"
        ) from None


_FEDERATION_KEYS = {
    ":saml-provider/": ("saml:recipient",),
    ":oidc-provider/": ("oidc:iss", "oidc:aud"),
}


def _require_federation_keys(statement: Statement, where: str) -> None:
    """Refuse trust in a provider without the conditions on the audience of its assertions.

    SECURITY: without them a role is open to any client of the provider.
    """
    found = {
        each.key.casefold()
        for each in statement.conditions
        if each.operator == "StringEquals" and each.quantifier is not Quantifier.ALL
    }
    for principal in statement.principals or ():
        for provider, keys in _FEDERATION_KEYS.items():
            missing = [key for key in keys if key not in found]
            if (
                principal.type is PrincipalType.FEDERATED
                and provider in principal.value
                and missing
            ):
                wanted = ", ".join(missing)
                raise Malformed(f"{where}.Condition must hold StringEquals on {wanted}")


def _only(value: dict[str, object], names: Iterable[str], where: str) -> None:
    allowed = frozenset(names)
    for name in value:
        if name not in allowed:
            raise Malformed(f"{where}: unknown name {shown(name)}")


def _one_of(value: dict[str, object], name: str, negated: str, where: str) -> str:
    if (name in value) == (negated in value):
        raise Malformed(f"{where} must have exactly one of {name} and {negated}")
    return name if name in value else negated


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{where} must be a string")
    return value


def _strings(value: object, where: str) -> tuple[str, ...]:
    """Read a string or a list of strings, which mean the same."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise Malformed(f"{where} must be a string or a list of strings")
    if not value:
        raise Malformed(f"{where} is an empty list")
    return tuple(_string(each, f"{where}[{at}]") for at, each in enumerate(value))
