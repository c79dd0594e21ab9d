"""Python source as a tree, for what is read off declarations without importing them."""

import ast
import threading

_alone = threading.Lock()


def parsed(source: str | bytes) -> ast.Module:
    """Parse source, one thread at a time.

    CPython 3.11 counts how deep it builds a tree for all threads together: two that parse at once
    may raise `SystemError: AST constructor recursion depth mismatch`.

    Raises:
        SyntaxError: the source is no Python.
    """
    with _alone:
        return ast.parse(source)
