"""From the SQL that people write to the SQL that an engine runs, or a refusal that says why.

The text is read as Presto's and judged by a list of what is allowed: parts of a SELECT, operators
and the functions of `sql_functions`. All names are replaced, since DuckDB does not tell names apart
by case and knows tables and functions of its own; a name that is written out is hex
behind one of four letters:

    k_<hex>  a key with an index, or a reserved field; n_<hex> when its values are numbers
    u_<hex>  a name that the query gives
    t_<hex>  a table that the query gives, or the logs

SECURITY: whatever is not on a list is refused, so that a new syntax is refused until it is listed.

Source: SLS user guide, SQL syntax and limits (documented).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.presto import Presto
from sqlglot.parsers.duckdb import DuckDBParser
from sqlglot.parsers.presto import PrestoParser

from juyong.base.shown import shown
from juyong.engines.logsearch import sql_dates, sql_places
from juyong.engines.logsearch.columns import hexed
from juyong.engines.logsearch.errors import SqlInvalid, UnsupportedFunction
from juyong.engines.logsearch.index import NUMERIC, Field, IndexConfig
from juyong.engines.logsearch.sql_functions import AGGREGATE, FUNCTIONS, REASONS, WINDOW
from juyong.engines.logsearch.sql_series import Series, series_of
from juyong.engines.logsearch.sql_templates import Templates

USUAL_LIMIT: Final = 100
MOST_LIMIT: Final = 1_000_000
LOGS: Final = "logs"
TIME, TOPIC, SOURCE = "__time__", "__topic__", "__source__"
_MOST_NODES = 4000
_MOST_WRITTEN = 200_000
_MOST_BRACKETS = 100
"""The parser takes a time that grows with the square of a row of brackets."""

Functions = dict[str, Callable[..., Any]]
_KEPT = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")


class _Read(Presto):
    """Presto whose functions are all unknown, so that none is given another meaning."""

    class Parser(PrestoParser):
        FUNCTIONS: ClassVar[Functions] = {}
        FUNCTION_PARSERS: ClassVar[Functions] = {
            name: parser for name, parser in PrestoParser.FUNCTION_PARSERS.items() if name in _KEPT
        }


class _Write(DuckDB):
    """DuckDB whose functions are all unknown, for templates."""

    class Parser(DuckDBParser):
        FUNCTIONS: ClassVar[Functions] = {}
        FUNCTION_PARSERS: ClassVar[Functions] = {
            name: parser for name, parser in DuckDBParser.FUNCTION_PARSERS.items() if name in _KEPT
        }


_TEMPLATES: Final = Templates(_Write, sql_dates.timestamp)
_ALLOWED: Final = frozenset(
    {
        *(exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.With, exp.CTE),
        *(exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered),
        *(exp.Limit, exp.Offset, exp.Distinct, exp.Alias, exp.Column, exp.Identifier, exp.Star),
        *(exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between),
        *(exp.Like, exp.Escape, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType),
        *(exp.DataTypeParam, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe),
        *(exp.Interval, exp.Var, exp.Anonymous, exp.Window, exp.WindowSpec, exp.Filter),
        *(exp.Lambda, exp.Array, exp.Bracket, exp.Unnest, exp.TableAlias, exp.Table, exp.Exists),
        *(exp.Extract, exp.Substring, exp.StrPosition, exp.GroupingSets, exp.Cube, exp.Rollup),
        *(exp.CurrentDate, exp.CurrentTimestamp, exp.Coalesce),
    }
)
_PARTS: Final[Mapping[type[exp.Expr], frozenset[str]]] = {
    exp.Select: frozenset(
        {"expressions", "from_", "with_", "joins", "where", "group", "having", "order", "limit"}
        | {"offset", "distinct"}
    ),
    exp.Table: frozenset({"this", "alias"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.Limit: frozenset({"expression"}),
    exp.Offset: frozenset({"expression"}),
    exp.Star: frozenset(),
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
}
"""The parts that a node may have; a node that is not here may have any."""
_TYPES: Final = frozenset(
    {"BIGINT", "INT", "SMALLINT", "TINYINT", "DOUBLE", "FLOAT", "DECIMAL", "VARCHAR", "BOOLEAN"}
    | {"DATE", "TIMESTAMP", "TIMESTAMPTZ", "JSON", "ARRAY", "MAP", "TEXT", "CHAR", "TIME"}
)
_WORD = re.compile(r"[A-Za-z_]+")


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """SQL that an engine runs over a view `t_<hex of logs>`.

    results: names of the columns of the result; empty where `*` stands for columns that only
    the engine knows. names: what the query calls each name that it gives, by the name's hex.
    limit: the most rows. series: the steps of time to fill, if the query asks for any. places: the
    keys whose countries the query asks for, by the hex of their names.
    """

    sql: str
    results: tuple[str, ...]
    names: dict[str, str]
    limit: int
    series: Series | None = None
    places: tuple[str, ...] = ()


def translate(
    sql: str,
    index: IndexConfig,
    logstore: str = "",
    stores: Mapping[str, IndexConfig] | None = None,
    write: Callable[[exp.Expr], str] | None = None,
) -> Translated:
    """Translate the SQL part of a query.

    Args:
        sql: The text behind `|`.
        index: Its keys with `doc_value` are the columns; of several logstores, those of all.
        logstore: A name that FROM may use, next to `log`.
        stores: Where FROM names logstores: the index of each, by name; their views are
            `t_<hex of the name>`.
        write: Writes the tree, which was judged and has its names replaced, for an engine; None:
            for DuckDB.

    Raises:
        UnsupportedFunction: a function that is not in the table; the text names the function.
        SqlInvalid: no SELECT, or a part that is not allowed.
    """
    try:
        return _Translator(index, logstore, stores or {}, write or _duck_text).translated(
            parsed(sql)
        )
    except RecursionError:
        raise SqlInvalid("the SQL nests too deeply") from None


def parsed(sql: str) -> exp.Expr:
    """Read SQL as Presto's; nothing of the statement is judged yet.

    Raises:
        SqlInvalid: the text is no single SELECT.
    """
    if sql.count("[") > _MOST_BRACKETS:
        raise SqlInvalid(f"the SQL has more than {_MOST_BRACKETS} brackets")
    try:
        trees = sqlglot.parse(sql, dialect=_Read)
    except sqlglot.errors.SqlglotError as bad:
        raise SqlInvalid(_reason(bad)) from None
    if len(trees) != 1 or trees[0] is None or sql.rstrip().endswith(";"):
        raise SqlInvalid("the SQL must be one statement, without `;`")
    tree = trees[0]
    if not isinstance(tree, exp.Select | exp.Union | exp.Except | exp.Intersect):
        raise SqlInvalid("only SELECT is allowed")
    return tree


def _reason(bad: sqlglot.errors.SqlglotError) -> str:
    found = getattr(bad, "errors", None)
    if found:
        first = found[0]
        return f"line {first['line']}, column {first['col']}: {first['description']}"
    return "the SQL cannot be read"


class _Translator:
    def __init__(
        self,
        index: IndexConfig,
        logstore: str,
        stores: Mapping[str, IndexConfig],
        write: Callable[[exp.Expr], str],
    ) -> None:
        self.stores = stores
        self.write = write
        self.columns = columns_of(index)
        self.written = written_columns(index)
        self.lower: dict[str, list[str]] = {}
        for name in self.columns:
            self.lower.setdefault(name.lower(), []).append(name)
        self.logs = {name.lower(): name for name in stores}
        if not stores:
            self.logs = {name: LOGS for name in ("log", logstore.lower()) if name}
        self.tables: set[str] = set()
        self.names: dict[str, str] = {}

    def translated(self, tree: exp.Expr) -> Translated:
        self.judge(tree)
        refuse_growth(tree, _duck_copies)
        self.tables = {_name(each.args["alias"].this) for each in tree.find_all(exp.CTE)}
        if self.tables & self.logs.keys():
            raise SqlInvalid("the name of the logs cannot be given to another table")
        aliases = {each.alias.lower() for each in tree.find_all(exp.Table, exp.Subquery)}
        aliases |= {each.alias.lower() for each in tree.find_all(exp.Unnest)}
        self.aliases = (self.tables | self.logs.keys() | aliases) - {""}
        limit = _limited(tree)
        series = series_of(tree, limit)
        if series is not None and self.stores:
            raise SqlInvalid("time_series is of the time of one logstore")
        for select in [*tree.find_all(exp.Select)]:
            if select.args.get("from_") is None:
                if self.stores:
                    raise SqlInvalid("FROM must name a logstore of the project")
                select.set("from_", exp.From(this=exp.Table(this=exp.to_identifier("log"))))
        self.name_results(tree)
        self.spread_stars(tree)
        shown_names = self.result_names(tree)
        self.rename(tree)
        places = sql_places.places_of(tree)
        if places and (self.stores or _has_star(tree)):
            what = "a key of one logstore" if self.stores else "no `*` of a join next to it"
            raise SqlInvalid(f"`{sql_places.NAME}` takes {what}")
        return Translated(
            sql=self.write(tree),
            results=shown_names,
            names=self.names,
            limit=limit,
            series=series,
            places=places,
        )

    def judge(self, tree: exp.Expr) -> None:
        """Refuse whatever is not allowed."""
        for number, node in enumerate(tree.walk()):
            if number > _MOST_NODES:
                raise SqlInvalid("the SQL is too long")
            if type(node) not in _ALLOWED:
                raise SqlInvalid(f"{shown(node.key.upper())} is not supported")
            allowed = _PARTS.get(type(node))
            for part, value in node.args.items():
                if allowed is not None and value and part not in allowed:
                    raise SqlInvalid(f"{shown(part.strip('_').upper())} is not supported")
            _judge_node(node)

    def key(self, name: str) -> str | None:
        """Return the key that a name means; case counts only where keys differ in it."""
        if name in self.columns:
            return name
        found = self.lower.get(name.lower(), [])
        if len(found) > 1:
            raise SqlInvalid(f"Column {name!r} is ambiguous; keys differ in case only")
        return found[0] if found else None

    def renamed(self, name: str) -> str:
        key = self.key(name)
        if key is not None:
            return self.written[self.columns[key]]
        made = hexed(name.lower())
        self.names.setdefault(made, name)
        return "u_" + made

    def rename(self, tree: exp.Expr) -> None:
        for column in [*tree.find_all(exp.Column)]:
            self.join_dots(column)
        for node in [*tree.find_all(exp.Identifier)]:
            parent, part = node.parent, node.arg_key
            is_table = (
                isinstance(parent, exp.Table)
                or (isinstance(parent, exp.Column) and part == "table")
                or (isinstance(parent, exp.TableAlias) and part == "this")
            )
            new = self.table(node) if is_table else self.renamed(node.name)
            node.replace(exp.to_identifier(new, quoted=True))

    def table(self, node: exp.Identifier) -> str:
        name = node.name.lower()
        if isinstance(node.parent, exp.Table) and node.arg_key == "this":
            if name in self.logs:
                return "t_" + hexed(self.logs[name])
            if name not in self.tables:
                where = "" if self.stores else "; the logs are `log`"
                raise SqlInvalid(f"Table {node.name!r} does not exist{where}")
        if name in self.logs and isinstance(node.parent, exp.Column):
            return "t_" + hexed(self.logs[name])
        return "t_" + hexed(name + "'")

    def join_dots(self, column: exp.Column) -> None:
        """Read `event.eventName` as the name of a key where `event` is no table."""
        if isinstance(column.this, exp.Star):
            return
        parts = [part.name for part in column.parts]
        if len(parts) > 1 and parts[0].lower() not in self.aliases:
            column.replace(exp.column(".".join(parts), quoted=True))
        elif len(parts) > 2:  # noqa: PLR2004  # table.name
            name = exp.to_identifier(".".join(parts[1:]), quoted=True)
            column.replace(exp.Column(this=name, table=exp.to_identifier(parts[0])))

    def result_names(self, tree: exp.Expr) -> tuple[str, ...]:
        """Return the names of the result: an alias of a key is shown as it is written."""
        names = []
        for each in _first_select(tree).expressions:
            if isinstance(each, exp.Star) or isinstance(each.this, exp.Star):
                return ()
            name = each.alias_or_name
            if isinstance(each, exp.Column):
                parts = [part.name for part in each.parts]
                dotted = parts if parts[0].lower() not in self.aliases else parts[1:]
                name = ".".join(dotted)
                key = self.key(name)
                name = key if key is not None and key.lower() == name.lower() else name
            names.append(name)
        return tuple(names)

    def name_results(self, tree: exp.Expr) -> None:
        """Give columns that have no name the one that Presto gives."""
        for number, each in enumerate(_first_select(tree).expressions):
            if not isinstance(each, exp.Alias | exp.Column | exp.Star):
                each.replace(exp.alias_(each.copy(), f"_col{number}", quoted=True))

    def spread_stars(self, tree: exp.Expr) -> None:
        """Write out `*` where it stands for the logs alone, in the order of the index."""
        for select in tree.find_all(exp.Select):
            source = select.args.get("from_")
            table = source.this if source is not None else None
            name = table.name.lower() if isinstance(table, exp.Table) else ""
            if name not in self.logs or select.args.get("joins"):
                continue
            for star in [each for each in select.expressions if isinstance(each, exp.Star)]:
                at = select.expressions.index(star)
                own = self.stores.get(self.logs[name])
                keys = (columns_of(own) if own else self.columns).values()
                names = [exp.column(name, quoted=True) for name in dict.fromkeys(keys)]
                rest = select.expressions
                select.set("expressions", [*rest[:at], *names, *rest[at + 1 :]])


def sql_fields(index: IndexConfig) -> list[Field]:
    """Return the keys that SQL has a column of, next to the reserved fields."""
    return [f for f in index.keys if f.doc_value and f.name not in {TIME, TOPIC, SOURCE}]


def written_columns(index: IndexConfig) -> dict[str, str]:
    """Return how the SQL that runs names the columns of the logs, by key."""
    written = {TIME: "n_" + hexed(TIME)} | {name: "k_" + hexed(name) for name in (TOPIC, SOURCE)}
    for field in sql_fields(index):
        written[field.name] = ("n_" if field.type in NUMERIC else "k_") + hexed(field.name)
    return written


def columns_of(index: IndexConfig) -> dict[str, str]:
    """Return the names that SQL may use, with the key of each: an alias means its key."""
    keys = {name: name for name in (TIME, TOPIC, SOURCE)}
    fields = sql_fields(index)
    keys |= {field.name: field.name for field in fields}
    return keys | {f.alias: f.name for f in fields if f.alias and f.alias not in keys}


def _first_select(tree: exp.Expr) -> exp.Select:
    select = tree
    while not isinstance(select, exp.Select):
        select = select.this
    return select


def _has_star(tree: exp.Expr) -> bool:
    """Tell whether `*` stands for columns that only DuckDB knows."""
    listed = (each for select in tree.find_all(exp.Select) for each in select.expressions)
    return any(isinstance(each, exp.Star) or isinstance(each.this, exp.Star) for each in listed)


def _name(identifier: exp.Expr) -> str:
    return identifier.name.lower()


def _limited(tree: exp.Expr) -> int:
    """Find the most rows that may come; where none is named, the usual number is written."""
    for each in tree.find_all(exp.Limit, exp.Offset):
        number = each.expression
        if not isinstance(number, exp.Literal) or number.is_string or not number.name.isdigit():
            raise SqlInvalid("LIMIT takes whole numbers")
        if int(number.name) > MOST_LIMIT:
            raise SqlInvalid(f"LIMIT is at most {MOST_LIMIT}")
    limit = tree.args.get("limit")
    if limit is None:
        tree.set("limit", exp.Limit(expression=exp.Literal.number(USUAL_LIMIT)))
        return USUAL_LIMIT
    return int(limit.expression.name)


def _check_function(call: exp.Anonymous) -> None:
    name = call.name.lower()
    function = FUNCTIONS.get(name)
    if function is None:
        reason = REASONS.get(name)
        because = f": {reason}" if reason else ""
        raise UnsupportedFunction(f"function {shown(name)} is not supported{because}")
    given = call.expressions
    count = sum(len(each.expressions) if isinstance(each, exp.Distinct) else 1 for each in given)
    if count < function.least or (function.most is not None and count > function.most):
        raise SqlInvalid(f"{shown(name)} takes {function.arguments} arguments, not {count}")
    if any(isinstance(each, exp.Query) for each in given):
        raise SqlInvalid("a subquery needs parentheses of its own")
    if any(isinstance(each, exp.Distinct | exp.Star | exp.Order) for each in given) and (
        function.kind != AGGREGATE
    ):
        raise SqlInvalid(f"{shown(name)} is no aggregate")
    if function.kind == WINDOW and not isinstance(call.parent, exp.Window):
        raise SqlInvalid(f"{shown(name)} needs OVER")


def _judge_node(node: exp.Expr) -> None:
    match node:
        case exp.Anonymous():
            node.set("this", node.name.lower())
            _check_function(node)
        case exp.DataType() if node.this.value not in _TYPES:
            raise SqlInvalid(f"the type {shown(node.this.value)} is not supported")
        case exp.Var() if not _WORD.fullmatch(node.name):
            raise SqlInvalid(f"{shown(node.name)} is not supported")
        case exp.Select() if not node.expressions:
            raise SqlInvalid("SELECT without selection list")
        case exp.Table() if not isinstance(node.this, exp.Identifier):
            raise SqlInvalid("a function cannot be a table")
        case exp.Union() | exp.Except() | exp.Intersect():
            _need_rows(node.this, node.expression)
        case exp.Subquery() | exp.CTE():
            _need_rows(node.this)
        case _:
            pass


def _need_rows(*parts: exp.Expr) -> None:
    if not all(isinstance(part, exp.Query) for part in parts):
        raise SqlInvalid("SELECT is missing where rows are expected")


def refuse_growth(tree: exp.Expr, copies: Callable[[exp.Expr], int]) -> None:
    """Refuse SQL that grows too long when its functions are written out, before it does.

    A template may hold an argument several times, so that nested calls multiply.

    Args:
        tree: A statement.
        copies: Returns how often what is in a node is written for the node.

    Raises:
        SqlInvalid: the statement would have too many nodes.
    """
    sizes: dict[int, int] = {}
    for node in reversed([*tree.walk()]):
        size = 1 + sum(sizes[id(child)] for child in node.iter_expressions())
        sizes[id(node)] = size * copies(node)
    if sizes[id(tree)] > _MOST_WRITTEN:
        raise SqlInvalid("the SQL is too long when its functions are written out")


def _duck_copies(node: exp.Expr) -> int:
    function = FUNCTIONS.get(node.name) if isinstance(node, exp.Anonymous) else None
    return 1 if function is None else function.copies


def _duck_text(tree: exp.Expr) -> str:
    return _rewritten(tree).sql(dialect=_Write, comments=False)


def _rewritten(tree: exp.Expr) -> exp.Expr:
    """Put DuckDB's form for each function and operator, from the inside out."""
    for node in reversed([*tree.walk()]):
        new: exp.Expr | None = None
        if isinstance(node, exp.Anonymous):
            new = _called(node)
        elif isinstance(node, exp.Cast | exp.TryCast):
            sql_dates.cast(node)
        elif isinstance(node, exp.Div):
            node.set("typed", False)  # noqa: FBT003  # DuckDB is told to divide as Presto does
            node.set("safe", False)  # noqa: FBT003
        elif isinstance(node, exp.CurrentTimestamp):
            new = _TEMPLATES.filled("CAST(now() AS TIMESTAMP)", ())
        if new is not None:
            if node is tree:
                tree = new
            node.replace(new)
    return tree


def _called(call: exp.Anonymous) -> exp.Expr | None:
    function = FUNCTIONS.get(call.name.lower())
    if function is None:
        return None
    if function.name == sql_places.NAME:
        return sql_places.country_code(call.expressions)
    special = sql_dates.SPECIAL.get(function.name)
    if special is not None:
        return special(call.expressions)
    return _TEMPLATES.filled(function.template, call.expressions)
