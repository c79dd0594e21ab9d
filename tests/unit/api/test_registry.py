"""Products and operations are found whatever the order, and never one in place of another."""

import asyncio
import importlib
import random
import sys
import threading
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.on_thread import on_thread
from juyong.api.operation import Route, operation
from juyong.api.operation_index import OperationIndex
from juyong.api.product import Product
from juyong.api.registry import Registry


def product(code: str, *hosts: str, version: str = "2020-01-01") -> Product:
    return Product(code=code, ram_code="x", version=version, hosts=hosts, title=code)


def declared(into: Product, name: str, path: str = "", method: str = "GET") -> None:
    route = Route(method=method, path=path) if path else None

    @operation(into, name, entry=Entry.IDENTIFIED, route=route)
    def function(ctx: object) -> None:
        """Do nothing."""


def test_two_products_of_one_version_at_one_host_are_refused_by_name() -> None:
    for one, other in permutations((product("One", "a.x"), product("Other", "b.x", "a.x"))):
        with pytest.raises(TypeError, match=r"One and Other|Other and One"):
            Registry({"one": one, "other": other})


def test_two_patterns_that_match_one_host_are_refused_by_name() -> None:
    one = product("One", "{bucket}.oss-{region}.x")
    other = product("Other", "kms.oss-cn-hangzhou.x", version="2021-01-01")
    for first, second in permutations((one, other)):
        with pytest.raises(TypeError, match=r"(?=.*of One)(?=.*of Other)"):
            Registry({"first": first, "second": second})


def test_products_share_a_host_by_version_and_a_version_by_host() -> None:
    old, new = product("Old", "fc.x"), product("New", "fc.x", "fcv3.x", version="2023-01-01")
    twin = product("Twin", "kms.x")
    named = {"old": old, "new": new, "twin": twin}
    for order in permutations(named):
        served = Registry({name: named[name] for name in order})
        assert set(served.at_host("fc.x", "")[0]) == {old, new}
        assert served.at_host("fcv3.x", "")[0] == (new,)
        assert served.at_host("kms.x", "")[0] == (twin,)
        assert set(served.of_version("2020-01-01")) == {old, twin}


def test_what_hosts_mean_does_not_depend_on_the_order_of_products() -> None:
    packages = dict(registry.packages())
    hosts = [
        host.replace("{region}", "cn-beijing")
        .replace("{account}", "1")
        .replace("{instance}", "k")
        .replace("{bucket}", "b")
        .replace("{project}", "p")
        for each in packages.values()
        for host in each.hosts
    ]
    expected = {host: set(registry.current().at_host(host, "")[0]) for host in hosts}
    assert all(expected.values())
    for seed in range(5):
        names = list(packages)
        random.Random(seed).shuffle(names)  # noqa: S311  # an order, no secret
        served = Registry({name: packages[name] for name in names})
        assert {host: set(served.at_host(host, "")[0]) for host in hosts} == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("/a", "/a"), ("/a/{x}", "/a/{y}"), ("/a/{x}", "/a/b"), ("/{x}/b", "/a/{y}")],
)
def test_routes_that_match_one_request_are_refused_by_name(one: str, other: str) -> None:
    for first, second in permutations((one, other)):
        roa = product("Roa", "roa.x")
        declared(roa, "First", first)
        with pytest.raises(TypeError, match=r"(?=.*First)(?=.*Second)"):
            declared(roa, "Second", second)


def test_routes_that_differ_in_a_literal_segment_length_or_method_are_kept() -> None:
    roa = product("Roa", "roa.x")
    for name, method, path in [
        ("List", "GET", "/a"),
        ("Get", "GET", "/a/{x}"),
        ("Put", "PUT", "/a/{x}"),
        ("GetCode", "GET", "/a/{x}/code"),
        ("GetTags", "GET", "/a/{x}/tags"),
    ]:
        declared(roa, name, path, method)
    assert len(OperationIndex.of_loaded(roa).routes) == 5


def test_the_index_read_from_sources_is_what_importing_registers() -> None:
    registry.load_all()
    seen = 0
    for package, each in registry.packages().items():
        read = OperationIndex.of_sources(package, *each.also_in, places=each.places)
        loaded = OperationIndex.of_loaded(each)
        assert dict(read.modules) == dict(loaded.modules)
        routes = [
            {(n, r.method, r.path, r.marked) for n, r in index.routes} for index in (read, loaded)
        ]
        assert routes[0] == routes[1]
        seen += len(read.modules)
    assert seen >= 280


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable package `lazy_sample`, with a product and two modules of operations."""
    folder = tmp_path / "lazy_sample"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "product.py").write_text(
        "from juyong.api.product import Product\n"
        "PRODUCT = Product(code='Sample', ram_code='x', version='2020-01-01',"
        " hosts=('sample.x',), title='Sample')\n"
    )
    for name in ("one", "other"):
        (folder / f"{name}.py").write_text(
            "import threading\n"
            "from juyong.api.access import Entry\n"
            "from juyong.api.operation import operation\n"
            "from lazy_sample.product import PRODUCT\n"
            "BY = threading.get_ident()\n\n"
            f"@operation(PRODUCT, 'Get{name.title()}', entry=Entry.IDENTIFIED, imports=('wave',))\n"
            "def function(ctx):\n    return None\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    yield folder
    for name in [name for name in sys.modules if name.startswith("lazy_sample")]:
        del sys.modules[name]


def lazily(package: Path) -> tuple[Registry, Product]:
    module = importlib.import_module("lazy_sample.product")
    return Registry({"lazy_sample": module.PRODUCT}), module.PRODUCT


def test_a_first_call_imports_the_operations_module_alone_and_on_another_thread(
    package: Path,
) -> None:
    served, sample = lazily(package)

    async def calls() -> None:
        found = await asyncio.gather(*(served.operation(sample, "GetOne") for _ in range(50)))
        assert {each.name for each in found} == {"GetOne"}

    asyncio.run(calls())
    assert threading.get_ident() != sys.modules["lazy_sample.one"].BY
    assert "lazy_sample.other" not in sys.modules
    assert "wave" in sys.modules


def test_an_operation_that_does_not_exist_imports_nothing(package: Path) -> None:
    served, sample = lazily(package)
    with pytest.raises(KeyError):
        asyncio.run(served.operation(sample, "GetNothing"))
    assert not {"lazy_sample.one", "lazy_sample.other"} & set(sys.modules)


def test_a_module_that_failed_to_import_is_tried_again(package: Path) -> None:
    good = (package / "one.py").read_text()
    (package / "one.py").write_text(good + "\nraise RuntimeError('broken')\n")
    served, sample = lazily(package)
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(served.operation(sample, "GetOne"))
    (package / "one.py").write_text(good + "\n# mended\n")
    assert asyncio.run(served.operation(sample, "GetOne")).name == "GetOne"


def test_a_key_error_of_an_import_is_not_taken_for_a_missing_operation(package: Path) -> None:
    (package / "one.py").write_text((package / "one.py").read_text() + "\n{}['broken']\n")
    served, sample = lazily(package)
    with pytest.raises(ImportError, match=r"lazy_sample\.one"):
        asyncio.run(served.operation(sample, "GetOne"))


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ("NAME = str('x')\n\n@operation(P, NAME)\ndef f(): ...\n", "must be a text"),
        ("@operation(P, 'GetOther')\ndef f(): ...\n", r"one and in .*\.other|other and in .*\.one"),
        ("@operation(P, 'X', route=MADE)\ndef f(): ...\n", "written out as a Route"),
    ],
)
def test_an_operation_whose_source_does_not_say_what_it_is_is_refused(
    package: Path, changed: str, match: str
) -> None:
    (package / "one.py").write_text(changed)
    with pytest.raises(TypeError, match=match):
        OperationIndex.of_sources("lazy_sample")


def test_a_decorator_of_the_product_stands_for_one_path(package: Path) -> None:
    (package / "one.py").write_text(
        "NAME = 'PutThing'\n\n"
        "@on_thing(NAME, 'PUT', 'a b', root='Thing')\ndef f(): ...\n\n"
        "@on_thing('GetThing', 'GET')\ndef g(): ...\n\n"
        "@elsewhere('GetOther', 'GET')\ndef h(): ...\n"
    )
    read = OperationIndex.of_sources("lazy_sample", places={"on_thing": "/{thing}"})
    routes = [(name, each.method, each.path, each.marks) for name, each in read.routes]
    assert routes == [("PutThing", "PUT", "/{thing}", "a b"), ("GetThing", "GET", "/{thing}", "")]
    assert read.modules["PutThing"] == "lazy_sample.one"
    (package / "one.py").write_text("@on_thing(str('x'), 'PUT')\ndef f(): ...\n")
    with pytest.raises(TypeError, match="must be a text"):
        OperationIndex.of_sources("lazy_sample", places={"on_thing": "/{thing}"})


@pytest.fixture
def faces(package: Path) -> Iterator[Path]:
    """Two products, `lazy_sample` and `lazy_other`, and operations of both in `lazy_model`."""
    for folder, code in (("lazy_model", ""), ("lazy_other", "Other")):
        (package.parent / folder).mkdir()
        (package.parent / folder / "__init__.py").touch()
        if code:
            text = (package / "product.py").read_text().replace("Sample", code)
            (package.parent / folder / "product.py").write_text(text.replace("sample.x", "other.x"))
    for folder in ("lazy_sample", "lazy_other"):
        product = package.parent / folder / "product.py"
        product.write_text(product.read_text()[:-2] + ", also_in=('lazy_model',))\n")
    (package.parent / "lazy_model" / "both.py").write_text(
        "from juyong.api.access import Entry, acs\n"
        "from juyong.api.operation import operation\n"
        "from juyong.api.resource import Target\n"
        "from lazy_other.product import PRODUCT as OTHER\n"
        "from lazy_sample.product import PRODUCT as SAMPLE\n\n"
        "def by(name):\n"
        "    return Target(\n"
        "        parameters={name: str}, arn=acs('x', '{' + name + '}'),\n"
        "        find=lambda ctx, arguments: arguments[name], errors=(),\n"
        "    )\n\n"
        "@operation({SAMPLE: by('name'), OTHER: by('label')}, 'GetBoth')\n"
        "def get_both(ctx, row): return row\n\n"
        "@operation((SAMPLE, OTHER), 'ListBoth', entry=Entry.IDENTIFIED)\n"
        "def list_both(ctx): return None\n\n"
        "@operation(OTHER, 'GetMine', entry=Entry.IDENTIFIED)\n"
        "def get_mine(ctx): return None\n"
    )
    yield package.parent
    for name in [name for name in sys.modules if name.startswith(("lazy_model", "lazy_other"))]:
        del sys.modules[name]


@pytest.mark.usefixtures("faces")
def test_a_function_may_be_an_operation_of_several_products() -> None:
    sample = importlib.import_module("lazy_sample.product").PRODUCT
    other = importlib.import_module("lazy_other.product").PRODUCT
    served = Registry({"lazy_sample": sample, "lazy_other": other})
    one, two = (asyncio.run(served.operation(each, "GetBoth")) for each in (sample, other))
    assert one.function is two.function
    assert [field.name for each in (one, two) for field in each.fields] == ["name", "label"]
    assert [each.action for each in (one, two)] == ["x:GetBoth", "x:GetBoth"]
    assert one.run(None, {"name": "a"}) == "a"  # type: ignore[arg-type]  # it asks nothing of it
    assert two.run(None, {"label": "b"}) == "b"  # type: ignore[arg-type]  # as above
    assert set(sample.operations) == {"GetBoth", "ListBoth"}
    assert set(other.operations) == {"GetBoth", "ListBoth", "GetMine"}


@pytest.mark.usefixtures("faces")
def test_sources_tell_whose_an_operation_in_a_shared_package_is() -> None:
    sample = OperationIndex.of_sources("lazy_sample", "lazy_model")
    other = OperationIndex.of_sources("lazy_other", "lazy_model")
    assert set(sample.modules) == {"GetOne", "GetOther", "GetBoth", "ListBoth"}
    assert dict(other.modules) == dict.fromkeys(
        ("GetBoth", "ListBoth", "GetMine"), "lazy_model.both"
    )


def test_overlapping_routes_are_refused_before_anything_is_imported(package: Path) -> None:
    for name, path in (("one", "/a/{x}"), ("other", "/a/b")):
        (package / f"{name}.py").write_text(
            f"PATH = {path!r}\n\n"
            f"@operation(P, 'Get{name.title()}', route=Route(method='GET', path=PATH))\n"
            "def f(): ...\n"
        )
    with pytest.raises(TypeError, match="GetOne and GetOther"):
        OperationIndex.of_sources("lazy_sample")


def test_work_is_done_once_and_a_cancelled_caller_leaves_it_to_the_others() -> None:
    begun, go, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go.wait()
        done.append(threading.get_ident())

    async def scene() -> None:
        callers = [asyncio.create_task(on_thread("key", work)) for _ in range(3)]
        await asyncio.to_thread(begun.wait)
        callers[0].cancel()
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*callers[1:])
        assert callers[0].cancelled()

    asyncio.run(scene())
    assert len(done) == 1
    assert done[0] != threading.get_ident()


def test_a_caller_cancelled_before_the_work_began_takes_it_from_nobody() -> None:
    first, done = threading.Event(), []

    async def scene() -> None:
        busy = asyncio.create_task(on_thread("busy", first.wait))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(on_thread("next", lambda: done.append(1))) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        first.set()
        await asyncio.gather(busy, waiting[1])

    asyncio.run(scene())
    assert done == [1]
