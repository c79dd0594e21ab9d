"""Text to directives and their words, with quotes and continued lines as ModSecurity has them."""

from collections.abc import Iterator

import msgspec

from juyong.engines.inspect.rules import Place
from juyong.engines.inspect.seclang.errors import BadPart, BadRules


class Directive(msgspec.Struct, frozen=True):
    """A directive and its words; quotes around words are taken off, `\\"` in them is `"`."""

    place: Place
    name: str
    words: tuple[str, ...]


def directives(file: str, data: bytes) -> Iterator[Directive]:
    """Yield the directives of a file, in order.

    Raises:
        BadRules: no UTF-8, a NUL, an open quote, a section (`<Location>`), or a comment whose
            last backslash takes in a line that is no comment: engines differ on that line.

    Source: ModSecurity 3, seclang-scanner (observed): in quoted words a backslash escapes the
    quote alone, since regular expressions keep their own.
    """
    for place, line in _lines(file, _text(file, data)):
        if line.startswith("<"):
            raise BadRules(place, f"sections are the web server's own: `{line[:40]}`")
        try:
            name, *words = _words(line)
        except BadPart as bad:
            raise BadRules(place, str(bad)) from None
        yield Directive(place, name, tuple(words))


def _text(file: str, data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        raise BadRules(Place(file, line), "the file is not UTF-8") from None
    if (at := text.find("\0")) >= 0:
        raise BadRules(Place(file, text.count("\n", 0, at) + 1), "the file has a NUL")
    return text.removeprefix("\ufeff")


def _lines(file: str, text: str) -> Iterator[tuple[Place, str]]:
    """Yield lines that continued ones are joined to, without comments and empty lines."""
    joined: list[str] = []
    first = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r \t")
        if not joined:
            first = number
        elif joined[0].startswith("#") and line and not line.lstrip().startswith("#"):
            raise BadRules(Place(file, number), "the comment before ends with a backslash")
        goes_on = line.endswith("\\")
        joined.append((line[:-1] if goes_on else line).lstrip())
        if goes_on:
            continue
        whole = "".join(joined)
        joined = []
        if whole and not whole.startswith("#"):
            yield Place(file, first), whole
    if joined and (whole := "".join(joined)) and not whole.startswith("#"):
        yield Place(file, first), whole


def _words(line: str) -> Iterator[str]:
    at = 0
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] in "\"'":
            word, at = _quoted(line, at)
            yield word
        else:
            end = next((i for i in range(at, len(line)) if line[i] in " \t"), len(line))
            yield line[at:end]
            at = end


def _quoted(line: str, at: int) -> tuple[str, int]:
    """Return a quoted word and where the line goes on after it."""
    quote, begin = line[at], at + 1
    end = begin
    while (end := line.find(quote, end)) > 0 and _escaped(line, end, begin):
        end += 1
    if end < 0:
        raise BadPart(f"a quote is not closed: `{line[at : at + 40]}`")
    if end + 1 < len(line) and line[end + 1] not in " \t":
        raise BadPart(f"text stands right after a quote: `{line[end : end + 20]}`")
    return line[begin:end].replace(f"\\{quote}", quote), end + 1


def _escaped(line: str, at: int, begin: int) -> bool:
    """Tell whether a quote is escaped: an odd number of backslashes stands before the quote."""
    before = line[begin:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
