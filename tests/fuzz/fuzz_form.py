"""Forms and JSON bodies into an operation's arguments: typed and bounded, or refused."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from juyong.api.errors import ApiError, InvalidField, MissingField
from juyong.api.fields import Between, Clearable, Items, OneOf, Pattern, Text, Wire
from juyong.api.parameters import decode, fields_of
from juyong.api.request import Raw
from juyong.api.shape import Shape
from juyong.base.secret import Secret
from juyong.gateway.wire.parameters import json_members, read_form

LARGEST = 2**63 - 1
SEEDS: list[bytes] = [
    b"Name=alice&Count=5&Amount=-7&Flag=true&Password=x",
    b"Name=a&Tag.1.Key=k&Tag.1.Value=v&Tag.2.Key=l&Ids.1=1&Ids.3=2",
    b'Name=a&Tag=%5B%7B%22Key%22%3A%22k%22%7D%5D&Ids=[1,"2"]&Rule={"Name":"r","Tags":[]}',
    b"Name=a&Rule.Name=r&Rule.Tags.1.Key=k&Rule.Inner.Name=s&Rule.Inner.Inner.Name=t",
    b"Name=a&Tag.1=x&Tag.1.Key=k&Tag..=&Tag.=1",
    b"Name=a&Count=0x5&Amount=9223372036854775808&Flag=yes&Kind=c",
    b"Name=a&Comments=&Text=%00%F0%9F%94%92&Amount=5.0",
    b'{"Name":"alice","Count":5,"Amount":-7,"Flag":false,"Ids":[1,2],"Tag":[{"Key":"k"}]}',
    b'{"Name":"a","Amount":99999999999999999999999999,"Count":1e400,"Rule":{"Name":"r"}}',
    b'{"Name":["a"],"Flag":0,"Rule":[[[[[[[[]]]]]]]],"Tag":{"1":{"Key":"\\ud83d\\ude00"}}}',
    b"",
]


class Tag(Shape, frozen=True, kw_only=True):
    """A flat structure."""

    key: str
    value: str = ""


class Rule(Shape, frozen=True, kw_only=True):
    """A structure that holds lists, and itself."""

    name: str
    tags: tuple[Tag, ...] = ()
    inner: "Rule | None" = None


def sample(
    _ctx: object,
    *,
    name: Annotated[str, Text(1, 64, chars=r"A-Za-z0-9._\-")],
    comments: Annotated[str | None, Text(1, 128), Clearable()] = None,
    text: Annotated[str, Pattern(r"[^\x00]*")] = "",
    kind: Annotated[str, OneOf(("a", "b"))] = "a",
    password: Secret | None = None,
    count: Annotated[int, Between(1, 100)] = 10,
    amount: int = 0,
    flag: bool = False,
    ids: list[int] | None = None,
    tag: Annotated[list[Tag] | None, Wire("Tag"), Items(1, 20)] = None,
    rule: Rule | None = None,
) -> None:
    """Stand for an operation with a parameter of every kind."""


FIELDS = fields_of(sample)


def target(data: bytes) -> None:
    """Decode `data` as a form, or as JSON when it begins with a brace."""
    try:
        params = json_members(data) if data.startswith(b"{") else _form(data)
        found = decode(FIELDS, params)
    except (ApiError, InvalidField, MissingField):
        return
    _check(found)
    assert not any("\0" in text for text in _texts([found["tag"], found["rule"]]))
    # The structured parameters mean the same when they are sent as one JSON text each.
    texts = {
        field.wire: msgspec.json.encode(found[field.name]).decode()
        for field in FIELDS
        if field.name in ("ids", "tag", "rule") and found[field.name] is not None
    }
    again = decode(FIELDS, {"Name": found["name"], **texts})
    assert all(again[name] == found[name] for name in ("name", "ids", "tag", "rule"))


def _check(found: dict[str, Any]) -> None:
    assert found.keys() == {field.name for field in FIELDS}
    assert 1 <= len(found["name"]) <= 64
    assert type(found["count"]) is int
    assert 1 <= found["count"] <= 100
    assert type(found["amount"]) is int
    assert abs(found["amount"]) <= LARGEST
    assert type(found["flag"]) is bool
    assert found["kind"] in ("a", "b")
    assert "\0" not in found["text"]
    assert found["password"] is None or type(found["password"]) is Secret
    assert found["comments"] is None or len(found["comments"]) <= 128
    assert found["tag"] is None or len(found["tag"]) <= 20
    assert found["ids"] is None or all(type(each) is int for each in found["ids"])


def _texts(value: Any) -> Iterator[str]:
    members = msgspec.to_builtins(value)
    if isinstance(members, str):
        yield members
    elif isinstance(members, dict | list):
        for each in members.values() if isinstance(members, dict) else members:
            yield from _texts(each)


def _form(data: bytes) -> dict[str, str]:
    raw = Raw(
        method="POST",
        path="/",
        query="",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=data,
        peer="",
        secure=False,
    )
    return read_form(raw)
