"""The countries of addresses, looked up once for each address and joined to the logs."""

from collections.abc import Sequence
from typing import Any, Final

import iptocc

from juyong.engines.logsearch.errors import TooMuchMemory
from juyong.engines.logsearch.sql_places import COUNTRY, KEY, NAME

MOST_ADDRESSES: Final = 1_000_000


def give_countries(database: Any, plain: str, view: str, places: Sequence[str]) -> None:
    """Make a view of another one, with the countries of some keys; `take_back` ends that.

    Raises:
        TooMuchMemory: a key has more than MOST_ADDRESSES different values.

    Cost: reads the columns of the keys once more; 0.1 µs to look an address up, and 1 µs to bring
    the address here and back.
    """
    columns, joins = ["l.*"], [f'FROM "{plain}" l']
    for place in places:
        key, country = f'"{KEY}{place}"', f'"{COUNTRY}{place}"'
        database.execute(
            f'SELECT DISTINCT {key} FROM "{plain}" WHERE {key} IS NOT NULL '
            f"LIMIT {MOST_ADDRESSES + 1}"
        )
        addresses = [address for (address,) in database.fetchall()]
        if len(addresses) > MOST_ADDRESSES:
            raise TooMuchMemory(f"`{NAME}` is of {MOST_ADDRESSES} different addresses at most")
        database.execute(
            f"CREATE OR REPLACE TEMP TABLE {country} AS SELECT "
            "unnest(CAST($addresses AS VARCHAR[])) AS address, "
            "unnest(CAST($codes AS VARCHAR[])) AS code",
            {"addresses": addresses, "codes": iptocc.country_code(addresses)},
        )
        columns.append(f"{country}.code AS {country}")
        joins.append(f"LEFT JOIN {country} ON l.{key} = {country}.address")
    database.execute(
        f'CREATE OR REPLACE TEMP VIEW "{view}" AS SELECT {", ".join(columns)} {" ".join(joins)}'
    )


def take_back(database: Any, places: Sequence[str]) -> None:
    """Remove the rows that were made for some keys."""
    for place in places:
        database.execute(f'DROP TABLE IF EXISTS "{COUNTRY}{place}"')
