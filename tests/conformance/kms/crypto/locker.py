"""A small product that keeps things under its customers' keys, as any product would be written."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import pytest

from juyong.api import registry
from juyong.api.access import Also, acs
from juyong.api.context import Arguments, Context
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.product import Product
from juyong.api.shape import Shape
from juyong.base.secret import Secret
from juyong.services.kms.facade import (
    REFUSALS,
    KeyUse,
    open_content,
    opening_needs,
    seal_content,
    sealing_needs,
)

SERVICE = "locker.aliyuncs.com"
VERSION = "2026-02-02"
PRODUCT = Product(
    code="Locker",
    ram_code="locker",
    version=VERSION,
    hosts=("locker.aliyuncs.com",),
    title="Locker",
)
Name = Annotated[str, Text(1, 64)]


class Kept(Shape, frozen=True, kw_only=True):
    """What the locker has of a thing: it cannot read it."""

    name: str
    sealed: str


class Thing(Shape, frozen=True, kw_only=True):
    """A thing taken out."""

    text: Secret


def use_of(name: str) -> KeyUse:
    return KeyUse(service=SERVICE, context={"acs:locker:thing": name})


def to_put(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return sealing_needs(ctx, arguments["key_id"], use_of(arguments["name"]))


def to_take(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return opening_needs(ctx, unsealed(arguments["sealed"]), use_of(arguments["name"]))


def unsealed(text: str) -> bytes:
    return base64.b64decode(text)


@operation(
    PRODUCT, "PutThing", resource=acs("locker", "thing/{name}"), also=to_put, raises=REFUSALS
)
def put_thing(ctx: Context, *, name: Name, text: Secret, key_id: str) -> Kept:
    """Keep a thing."""
    sealed = seal_content(ctx, key_id, use_of(name), text.reveal().encode())
    kept = Kept(name=name, sealed=base64.b64encode(sealed).decode())
    ctx.journal.refer("ACS::Locker::Thing", name)
    return kept


@operation(
    PRODUCT, "GetThing", resource=acs("locker", "thing/{name}"), also=to_take, raises=REFUSALS
)
def get_thing(ctx: Context, *, name: Name, sealed: str) -> Thing:
    """Take a thing out."""
    content = open_content(ctx, unsealed(sealed), use_of(name))
    return Thing(text=Secret(content.decode()))


@contextmanager
def registered() -> Iterator[Mapping[str, Product]]:
    """Serve the product for a block."""
    packages = {**registry.packages(), "tests.locker": PRODUCT}
    served = registry.Registry(packages, loaded=[PRODUCT])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "current", lambda: served)
        yield packages
