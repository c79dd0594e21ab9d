"""The country of an address, as a column `c_<hex>` that `duck_places` joins to the logs.

A function in Python would be asked for each row, and DuckDB has none without numpy. So the function
takes a key of the logs, or a text.

The data is that of the registries, of both families: the country in which the holder of a range is
registered. The data comes with the package `iptocc`, and is as old as the version that is pinned.

Source: SLS user guide, IP functions, ip_to_country_code (documented): two letters of ISO 3166.
Assumed: null for an address that belongs to no country, such as a private one, and for other texts.
"""

from typing import Final

import iptocc
from sqlglot import exp

from juyong.engines.logsearch.errors import SqlInvalid

NAME: Final = "ip_to_country_code"
KEY, COUNTRY = "k_", "c_"


def country_code(given: list[exp.Expr]) -> exp.Expr:
    """Write the column that has the countries of a key, or the country of a text.

    Raises:
        SqlInvalid: the argument is neither.
    """
    (address,) = given
    if isinstance(address, exp.Literal) and address.is_string:
        code = iptocc.country_code(address.name)
        return exp.null() if code is None else exp.Literal.string(code)
    if not (isinstance(address, exp.Column) and address.name.startswith(KEY)):
        raise SqlInvalid(f"`{NAME}` takes a key of the logs that is a text")
    name = exp.to_identifier(COUNTRY + address.name.removeprefix(KEY), quoted=True)
    return exp.Column(this=name, table=address.args.get("table"))


def places_of(tree: exp.Expr) -> tuple[str, ...]:
    """Return the keys whose countries a statement asks for, by the hex of their names.

    tree: Before its functions are written for an engine.
    """
    calls = (call for call in tree.find_all(exp.Anonymous) if call.name == NAME)
    names = {each.name for call in calls for each in call.expressions}
    return tuple(sorted(n.removeprefix(KEY) for n in names if n.startswith(KEY)))
