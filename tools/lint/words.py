"""Rules for the words of docstrings and comments: plain words, and a noun or a verb first.

Each rule takes a module's source text and yields (line, message).
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from functools import lru_cache

Finding = tuple[int, str]
WordRule = Callable[[str], Iterator[Finding]]

_RIDDLES = re.compile(
    r"\b(?:whom|nobody|anybody|theirs|ours|besides?|kin|in\s+vain|lest|shall|upon"
    r"|thereof|therein|wherein|hence|becomes?\s+of|but\s+for|bears?"
    r"|(?:is|are|has|have)\s+yet\s+to"
    r"|(?:a|its|the|their)\s+bearer(?!\s+(?:kind|confirmation|token|scheme)))\b"
    r"|\b(?-i:Whose)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"^```.*?^```$|``[^\n]*?``|`[^`\n]*`|\]\([^)\n]*\)", re.MULTILINE | re.DOTALL)
_PRONOUN_FIRST = re.compile(
    r"(?:It|They|Them|Those|This|That|These|What|Who|Whose|Its|Their|One(?=\s+(?:of|that|is)\b))\b"
)


def no_riddle_words(source: str) -> Iterator[Finding]:
    """Words that make a reader guess who or what is meant, or that few readers use."""
    for line, text in [*_docstrings(source), *_comments(source)]:
        for match in _RIDDLES.finditer(text):
            at = line + text.count("\n", 0, match.end())
            yield at, f"`{match.group().strip(' .:')}`: say who or what, in a plain word"


def docstrings_name_the_thing_first(source: str) -> Iterator[Finding]:
    """A docstring that begins with a pronoun does not say what the thing is."""
    for line, text in _docstrings(source):
        match = _PRONOUN_FIRST.match(text.lstrip())
        if match:
            yield line, f"a docstring begins with `{match.group()}`: begin with what the thing is"


def riddle_words_of_page(page: str) -> Iterator[Finding]:
    """The same words in a page of Markdown, outside of code and of the targets of links."""
    outside = _CODE.sub(lambda match: "\n" * match[0].count("\n"), page)
    for number, line in enumerate(outside.splitlines(), start=1):
        for match in _RIDDLES.finditer(line):
            yield number, f"`{match.group().strip()}`: say who or what, in a plain word"


WORD_RULES: tuple[WordRule, ...] = (no_riddle_words, docstrings_name_the_thing_first)


@lru_cache(maxsize=1)
def _docstrings(source: str) -> tuple[Finding, ...]:
    """Return every string that stands as a statement: of modules, classes, functions and names."""
    return tuple(
        (node.lineno, node.value.value)
        for node in _statements(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements below a node, and what holds some; no expression holds any."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.stmt | ast.excepthandler | ast.match_case):
            yield each
            yield from _statements(each)


def _comments(source: str) -> Iterator[Finding]:
    # PERF: to find where comments begin takes long, and few modules have a word in question.
    if not any("#" in line and _RIDDLES.search(line) for line in source.splitlines()):
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
