"""Rows as a database keeps them and as services see them: sealed columns, and truth as numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from juyong.base.secret import Secret
from juyong.store.seal import Sealer
from juyong.store.table import TableSpec


def loaded(spec: TableSpec, row: Sequence[Any], sealer: Sealer) -> Any:
    """Make a row of the values of its columns."""
    values: dict[str, Any] = dict(zip(spec.columns, row))  # noqa: B905  # PERF: an option costs as much
    for name in spec.booleans:
        if values[name] is not None:
            values[name] = bool(values[name])
    for name in spec.sealed:
        sealed = values[name]
        if sealed is not None:
            opened = sealer.open(bytes(sealed), _place(spec, name, values))
            values[name] = Secret(opened.decode())
    return spec.row_type(**values)


def sealed_values(
    spec: TableSpec, names: tuple[str, ...], values: tuple[Any, ...], row: Any, sealer: Sealer
) -> tuple[Any, ...]:
    """Seal the values of sealed columns in a row; `names` are its columns."""
    place = {k: getattr(row, k) for k in spec.key}
    return tuple(
        sealer.seal(value.reveal().encode(), _place(spec, name, place))
        if name in spec.sealed and value is not None
        else value
        for name, value in zip(names, values, strict=True)
    )


def _place(spec: TableSpec, column: str, values: Mapping[str, Any]) -> bytes:
    key = "\x1f".join(str(values[k]) for k in spec.key)
    return f"{spec.name}\x1f{column}\x1f{key}".encode()
