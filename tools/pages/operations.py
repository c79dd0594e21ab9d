"""The page of one product: every operation as its function declares it."""

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from juyong.api.access import CallConditions, Entry, ResourceTemplate
from juyong.api.errors import ApiError, InvalidField, MissingField, Throttled
from juyong.api.fields import Between, Doc, Items, LongestBody, OneOf, Pattern, Text
from juyong.api.member_rules import is_rule, unwrap
from juyong.api.operation import Rate, Route
from juyong.api.operation_spec import Operation
from juyong.api.parameters import Field
from juyong.api.product import Product, Style
from juyong.base.secret import Secret
from pages.coverage import coverage_of
from pages.docstring import docstring_of
from pages.markdown import code, codes, flowed, page, prose, sentences, table
from pages.values import is_struct, kind_of, members, plain

_ENTRIES = {
    Entry.AUTHORISED: "a caller whom policies allow",
    Entry.IDENTIFIED: "any caller with a valid signature; policies are not asked",
    Entry.OPEN: "a caller whom policies allow, with a signature or without one",
    Entry.ANONYMOUS: "anybody: the call carries a proof of its own, and no signature is needed",
}


_VERB = re.compile(r"\A(?:Name|Return|Say|Tell) ")
_KEY = re.compile(r'"((?:acs|ram|sts):[A-Za-z/]+)"')


def product_page(product: Product) -> str:
    """Write the page of a product, its operations loaded."""
    operations = [product.operations[name] for name in sorted(product.operations)]
    return page(
        product.title,
        _identity(product),
        _contents(operations),
        *(_operation(operation) for operation in operations),
        _refused(product),
    )


_STYLES = {
    Style.REST: "method, path and the query parameters or headers that each names, in a format "
    "of the product's own",
    Style.RPC: "Action (RPC)",
    Style.ROA: "method and path (ROA)",
    Style.PROTOBUF: "the header `x-kms-apiname`, their parameters by a Protocol Buffers message, "
    "and bytes stand in it as they are and not in Base64",
}


def _identity(product: Product) -> str:
    code_, status, text = product.dialect.denied
    how = _STYLES[product.style]
    lines = [
        f"API version {code(product.version)}; hosts {codes(product.hosts)}.",
        f"{coverage_of(product).said} [Coverage](../coverage.md) names the editions.",
        f"Operations are addressed by {how}; RAM actions begin with `{product.ram_code}:`.",
        f"A call that policies do not allow answers {status} {code(code_)}: “{text}”",
        "Errors that any call can meet are in [errors](../errors.md).",
    ]
    if product.style is Style.RPC:
        lines.append("A list is sent as `Tag.1.Key=…` and so on, or as one JSON text.")
    if product.is_global:
        lines.insert(3, "The product is global: its events show in every region.")
    return "\n".join(lines)


def _contents(operations: list[Operation]) -> str:
    return table(
        ("Operation", "What it does"),
        (
            (f"[{operation.name}](#{operation.name.lower()})", _summary(operation))
            for operation in operations
        ),
    )


def _summary(operation: Operation) -> str:
    return docstring_of(operation.function).summary


def _operation(operation: Operation) -> str:
    doc = docstring_of(operation.function)
    parts = [
        f"## {operation.name}",
        prose(doc.summary),
        sentences(doc.body),
        _facts(operation),
        _parameters(operation),
        _unsupported(operation),
        _result(operation),
        _errors(operation),
        f"Cost: {prose(doc.cost)}" if doc.cost else "",
        _source(operation),
    ]
    return "\n\n".join(part for part in parts if part)


def _source(operation: Operation) -> str:
    """Return where the behaviour is from: as its function says, its module, or its product."""
    own = docstring_of(operation.function)
    module = docstring_of(inspect.getmodule(operation.function))
    page_there = f"{operation.product.source}, {operation.name} (documented)."
    source = own.source or module.source or (page_there if operation.product.source else "")
    assumed = f"Assumed: {own.assumed}" if own.assumed else ""
    return prose(f"Source: {source} {assumed}".rstrip()) if source else ""


def _rate(operation: Operation, rate: Rate) -> str:
    refusal = code(operation.product.dialect.spelled(Throttled()).code)
    quota = f" The quota {code(rate.quota)} changes it." if rate.quota else ""
    return f"- Rate: {rate.per_second} calls a second for each account, then {refusal}.{quota}"


def _facts(operation: Operation) -> str:
    facts = [f"- Who may call: {_ENTRIES[operation.entry]}."]
    if operation.entry in (Entry.AUTHORISED, Entry.OPEN):
        facts.append(f"- RAM action: {code(operation.action)}")
        facts += [f"- Resource: {line}" for line in _resources(operation)]
    facts += _authorisation(operation)
    facts.append(f"- Event: {operation.effect}")
    if operation.rate is not None:
        facts.append(_rate(operation, operation.rate))
    if operation.route is not None:
        facts.append(f"- Route: {code(_route(operation.route))}")
    return "\n".join(facts)


def _route(route: Route) -> str:
    marks = "".join(f"{'?' if i == 0 else '&'}{mark}" for i, mark in enumerate(route.marks.split()))
    return f"{route.method} {route.path}{marks}"


def _resources(operation: Operation) -> Iterator[str]:
    wire = {field.name: field.wire for field in operation.fields}
    rules = [operation.resource] if operation.resource else []
    while rules:
        rule = rules.pop(0)
        if isinstance(rule, ResourceTemplate):
            filled = rule.relative
            for name in rule.names:
                filled = filled.replace(f"{{{name}}}", f"{{{wire.get(name, name)}}}")
            region = "<region>" if rule.regional else "*"
            yield code(f"acs:{rule.service}:{region}:<account>:{filled}")
        elif (inner := inspect.getclosurevars(rule).nonlocals.get("rules")) is not None:
            rules = [*inner, *rules]
        else:
            yield _without_verb(rule) or "worked out from the call; see the parameters."


def _authorisation(operation: Operation) -> Iterator[str]:
    own = operation.conditions
    for rule in own.rules if isinstance(own, CallConditions) else [own] if own else []:
        text = _without_verb(rule) or _keys(rule)
        yield f"- Condition keys of the call: {prose(text)}"
    if operation.resource_conditions is not None:
        text = _without_verb(operation.resource_conditions) or _keys(operation.resource_conditions)
        yield f"- Condition keys of the resource: {prose(text)}"
    if operation.resource_policy is not None:
        text = _without_verb(operation.resource_policy)
        yield f"- Policy of the target: {text or 'asked beside those of the caller.'}"
    if operation.also is not None:
        text = _without_verb(operation.also)
        yield f"- Also needed: {prose(text) or 'what the call does besides.'}"
    if operation.parts is not None:
        text = _without_verb(operation.parts)
        yield f"- Each part by itself: {prose(text) or 'denied parts are answered as such.'}"
    if operation.self_service is not None:
        text = docstring_of(operation.self_service).summary
        own = "Users manage what is their own without a policy, where preferences let them."
        yield f"- Self-service: {text or own}"


def _without_verb(rule: object) -> str:
    """Return what a rule's docstring says it names or returns."""
    return _VERB.sub("", docstring_of(rule).summary)


def _keys(rule: object) -> str:
    """List the condition keys that a rule without a docstring spells out."""
    assert callable(rule)  # noqa: S101
    found = dict.fromkeys(_KEY.findall(inspect.getsource(rule)))
    return codes(found) or "its own, beside the global ones."


def _parameters(operation: Operation) -> str:
    doc = docstring_of(operation.function)
    rows: list[tuple[str, ...]] = []
    for field in operation.fields:
        rows.append(
            (
                code(field.wire),
                kind_of(field.kind),
                _need(field),
                _about(field, doc.args),
                codes(_refusals(operation.product, field)),
            )
        )
        rows += _members(operation.product, field)
    headers = ("Parameter", "Type", "Required", "Meaning and rules", "Refused as")
    return table(headers, rows) or "It takes no parameters."


def _members(product: Product, field: Field) -> Iterator[tuple[str, ...]]:
    for path, kind, _, member in members(field.kind, field.wire):
        _, told = unwrap(member.type)
        reasons = _reasons(filter(is_rule, told))
        refused = codes(_invalid(product, path.replace("[]", ".N"), reasons))
        yield code(path), kind, "yes" if member.required else "no", _told("", told), refused


def _need(field: Field) -> str:
    if field.required:
        return "yes"
    if field.default in (None, "", (), []) or isinstance(field.default, Secret):
        return "no"
    default = str(field.default).lower() if isinstance(field.default, bool) else field.default
    return f"no; {code(default)}"


def _about(field: Field, args: dict[str, str]) -> str:
    said = (t for n, t in args.items() if field.name in n.replace(" ", "").split(","))
    meaning = next(said, field.doc) or structure_doc(field.kind)
    emptied = "an empty text clears it" if field.clearable and not field.required else ""
    return _told(meaning, field.rules, emptied)


def structure_doc(kind: Any) -> str:
    """Return what the structure of a parameter, or of its items, says that it is."""
    inner = get_args(kind)[0] if get_origin(kind) in (list, tuple) else kind
    return docstring_of(inner).summary if is_struct(inner) else ""


def _told(meaning: str, annotations: Iterable[Any], emptied: str = "") -> str:
    """Write a meaning, its own or that of its type, and then the rules."""
    own = next((each.text for each in annotations if isinstance(each, Doc)), "")
    rules = "; ".join(_rule(rule) for rule in annotations if is_rule(rule))
    more = "; ".join(part for part in (rules, emptied) if part)
    meaning = flowed(meaning or own)
    if meaning and not meaning.endswith("."):
        meaning += "."
    return f"{meaning} {more[:1].upper()}{more[1:]}{'.' if more else ''}".strip()


def _rule(rule: object) -> str:
    match rule:
        case Text(least=least, most=most, chars=chars):
            length = f"{least} to {most} characters" if least != most else f"{least} characters"
            return f"{length} of {code(f'[{chars}]')}" if chars else length
        case Pattern(expression=expression):
            return f"all of it matches {code(expression)}"
        case OneOf(values=values):
            return f"one of {codes(values)}"
        case Between(low=low, high=high):
            return f"{low} to {high}"
        case Items() | LongestBody():
            return _size(rule)
        case _:
            return docstring_of(rule).summary.rstrip(".").lower()


def _size(rule: Items | LongestBody) -> str:
    if isinstance(rule, Items):
        return f"{rule.least} to {rule.most} items"
    return f"at most {rule.most:,} bytes"


def _refusals(product: Product, field: Field) -> list[str]:
    """Name the codes a parameter can be refused with, in the product's own words."""
    found: list[str] = []
    if field.required:
        found.append(product.dialect.missing_parameter(MissingField(field.wire)).code)
    reasons = [] if field.kind in (str, Secret) else ["Format"]
    found += _invalid(product, field.wire, [*reasons, *_reasons(field.rules)])
    return list(dict.fromkeys(found))


def _invalid(product: Product, wire: str, reasons: Iterable[str]) -> list[str]:
    facts = (InvalidField(wire, why, low="", high="") for why in reasons)
    return list(dict.fromkeys(product.dialect.invalid_parameter(fact).code for fact in facts))


def _reasons(rules: Iterable[Any]) -> Iterator[str]:
    for rule in rules:
        match rule:
            case Text(chars=chars):
                yield "Length"
                if chars:
                    yield "InvalidChars"
            case Items():
                yield "Length"
            case _:
                if why := getattr(rule, "why", None):
                    yield why
                elif why == "":
                    yield ""
                else:
                    yield "Format"


def _unsupported(operation: Operation) -> str:
    reasons = sorted(operation.unsupported.items())
    return table(
        ("Parameter refused when given", "Reason"), ((code(name), why) for name, why in reasons)
    )


def _result(operation: Operation) -> str:
    returns = docstring_of(operation.function).returns
    kind = plain(operation.result)
    rows = [
        (code(path), shape, "yes" if always else "no") for path, shape, always, _ in members(kind)
    ]
    said = f"It answers: {prose(returns)}" if returns else ""
    if rows:
        shape = table(("Member of the answer", "Type", "Always there"), rows)
        return "\n\n".join(part for part in (said, shape) if part)
    if is_struct(kind):
        return "The answer holds the request id alone."
    return said or "The answer has no body; its status is 204."


def _errors(operation: Operation) -> str:
    return table(
        ("Error", "Status", "Text", "When"),
        sorted({(code(e.code), str(e.status), e.text, _fact(e)) for e in operation.raises}),
    )


def _fact(error: type[ApiError]) -> str:
    return docstring_of(error).summary if "__doc__" in error.__dict__ else ""


def _refused(product: Product) -> str:
    by_reason = coverage_of(product).refused
    if not by_reason:
        return ""
    said = (
        "These published operations answer 400 `UnsupportedOperation`, with the reason as text.\n"
        "They are never accepted and dropped."
    )
    rows = ((codes(names), reason) for reason, names in by_reason.items())
    return f"## Refused operations\n\n{said}\n\n{table(('Operations', 'Reason'), rows)}"
