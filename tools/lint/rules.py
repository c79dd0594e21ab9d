"""House rules: where clocks, randomness, broad excepts, SQL text and secret comparisons may stand.

Each rule takes a module's dotted name and its syntax tree and yields (line, message).
"""

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache

Finding = tuple[int, str]
Rule = Callable[[str, ast.Module], Iterator[Finding]]

_CLOCKS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
}
_CLOCK_HOMES = ("juyong.base.clock",)
_RANDOM_MODULES = {"random", "secrets", "uuid"}
_RANDOM_HOMES = ("juyong.base.ids", "juyong.base.chance")
_BROAD_HOMES = (
    "juyong.front.exchange",
    "juyong.app.planes",
    "juyong.gateway.pipeline",
    "juyong.worker",
    "juyong.store.sqlite",
    "juyong.waf.judging",
)
_BROAD = {"Exception", "BaseException"}
_SECRET_WORDS = ("secret", "password", "signature", "token", "digest", "mac")
_NETWORK_MODULES = {"pickle", "marshal", "shelve"}


def no_clock_outside_base(module: str, tree: ast.Module) -> Iterator[Finding]:
    """Time is injected; only base.clock reads it (monotonic clocks measure, and are free)."""
    if module.startswith(_CLOCK_HOMES):
        return
    for node in _nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if (name, node.func.attr) in _CLOCKS:
                yield node.lineno, f"{name}.{node.func.attr}() outside base.clock"


def no_randomness_outside_base(module: str, tree: ast.Module) -> Iterator[Finding]:
    """Ids, nonces and secrets are drawn in base.ids."""
    if module.startswith(_RANDOM_HOMES):
        return
    for line, name in _imports(tree):
        if name.split(".")[0] in _RANDOM_MODULES:
            yield line, f"import of {name} outside base.ids"


def no_unsafe_serialisation(_module: str, tree: ast.Module) -> Iterator[Finding]:
    """Nothing that runs code when it reads bytes."""
    for line, name in _imports(tree):
        if name.split(".")[0] in _NETWORK_MODULES:
            yield line, f"import of {name}"


def no_broad_except(module: str, tree: ast.Module) -> Iterator[Finding]:
    """Broad excepts stand in the last stage of the gateway, in loops that go on, and in the store.

    One that does nothing but clean up and raise again is no broad except.
    """
    if module.startswith(_BROAD_HOMES):
        return
    for node in _nodes(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        names = (
            {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
            if node.type
            else {"Exception"}
        )
        raises = any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(node))
        if names & _BROAD and not raises:
            yield node.lineno, "broad except"


_SQL_WRITERS = frozenset(
    {
        "juyong.store.row_sql",
        "juyong.store.log_sql",
        # DuckDB's and ClickHouse's dialects over files, not the platform's database.
        "juyong.engines.logsearch.click_search",
        "juyong.engines.logsearch.click_sql",
        "juyong.engines.logsearch.duck_places",
        "juyong.engines.logsearch.duck_search",
        "juyong.engines.logsearch.duck_sql",
    }
)


def no_sql_by_formatting(module: str, tree: ast.Module) -> Iterator[Finding]:
    """SQL is written by SQLAlchemy Core, never by joining text with values.

    Our own writers join names that tables declare; tests hold them to Core's text, or to effect.
    """
    if module in _SQL_WRITERS:
        return
    for node in _nodes(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        text = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
        words = text.split()
        if words and words[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}:
            yield node.lineno, "SQL by formatting"


def no_equality_on_secrets(_module: str, tree: ast.Module) -> Iterator[Finding]:
    """Secrets are compared with hmac.compare_digest."""
    for node in _nodes(tree):
        if not isinstance(node, ast.Compare):
            continue
        if not all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(s, ast.Constant) for s in sides):
            continue
        for side in sides:
            name = side.id if isinstance(side, ast.Name) else getattr(side, "attr", "")
            if str(name).lower().rstrip("s").endswith(_SECRET_WORDS):
                yield node.lineno, f"`{name}` compared with ==, not in constant time"


def no_inventory_outside_resources(module: str, tree: ast.Module) -> Iterator[Finding]:
    """Only a Resource notes a change, so that each type has one shape in the inventory."""
    if module == "juyong.api.resource" or module.startswith("juyong.store.inventory"):
        return
    for node in _nodes(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in _OF_THE_INVENTORY:
            yield node.lineno, f"`{called.id}` is made by api/resource.py and the store alone"
        if isinstance(called, ast.Attribute) and called.attr == "note":
            holder = called.value
            if (holder.id if isinstance(holder, ast.Name) else getattr(holder, "attr", "")) == (
                "journal"
            ):
                yield node.lineno, "a change is noted by its Resource"


_OF_THE_INVENTORY = frozenset({"Noted", "ResourceRow", "ResourceEventRow", "LinkRow"})

_OUTBOUND = ("http.client", "urllib.request", "httpx", "requests", "aiohttp", "smtplib", "ftplib")
_OUTBOUND += (
    "alibabacloud_oss_v2",
    "botocore",
    "psycopg",
    "psycopg_pool",
    "pymysql",
    "dns.query",
    "dns.resolver",
    "xmlrpc.client",
)
_DIALS = frozenset(
    {"create_connection", "open_connection", "getaddrinfo", "gethostbyname", "sock_connect"}
)
_WAYS_OUT = (
    "juyong.app.fetch",  # what the platform asks by itself
    "juyong.app.downloading",  # feeds
    "juyong.app.outbound",
    "juyong.app.posting",  # notices
    "juyong.front.forward",  # hosts that the operator allowed, for a client
    "juyong.front.tunnel",
    "juyong.front.listener",  # resolves what it listens on
    "juyong.app.named_server",  # a server that the operator named
    "juyong.blobs.bucket",  # the store of blobs that the operator named
    "juyong.services.rds.drivers",  # databases that the operator registered
    "juyong.store.postgres",  # the platform's own database
    "juyong.app.state.views",
    "juyong.testing",  # a server of its own
    "juyong.waf.backends.pool",  # sites that the operator protects
    "juyong.waf.supervisor",  # resolves what it listens on
    "juyong.cli.isolation.relay",  # the proxy, from a network without a road
)
_WITHIN = (
    "juyong.app.control",
    "juyong.app.inside",
    "juyong.base",
    "juyong.cli.isolation",
    "juyong.front",
)
_WITHIN += ("juyong.waf",)
_WITHIN += ("juyong.hsm.process", "juyong.netplane", "juyong.sandbox.child", "juyong.store.hearing")
"""What has sockets that stay within the machine, or that listen."""


def no_way_out_but_the_guarded(module: str, tree: ast.Module) -> Iterator[Finding]:
    """The platform connects to the outside where it is declared, else through `platform.fetch`."""
    if module.startswith(_WAYS_OUT):
        return
    for line, name in _imports(tree):
        if name == "socket" and not module.startswith(_WITHIN):
            yield line, "import of socket: use `platform.fetch`"
        if name.startswith(_OUTBOUND) or (name == "http" and _names_client(tree, line)):
            yield line, f"import of {name}: use `platform.fetch`"
    for node in _nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr in _DIALS:
            yield node.lineno, f"`{node.attr}`: use `platform.fetch`"


def _names_client(tree: ast.Module, line: int) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.lineno == line
        and any(alias.name == "client" for alias in node.names)
        for node in _nodes(tree)
    )


RULES: tuple[Rule, ...] = (
    no_clock_outside_base,
    no_randomness_outside_base,
    no_unsafe_serialisation,
    no_broad_except,
    no_sql_by_formatting,
    no_equality_on_secrets,
    no_inventory_outside_resources,
    no_way_out_but_the_guarded,
)


@lru_cache(maxsize=1)
def _nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return all nodes of a tree; each rule walks the same one."""
    return tuple(ast.walk(tree))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in _nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
