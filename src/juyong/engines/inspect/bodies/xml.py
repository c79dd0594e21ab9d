"""XML bodies to text and attribute values; no entity is read, nothing is fetched.

A document that declares entities is refused: its text would be another one to a server that reads
them. A document type without entities passes, and rules see its text as XML_DOCTYPE.

Source: the XML variable of ModSecurity with `/*` and `//@*`, the two paths that rule sets use
(documented).
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.limits import Limits

_ATTRIBUTES: Any = etree.XPath("//@*", smart_strings=False)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>?", re.DOTALL | re.IGNORECASE)


def read_xml(body: bytes, parsed: Parsed, limits: Limits) -> None:
    """Add text, attribute values and document type, and the fault where the document has one.

    Cost: linear; the library refuses documents deeper than 256 levels.
    """
    if not body.strip():
        return
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        parsed.doctype = _doctype(body)
        parsed.refuse(f"the XML body is not well formed: {str(fault)[:120]}")
        return
    _check_doctype(root, body, parsed)
    text = "".join(_texts(root))
    parsed.xml.append((b"/*", text.encode()))
    # COST: the mapping of an element's attributes is quadratic in their number; a path is not.
    values = [str(value) for value in _ATTRIBUTES(root)]
    if len(values) > limits.arguments:
        parsed.refuse(f"the XML body has more than {limits.arguments} attributes")
    parsed.xml.extend((b"//@*", value.encode()) for value in values[: limits.arguments])


def _texts(root: etree._Element) -> Iterator[str]:
    """Yield the text of a document; comments and entities have none."""
    for node in root.iter():
        if isinstance(node.tag, str) and node.text:
            yield str(node.text)
        if node is not root and node.tail:
            yield str(node.tail)


def _check_doctype(root: etree._Element, body: bytes, parsed: Parsed) -> None:
    """Note the document type; refuse entities that are declared here or referred to."""
    about: Any = root.getroottree().docinfo
    dtd = about.internalDTD
    if dtd is None:
        return
    # In UTF-16 and UTF-32 each ASCII letter has NUL bytes; rules look for letters.
    # UTF-7 may write none of its marks so, and the document type is then written anew.
    parsed.doctype = _doctype(body.replace(b"\0", b"")) or about.doctype.encode()
    if next(dtd.iterentities(), None) is not None:
        parsed.refuse("the XML body declares entities")
    elif next(root.iter(etree.Entity), None) is not None:
        parsed.refuse("the XML body refers to entities that are declared elsewhere")


def _doctype(body: bytes) -> bytes:
    found = _DOCTYPE.search(body)
    return found[0][:4096] if found else b""
