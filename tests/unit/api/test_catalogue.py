"""Catalogues of published names: what is served is in one, and what is not says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from juyong.api import catalogue, registry
from juyong.api.catalogue import Catalogue, published
from juyong.api.product import Product, because
from juyong.api.refusals import GENERAL, Refusals

registry.load_all()
PRODUCTS = {f"{p.code} {p.version}": p for p in registry.packages().values()}

UNPUBLISHED = {
    ("Ram", "GetServiceLinkedRoleDeletionStatus"): "documented by RAM",
    ("FC", "DownloadFunctionCode"): "follows the address that GetFunctionCode answers",
    ("Kms", "UpdateKmsInstance"): "never published, and called by Terraform",
    **{
        ("Sls", f"{verb}Resource{end}"): "called by the log SDKs and by Terraform"
        for verb, end in (
            *(("Create", ""), ("Get", ""), ("List", "s")),
            *(("Update", ""), ("Delete", "")),
        )
    },
    **{
        ("Sls", f"{verb}Job"): "called by the log SDKs and by Terraform"
        for verb in ("Create", "Update", "Get", "Delete", "Enable", "Disable")
    },
    ("Sls", "ModifyJobInstanceState"): "called by the log SDKs",
    ("Oss", "OptionBucket"): "asked by browsers before a form, and answered by OptionObject's rule",
    ("Oss", "PostObject"): "documented by OSS, and called by forms of pages, which no SDK sends",
}
"""Names that we serve or refuse and no edition has, each with what asks for it."""


@pytest.fixture(params=sorted(PRODUCTS))
def product(request: pytest.FixtureRequest) -> Product:
    return PRODUCTS[request.param]


def test_a_catalogue_is_read_as_it_was_written() -> None:
    made = Catalogue({"a": "one 1.0: of 2026", "b": "two 2.0"}, {"GetB": "ab", "GetA": "b"})
    text = made.text("Greeter 2026-01-01")
    assert Catalogue.parsed(text) == made
    assert text.splitlines()[1:] == ["a: one 1.0: of 2026", "b: two 2.0", "GetA b", "GetB ab"]


def test_every_product_has_a_catalogue_of_dated_editions(product: Product) -> None:
    found = published(product.code, product.version)
    assert found.editions
    assert all(re.search(r"\b20\d\d-\d\d(-\d\d)?$", each) for each in found.editions.values())
    assert all(set(letters) <= found.editions.keys() for letters in found.names.values())
    assert all(re.fullmatch(r"[A-Z]\w+", name) for name in found.names)


def test_every_catalogue_is_of_a_product() -> None:
    folder = Path(catalogue.__file__).parent
    files = {catalogue.file_name(p.code, p.version) for p in PRODUCTS.values()}
    assert {file.name for file in folder.glob("*.txt")} == files


def test_what_is_served_or_refused_is_published() -> None:
    unpublished = {
        (product.code, name)
        for product in PRODUCTS.values()
        for name in {*product.operations, *Refusals(product, product.operations).names}
        - published(product.code, product.version).names.keys()
    }
    assert unpublished == UNPUBLISHED.keys()


def test_every_rule_gives_a_reason_for_some_operation(product: Product) -> None:
    refusals = Refusals(product, product.operations)
    used = {refusals.rule_for(name) for name in refusals.names}
    assert set(product.refused) - used == set()


def test_rules_are_few() -> None:
    names = sum(len(Refusals(p, p.operations).names) for p in PRODUCTS.values())
    rules = sum(len(p.refused) for p in PRODUCTS.values())
    assert names > 900
    assert rules < names / 4


def test_a_name_goes_before_patterns_and_patterns_in_their_order() -> None:
    rules = because({"disks": "*Disk*", "keys": "ResetDiskDefaultKMSKeyId *Disks", "never": "NoOp"})
    product = Product(
        code="Ecs", ram_code="ecs", version="2014-05-26", hosts=(), title="", refused=rules
    )
    refusals = Refusals(product, {"CreateKeyPair", "ResetDisk"})
    assert refusals.why("DescribeDisks") == "disks"
    assert refusals.why("ResetDiskDefaultKMSKeyId") == "keys"
    assert refusals.why("RunInstances") == GENERAL
    assert refusals.why("NoOp") == "never"
    for name in ("CreateKeyPair", "ResetDisk", "runinstances", "*Disk*", "NoSuchDisk", ""):
        assert refusals.why(name) is None


def test_a_rule_has_one_reason() -> None:
    with pytest.raises(TypeError, match=r"`\*Disk\*` has two reasons"):
        because({"disks": "*Disk*", "more": "NoOp *Disk*"})


def test_a_product_without_catalogue_refuses_what_it_names() -> None:
    product = Product(
        code="Greeter",
        ram_code="greeter",
        version="2026-01-01",
        hosts=(),
        title="",
        refused={"SingGreeting": "no voice", "*": "never"},
    )
    refusals = Refusals(product, ())
    assert (refusals.why("SingGreeting"), refusals.why("Other")) == ("no voice", None)


def test_a_start_of_the_commands_reads_no_catalogue() -> None:
    code = (
        "import sys, juyong.cli.start, juyong.app.platform\n"
        "from juyong.api import registry; registry.current()\n"
        "print([name for name in sys.modules if name.startswith('juyong.api.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "juyong.api.registry" in done.stdout
    assert "juyong.api.catalogue" not in done.stdout
    assert "juyong.api.refusals" not in done.stdout
