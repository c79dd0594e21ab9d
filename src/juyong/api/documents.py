"""XML documents in the bodies of requests, read into the types of signatures.

SECURITY: no document type, entity or reference outside is read; depth and size are bounded.
"""

from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from lxml import etree

from juyong.api.errors import MalformedDocument
from juyong.api.member_rules import unwrap

T = TypeVar("T")
_DEEPEST = 32


def read_document(text: bytes, root: str, kind: type[T]) -> T:
    """Read a document into a Struct.

    Children are found by the names of the fields, in whatever order and namespace; unknown ones are
    passed over. A field that is a list takes every child of its name.

    Raises:
        MalformedDocument: it is not well formed, has another root, or a value does not fit.
    """
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=False
    )
    try:
        document = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as bad:
        raise MalformedDocument from bad
    if _has_type(document) or _name(document) != root:
        raise MalformedDocument
    try:
        return msgspec.convert(_value(document, kind, 0), kind, strict=False)
    except (msgspec.ValidationError, ValueError) as bad:
        raise MalformedDocument from bad


def _value(element: Any, kind: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise MalformedDocument
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return _scalar(element, kind)
    found: dict[str, Any] = {}
    members = _members(kind)
    for child in element:
        name = _name(child) if isinstance(child.tag, str) else ""
        member = members.get(name)
        if member is None:
            continue
        value = _value(child, member.kind, depth + 1)
        if member.repeats:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise MalformedDocument
        else:
            found[name] = value
    return found


class _Member(NamedTuple):
    """A field of a Struct: the type of the field, or of an item where the field is a list."""

    kind: Any
    repeats: bool


@cache
def _members(kind: type[msgspec.Struct]) -> dict[str, _Member]:
    """PERF: what a type says is read once, not once an element."""
    found = {}
    for field in msgspec.structs.fields(kind):
        inner, _ = unwrap(field.type)
        repeats = get_origin(inner) is list
        item = unwrap(get_args(inner)[0])[0] if repeats else inner
        found[field.encode_name] = _Member(item, repeats)
    return found


def _scalar(element: Any, kind: Any) -> Any:
    if len(element):
        raise MalformedDocument
    text = element.text or ""
    if kind is bool:
        # oss2 writes Python's own words.
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    return text.strip() if kind is int else text


def _has_type(document: Any) -> bool:
    return bool(document.getroottree().docinfo.doctype)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
