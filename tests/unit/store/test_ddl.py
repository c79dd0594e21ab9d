"""The tables of an empty SQLite file are those that SQLAlchemy Core would make."""

import pytest
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from juyong.api.registry import load_tables
from juyong.store.ddl import creation
from juyong.store.table import all_specs

load_tables()
SPECS = {spec.name: spec for spec in all_specs()}


def plain(text: str) -> str:
    return " ".join(text.replace('"', "").split()).replace("( ", "(").replace(" )", ")")


@pytest.mark.parametrize("name", SPECS)
def test_creation(name: str) -> None:
    core = SPECS[name].table
    table, *indexes = creation(SPECS[name])
    assert plain(table) == plain(str(CreateTable(core).compile(dialect=sqlite.dialect())))
    expected = {plain(str(CreateIndex(i).compile(dialect=sqlite.dialect()))) for i in core.indexes}
    assert {plain(index) for index in indexes} == expected
    assert len(indexes) == len(expected)
