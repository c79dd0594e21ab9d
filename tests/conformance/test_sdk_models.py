"""Our signatures against the official SDKs' models, so that neither drifts."""

import typing
from typing import Any

import msgspec
import pytest
from tests.conformance import ecs_gaps, fc_gaps, sdk_gaps, vpc_gaps, waf_gaps
from tests.conformance.sdk_models import SDKS, Model, answer_model, operations, request_fields

from juyong.api import registry
from juyong.api.operation_spec import Operation
from juyong.api.product import Product
from juyong.api.refusals import Refusals

registry.load_all()
PRODUCTS: dict[str, Product] = {p.code: p for p in registry.packages().values()}

LEFT_OUT: dict[tuple[str, str], str] = {
    **sdk_gaps.LEFT_OUT,
    **ecs_gaps.LEFT_OUT,
    **fc_gaps.LEFT_OUT,
    **vpc_gaps.LEFT_OUT,
    **waf_gaps.LEFT_OUT,
    ("Kms.GetSecretValue", "CiphertextForRecipient"): "Recipient is refused",
    ("Kms.Decrypt", "CiphertextForRecipient"): "Recipient is refused",
    ("Kms.GenerateDataKey", "CiphertextForRecipient"): "Recipient is refused",
    ("Kms.AsymmetricDecrypt", "CiphertextForRecipient"): "Recipient is refused",
    ("VpcPeer.ListTagResources", "TagResources.RegionNo"): "the region is that of the call",
    ("Kms.BatchGetSecretValue", "SecretValues.RequestId"): "the answer around them carries it",
}
"""Answer fields of the SDK that we do not give: (product.operation, path) and why."""

ADDED: dict[tuple[str, str], str] = {
    **{
        ("Cms.DescribeEventRuleList", f"EventRules.EventRule.EventPattern.{name}"): (
            "read by the Terraform provider, which does not look into the list"
        )
        for name in (
            *("Product", "NameList", "LevelList", "EventTypeList", "SQLFilter", "CustomFilters"),
        )
    },
    **ecs_gaps.ADDED,
    **vpc_gaps.ADDED,
}
"""Answer fields that we give and the SDK does not know, and why."""

IGNORED: dict[tuple[str, str], str] = {
    **sdk_gaps.IGNORED,
    **ecs_gaps.IGNORED,
    **vpc_gaps.IGNORED,
    **waf_gaps.IGNORED,
    **{
        (f"{product}.{name}", wire): why
        for product in ("Rds", "Ecs", "Tag", "Vpc", "VpcPeer")
        for name in PRODUCTS[product].operations
        for wire, why in sdk_gaps.OF_THE_GATEWAY.items()
    },
    **{
        (f"Cms.{name}", "RegionId"): "read when the region of the call is found"
        for name in PRODUCTS["Cms"].operations
    },
    **{
        (f"FC-Open.{name}", header): why
        for name in PRODUCTS["FC-Open"].operations
        for header, why in fc_gaps.OF_OLDER_HEADERS.items()
    },
}
"""Request fields of the SDK that we tolerate without reading, and why."""


def cases() -> list[Any]:
    return [
        pytest.param(found, id=f"{product}.{found.name}")
        for product in SDKS
        for found in PRODUCTS[product].operations.values()
    ]


@pytest.mark.parametrize("product", SDKS)
def test_every_sdk_operation_is_served_or_refused_by_name(product: str) -> None:
    ours = PRODUCTS[product]
    offered = operations(product)
    assert offered
    assert offered - set(ours.operations) - Refusals(ours, ours.operations).names == set()


@pytest.mark.parametrize("found", cases())
def test_request_fields_are_read_or_refused(found: Operation) -> None:
    name = f"{found.product.code}.{found.name}"
    ours = spelled({field.wire for field in found.fields} | set(found.unsupported))
    theirs = spelled(request_fields(found.product.code, found.name))
    ignored = {wire for (operation, wire) in IGNORED if operation == name}
    assert theirs - ours - ignored == set()


@pytest.mark.parametrize("found", cases())
def test_answer_fields_are_those_of_the_sdk(found: Operation) -> None:
    theirs = answer_model(found.product.code, found.name)
    if theirs is None:
        pytest.skip("the SDK has no model of this operation")
    name = f"{found.product.code}.{found.name}"
    missing, added = compare(found.result, theirs)
    missing -= {"RequestId"} | {path for (operation, path) in LEFT_OUT if operation == name}
    added -= {path for (operation, path) in ADDED if operation == name}
    assert (missing, added) == (set(), set())


def spelled(names: set[str]) -> set[str]:
    """Write names of headers small, since their case means nothing."""
    return {name.lower() if "-" in name else name for name in names}


def compare(ours: Any, theirs: Model, path: str = "") -> tuple[set[str], set[str]]:
    """Return (fields the SDK has and we lack, fields we have and it lacks), as dotted paths."""
    struct = struct_of(ours)
    mine = {} if struct is None else {f.encode_name: f.type for f in msgspec.structs.fields(struct)}
    missing = {path + name for name in theirs.fields if name not in mine}
    added = {path + name for name in mine if name not in theirs.fields}
    for name, nested in theirs.fields.items():
        if nested is not None and name in mine:
            more = compare(mine[name], nested, f"{path}{name}.")
            missing |= more[0]
            added |= more[1]
    return missing, added


def struct_of(hint: Any) -> Any:
    for candidate in (hint, *typing.get_args(hint)):
        if isinstance(candidate, type) and issubclass(candidate, msgspec.Struct):
            return candidate
        nested = next(
            (
                a
                for a in typing.get_args(candidate)
                if isinstance(a, type) and issubclass(a, msgspec.Struct)
            ),
            None,
        )
        if nested is not None:
            return nested
    return None
