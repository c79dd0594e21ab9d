"""The tree that the metadata service answers from: folders, texts, and texts made when asked for.

Source: ECS, "Instance metadata" (documented): a path that ends in `/` lists what is below it, one
name a line, folders with a `/`. That a folder is listed without the `/`, too, is assumed.
"""

from collections.abc import Callable, Mapping
from typing import Union
from urllib.parse import unquote

from juyong.services.ecs.metadata.asked import Answer

Leaf = str | bytes | Callable[[], str | None]
Tree = Mapping[str, Union[Leaf, "Tree"]]
_MOST_SEGMENTS = 16


def look(tree: Tree, path: str) -> Answer:
    """Answer a path: the text there, or the names below it; 404 where there is neither."""
    found: Leaf | Tree = tree
    wanted = path.partition("?")[0]
    for segment in wanted.split("/", _MOST_SEGMENTS):
        if not segment:
            continue
        below = found.get(unquote(segment)) if isinstance(found, Mapping) else None
        if below is None:
            return Answer(status=404)
        found = below
    if isinstance(found, Mapping):
        return Answer(status=200, body="\n".join(map(_line, found.items())).encode())
    if wanted.endswith("/"):
        return Answer(status=404)
    return _text(found)


def _line(item: tuple[str, "Leaf | Tree"]) -> str:
    name, value = item
    return f"{name}/" if isinstance(value, Mapping) else name


def _text(leaf: Leaf) -> Answer:
    value = leaf() if callable(leaf) else leaf
    if value is None:
        return Answer(status=404)
    return Answer(status=200, body=value if isinstance(value, bytes) else value.encode())
