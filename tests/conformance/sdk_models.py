"""What the official SDKs' generated models say about requests and answers."""

import importlib
import inspect
import re
import typing
from dataclasses import dataclass
from typing import Any

SDKS = {
    "Cms": "alibabacloud_cms20190101",
    "Ram": "alibabacloud_ram20150501",
    "Sts": "alibabacloud_sts20150401",
    "Ims": "alibabacloud_ims20190815",
    "Rds": "alibabacloud_rds20140815",
    "Ecs": "alibabacloud_ecs20140526",
    "Kms": "alibabacloud_kms20160120",
    "FC": "alibabacloud_fc20230330",
    "FC-Open": "alibabacloud_fc_open20210406",
    "ResourceCenter": "alibabacloud_resourcecenter20221201",
    "Tag": "alibabacloud_tag20180828",
    "Vpc": "alibabacloud_vpc20160428",
    "VpcPeer": "alibabacloud_vpcpeer20220101",
    "waf-openapi": "alibabacloud_waf_openapi20211001",
}
_WIRE = re.compile(r"result\['([^']+)'\]")


@dataclass(frozen=True)
class Model:
    """Wire names of one model; the value is the nested model, if it has one."""

    fields: dict[str, "Model | None"]


def operations(product: str) -> set[str]:
    """Return the operations an SDK offers, by its models."""
    models = importlib.import_module(f"{SDKS[product]}.models")
    suffix = "Response"
    return {
        name.removesuffix(suffix)
        for name in dir(models)
        if name.endswith(suffix) and "ResponseBody" not in name
    }


def request_fields(product: str, operation: str) -> set[str]:
    """Return the wire names of an operation's request."""
    found: set[str] = set()
    for suffix in ("Request", "Headers"):
        cls = _class(product, f"{operation}{suffix}")
        if cls is None:
            continue
        model = _model(cls)
        found |= set(model.fields)
        body = model.fields.get("body")
        if body is not None:
            # A ROA request whose body is a model of its own: its members are the parameters.
            found |= set(body.fields) - {"body"}
            found.discard("body")
    return found - {"commonHeaders"}


def answer_model(product: str, operation: str) -> Model | None:
    """Return the shape of an operation's answer."""
    model = _class(product, f"{operation}ResponseBody")
    if model is not None:
        return _model(model)
    whole = _class(product, f"{operation}Response")
    return None if whole is None else _model(whole).fields.get("body")


def _class(product: str, name: str) -> Any:
    models = importlib.import_module(f"{SDKS[product]}.models")
    return getattr(models, name, None)


def _model(cls: Any) -> Model:
    package = importlib.import_module(cls.__module__.rsplit(".", 1)[0])
    hints = typing.get_type_hints(
        cls.__init__, globalns={**vars(typing), "main_models": package, **vars(package)}
    )
    attributes = [name for name in inspect.signature(cls).parameters if name != "kwargs"]
    names = list(dict.fromkeys(_WIRE.findall(inspect.getsource(cls.to_map))))
    assert len(names) == len(attributes), f"{cls.__name__}: cannot read the model"
    return Model(
        {
            wire: _nested(hints.get(attribute))
            for attribute, wire in zip(attributes, names, strict=True)
        }
    )


def _nested(hint: Any) -> Model | None:
    for candidate in (hint, *typing.get_args(hint)):
        if inspect.isclass(candidate) and hasattr(candidate, "to_map"):
            return _model(candidate)
    return None
