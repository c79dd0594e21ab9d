"""Wire shapes: what operations return and what structured parameters are read into."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, Self, get_args, get_origin, get_type_hints

import msgspec

from juyong.api.naming import wire_name
from juyong.base.clock import iso
from juyong.base.secret import Secret

MASK = "****"


class Of(msgspec.Struct, frozen=True):
    """Where `Shape.of` takes a field from, written as an annotation.

    attribute: Of the row, or `user.user_name` of what an attribute is; empty: the one of the
    field's own name. through: What turns its value into the field's.
    """

    attribute: str = ""
    through: Callable[[Any], Any] | None = None


CreateDate = Annotated[str, Of("created_at", iso)]
UpdateDate = Annotated[str, Of("updated_at", iso)]
TextIfSet = Annotated[str | msgspec.UnsetType, Of(through=lambda text: text or msgspec.UNSET)]
"""A text that is left out where none was set."""


class Within(msgspec.Struct, frozen=True):
    """The field is shown as an object with one member of this name, which is the field's value.

    `users: Annotated[list[User], Within("User")]` takes a list and is `"Users": {"User": […]}` on
    the wire. A shape that is made holds the object, which yields the items of its value.
    """

    member: str


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename=wire_name):
    """A response or a part of one.

    Field names are spelled as the API does by api.naming; `msgspec.field(name=…)` keeps the API's
    own irregular spellings. A field set to `msgspec.UNSET` is left out of the answer. A field of
    type Secret is revealed to the caller and masked everywhere else. `Within` wraps a field.
    """

    def __init_subclass__(cls, **_options: Any) -> None:
        """Give fields that are `Within` the type that callers see, before msgspec reads fields.

        PERF: shapes without such a field are made as before.
        """
        own = cls.__annotations__
        made = {name: around for name, hint in own.items() if (around := _around(hint))}
        if made:
            own |= made
            _wrapped[cls] = made
            known = {
                k: v for each in reversed(cls.__mro__) for k, v in _wrapped.get(each, {}).items()
            }

            def wrap(self: Shape) -> None:
                for name, hint in known.items():
                    value = getattr(self, name)
                    if not isinstance(value, _Items):
                        around = get_args(hint)[0](member=value)
                        msgspec.structs.force_setattr(self, name, around)

            cls.__post_init__ = wrap  # type: ignore[attr-defined]  # called by msgspec if there

    @classmethod
    def of(cls, row: object, **further: Any) -> Self:
        """Show a row: each field is the row's attribute of that name, or what `Of` says.

        A field that is a Shape itself shows the same row.

        Args:
            row: Anything with attributes; those that no field names are passed over.
            **further: Fields that the row does not have, or shows otherwise.

        Raises:
            AttributeError: neither the row nor `further` has a field, and it has no default.
        """
        # PERF: without `further`, the key is made without a list.
        key = (cls, type(row), *further) if further else (cls, type(row))
        way = _ways.get(key) or _way_to(cls, row, tuple(further))
        fields = dict(zip(way.names, way.values(row)))  # noqa: B905  # PERF: an option costs as much
        for name, through in way.turned:
            fields[name] = through(fields[name])
        for name, through in way.of_row:
            fields[name] = through(row)
        if further:
            fields |= further
        return cls(**fields)


_wrapped: dict[type, dict[str, Any]] = {}
"""The types of fields that are `Within`, by the shape that declares the fields."""


class _Items(msgspec.Struct, frozen=True):
    """The object around a list, as good as the list for who reads a field of an answer."""

    def __iter__(self) -> Iterator[Any]:
        value: Any = getattr(self, "member")  # noqa: B009  # declared by _around
        return iter(value)


def _around(hint: Any) -> Any:
    """Return the annotated type of a field that is `Within`, or None for any other field."""
    kind, *notes = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    within = next((note for note in notes if isinstance(note, Within)), None)
    if within is None:
        return None
    member = ("member", kind, msgspec.field(name=within.member))
    around = msgspec.defstruct(f"Around{within.member}", [member], bases=(_Items,), frozen=True)
    return Annotated[(around, *notes)]


class Empty(Shape, frozen=True, kw_only=True):
    """An answer that carries nothing but the request id."""


EMPTY = Empty()


_Turn = Callable[[Any], Any]
_Turns = tuple[tuple[str, _Turn], ...]


class _Way(NamedTuple):
    """The way from a row to a shape.

    PERF: the attributes are read by one call, and only fields that need more are looked at.

    names, values: Fields, and what reads their attributes off the row. turned: What turns such a
    value into the field's. of_row: What makes a field of the whole row.
    """

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    turned: _Turns
    of_row: _Turns


_ways: dict[tuple[Any, ...], _Way] = {}
"""By shape, type of row, and the fields that come otherwise."""


def _way_to(shape: type[Shape], row: object, further: tuple[str, ...]) -> _Way:
    """Work out a way, and keep it where all rows of the type have the same attributes."""
    hints = get_type_hints(shape, include_extras=True)
    needed = {each.name for each in msgspec.structs.fields(shape) if each.required}
    taken: dict[str, str] = {}
    turned: list[tuple[str, _Turn]] = []
    of_row: list[tuple[str, _Turn]] = []
    for name in shape.__struct_fields__:
        of = _of(name, hints[name])
        lacked = name not in needed and of.attribute and not hasattr(row, of.attribute)
        if name in further or lacked:
            continue
        if of.attribute:
            taken[name] = of.attribute
        if of.through is not None:
            (turned if of.attribute else of_row).append((name, of.through))
    way = _Way(tuple(taken), _reader(*taken.values()), tuple(turned), tuple(of_row))
    if isinstance(row, msgspec.Struct):
        _ways[shape, type(row), *further] = way
    return way


def _reader(*attributes: str) -> Callable[[Any], tuple[Any, ...]]:
    if len(attributes) > 1:
        return attrgetter(*attributes)
    return lambda row: tuple([attrgetter(each)(row) for each in attributes])


def _of(name: str, hint: Any) -> Of:
    if isinstance(hint, type) and issubclass(hint, Shape):
        return Of("", hint.of)
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    own = next((note for note in notes if isinstance(note, Of)), Of())
    return Of(own.attribute or name, own.through)


def settable(shape: type[Shape]) -> Iterator[tuple[str, Any, str]]:
    """Yield name, annotated type and attribute of each field, those of its parts in their place."""
    for name, hint in get_type_hints(shape, include_extras=True).items():
        if isinstance(hint, type) and issubclass(hint, Shape):
            yield from settable(hint)
        else:
            yield name, hint, _of(name, hint).attribute


def _reveal(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value).__name__)


def _mask(value: Any) -> Any:
    if isinstance(value, Secret):
        return MASK
    raise NotImplementedError(type(value).__name__)


_wire = msgspec.json.Encoder(enc_hook=_reveal)
_record = msgspec.json.Encoder(enc_hook=_mask)


def to_wire(value: object) -> bytes:
    """Encode for the caller, secrets revealed."""
    return _wire.encode(value)


def to_record(value: object) -> bytes:
    """Encode for events and snapshots, secrets masked by their type."""
    return _record.encode(value)


def to_builtins(value: object) -> Any:
    """Turn into plain containers for the XML encoder, secrets revealed."""
    return msgspec.to_builtins(value, enc_hook=_reveal)
