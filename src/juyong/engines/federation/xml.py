"""Parse outside XML without entities, DTDs or network, and read it strictly."""

from lxml import etree

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


class UnsafeXml(ValueError):
    """The bytes are no XML that may be read; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def hardened_parser() -> etree.XMLParser:
    """Make a parser that resolves nothing and keeps libxml2's depth and size limits.

    The encoding is pinned, so that the search for a DOCTYPE below sees what the parser sees.
    """
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
    )


def parse_xml(data: bytes, *, max_bytes: int) -> etree._Element:
    """Parse one UTF-8 document and return its root.

    Raises:
        UnsafeXml: too large, not UTF-8, not well formed, or carrying a DOCTYPE or an entity.

    Cost: linear in the size, which `max_bytes` bounds.
    """
    if len(data) > max_bytes:
        raise UnsafeXml(f"larger than {max_bytes} bytes")
    # SECURITY: refused before parsing, because libxml2 expands entities inside attribute values
    # while it reads the internal subset, whatever resolve_entities says.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise UnsafeXml("a DOCTYPE is not accepted")
    try:
        root = etree.fromstring(data, parser=hardened_parser())
    except (etree.XMLSyntaxError, ValueError) as bad:
        raise UnsafeXml("not well-formed UTF-8 XML") from bad
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeXml("a DOCTYPE is not accepted")
    if next(root.iter(etree.Entity), None) is not None:
        raise UnsafeXml("an entity is not accepted")
    return root


def leaf_text(element: etree._Element) -> str | None:
    """Return the whole text of an element that holds text only, stripped; None if it holds more.

    SECURITY: `.text` alone stops at the first comment, which would let `admin<!---->.example`
    pass for `admin`. An element with any child node, comments included, is therefore no leaf.
    """
    if len(element):
        return None
    return (element.text or "").strip()


def local_name(element: etree._Element) -> str:
    """Return the tag without its namespace; empty for comments and processing instructions."""
    tag: object = element.tag
    return etree.QName(element).localname if isinstance(tag, str) else ""
