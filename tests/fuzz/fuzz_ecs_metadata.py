"""Paths and tokens of the metadata service: a leaf, a list of names, or a refusal."""

from juyong.base.clock import Instant
from juyong.services.ecs.metadata.asked import Asked
from juyong.services.ecs.metadata.tokens import give, holds
from juyong.services.ecs.metadata.tree import Tree, look

_TREE: Tree = {"latest": {"meta-data": {"tags": {"a/b": "c"}, "id": b"i-1", "gone": lambda: None}}}
_KEY = bytes(32)
_NOW = Instant(1_800_000_000)
_TTL = "x-aliyun-ecs-metadata-token-ttl-seconds"
SEEDS: list[bytes] = [
    b"/latest/meta-data/\x0060",
    b"/latest/meta-data/tags/a%2Fb\x00-1",
    b"/latest/meta-data/gone?x\x0021600",
    b"/%zz/%00//..\x00",
]


def target(data: bytes) -> None:
    """Look a path up, and take the rest for a time to live and for a token."""
    path, _, rest = data.decode("latin-1").partition("\x00")
    found = look(_TREE, path)
    assert found.status in {200, 404}
    if found.status == 200:
        assert found.body in {
            b"",
            b"c",
            b"i-1",
            b"latest/",
            b"meta-data/",
            b"a/b",
            b"tags/\nid\ngone",
        }
    answer = give(Asked(method="PUT", path=path, headers={_TTL: rest}), "i-1", _KEY, _NOW)
    assert answer.status in {200, 400}
    if answer.status == 200:
        assert holds(answer.body.decode(), "i-1", _KEY, _NOW)
        assert not holds(answer.body.decode(), "i-2", _KEY, _NOW)
    assert not holds(rest, "i-1", _KEY, _NOW)
