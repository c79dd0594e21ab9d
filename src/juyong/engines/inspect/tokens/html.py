"""HTML in a value: tags and attributes, and the decision whether they run code.

A value may be text, the value of an attribute in quotes or without, or a URL. Four looks cover
these contexts:

1. The value as text: every `<` that begins a tag, an end tag's excepted, is read as tag and
   attributes. A tag that runs code, an event handler, a URL that runs code, a style that does.
2. The value as text: declarations, instructions and comments that browsers or servers act on.
3. The value as the value of an attribute that it leaves: a known event handler and `=` after a
   quote, white space or `/`.
4. The value as a URL: `javascript:` and code.

The split of contexts is libinjection's idea (Nick Galbreath, 2013); tokens and rules are our own.
"""

import re

from juyong.engines.inspect.patterns import compile_pattern
from juyong.engines.inspect.tokens.html_words import (
    ALONE,
    EVENTS,
    MARKED,
    URLS,
    WITH_ATTRIBUTES,
)
from juyong.engines.inspect.transforms.comments import replace_comments
from juyong.engines.inspect.transforms.escapes import html_entity_decode

WORK_FACTOR, WORK_BASE = 8, 4_096
"""Bytes of attributes read in all: 8 times the value and 4,096 more. A value that needs more, with
tags in tags in tags, is taken for an attack."""

_TAG = re.compile(rb"<([a-zA-Z][^\s/><=\"'`]*)")
_ATTRIBUTE = re.compile(
    rb"[\s/\"'`]*([^\s/\"'`><=][^\s/><=]*+)"
    rb"(?:\s*+=\s*+(\"[^\"]*+\"?|'[^']*+'?|`[^`]*+`?|[^\s>]*+))?"
)
_CONTROLS = bytes(range(33))
RUNS = rb"(?i)^(?:(?:java|vb|live|j)script:|view-source:|mhtml:|jar:|data:)"
HARMLESS_DATA = rb"(?i)^data:(?:image/(?:png|jpe?g|gif|webp|avif|bmp)|font/)"
STYLE = rb"(?i)expression|behaviou?r:|-moz-binding|javascript:|vbscript:|@import|\\"
DECLARED = (
    rb"(?i)<!entity|<!doctype[^>]*(?:\[|system|public|entity)|<!--\[if|<!--#(?:exec|include)"
    rb"|<\?(?:import|xml-stylesheet)|<!\[cdata\[[^>]*<|<%[=@!]"
)
HANDLER = (
    rb"(?i)(?:^|[\s/\"'`])(?:(?:" + b"|".join(sorted(EVENTS)) + rb")\s*="
    rb"|style\s*=[^>]{0,100}(?:expression\s*\(|javascript:|vbscript:|-moz-binding))"
)
URL = rb"(?i)^[\x01-\x20]*(?:java|vb)script:[\s]*[^\s(=`\[]*[(=`\[]"

UNTAGGED = (HANDLER, URL)
"""Of a value without `<`, one of these matches, or nothing runs."""


def xss(value: bytes) -> bytes | None:
    """Return what runs code, as `tag script` or `attribute onclick`; None where nothing does.

    Zero bytes are passed over.
    """
    if b"\0" in value:
        value = value.replace(b"\0", b"")
    if b"<" in value:
        found = _tags(value) or (b"declaration" if compile_pattern(DECLARED).span(value) else None)
        if found is not None:
            return found
    if b"=" in value and compile_pattern(HANDLER).span(value):
        return b"handler"
    if b":" in value and compile_pattern(URL).span(value):
        return b"url"
    return None


def _tags(value: bytes) -> bytes | None:
    work = WORK_FACTOR * len(value) + WORK_BASE
    for tag in _TAG.finditer(value):
        name = tag[1].lower().rsplit(b":", 1)[-1]
        if name in ALONE:
            return b"tag " + name
        at = tag.end()
        while attribute := _ATTRIBUTE.match(value, at):
            work -= attribute.end() - at
            if work < 0:
                return b"tags"
            at = attribute.end()
            found = _attribute(name, attribute)
            if found is not None:
                return found
    return None


def _attribute(tag: bytes, attribute: re.Match[bytes]) -> bytes | None:
    """Return what an attribute makes of its tag, None where it is harmless."""
    name, text = attribute[1].lower().rsplit(b":", 1)[-1], attribute[2]
    if not text:
        return None
    if tag in WITH_ATTRIBUTES:
        return b"tag " + tag
    return b"attribute " + name if _acts(name, text.strip(b"\"'`")) else None


def _acts(name: bytes, text: bytes) -> bool:
    """Tell whether an attribute with this value runs code."""
    if name[:2] == b"on" and len(name) > 4 and name.isalpha():  # noqa: PLR2004  # shortest: oncut
        return True
    if name in MARKED:
        return True
    if name == b"style":
        style = replace_comments(html_entity_decode(text)).replace(b" ", b"")
        return compile_pattern(STYLE).span(style) is not None
    if name in URLS:
        url = html_entity_decode(text).translate(None, _CONTROLS)
        return (
            compile_pattern(RUNS).span(url) is not None
            and compile_pattern(HARMLESS_DATA).span(url) is None
        )
    return False
