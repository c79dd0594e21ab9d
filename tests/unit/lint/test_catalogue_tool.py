"""The tool that makes catalogues: from metadata and packages in the forms in which they come."""

import json
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from tests.docs.walkthrough import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from catalogue import METADATA, merged, names_in, of_metadata, of_packages

from juyong.api.catalogue import Catalogue
from juyong.api.product import Product

GREETER = Product(code="Gr-Eeter", ram_code="greeter", version="2026-01-01", hosts=(), title="")
MODULE = """
    params = open_api_models.Params(
        action = '{name}',
        version = '{version}',
    )
"""


@pytest.mark.parametrize(
    "text",
    [
        MODULE.format(name="Greet", version="2026-01-01"),
        "Params(action='Greet', version='2026-01-01', protocol='HTTPS')",
        "await self.do_rpcrequest_async('Greet', '2026-01-01', 'HTTPS', 'POST')",
        "RpcRequest.__init__(self, 'Greeter', '2026-01-01', 'Greet', 'greeter')",
    ],
)
def test_each_form_of_call_is_read(text: str) -> None:
    assert names_in(text, "2026-01-01") == {"Greet"}
    assert names_in(text, "2026-01-02") == set()


def package(folder: Path, name: str, version: str, modules: dict[str, str]) -> Distribution:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in modules))
    for file, text in modules.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text)
    (found,) = distributions(path=[str(folder)])
    return found


def test_modules_of_other_products_do_not_count(tmp_path: Path) -> None:
    sdk = package(
        tmp_path,
        "alibabacloud_gr-eeter20260101",
        "2.0",
        {
            "alibabacloud_gr_eeter20260101/client.py": MODULE.format(
                name="Greet", version="2026-01-01"
            ),
            "alibabacloud_other/client.py": MODULE.format(name="Other", version="2026-01-01"),
            "alibabacloud_gr_eeter20260101/notes.txt": "action='No', version='2026-01-01'",
        },
    )
    source = "alibabacloud-gr-eeter20260101"
    assert of_packages(GREETER, [sdk], "2026-11-28") == {
        source: (f"{source} 2.0, read 2026-11-28", {"Greet"})
    }


def test_metadata_of_another_version_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "gr-eeter").mkdir()
    file = tmp_path / "gr-eeter" / "version.json"
    file.write_text(json.dumps({"version": "2026-01-01", "apis": {"Greet": {}, "Sing": {}}}))
    assert of_metadata(GREETER, tmp_path, "2026-08") == {
        METADATA: (f"{METADATA}, 2026-08", {"Greet", "Sing"})
    }
    file.write_text(json.dumps({"version": "2025-01-01", "apis": {"Greet": {}}}))
    assert of_metadata(GREETER, tmp_path, "2026-08") == {}
    assert of_metadata(GREETER, tmp_path / "none", "2026-08") == {}


def test_a_source_that_is_read_again_takes_the_place_of_its_older_release() -> None:
    first = merged(
        Catalogue({}, {}),
        {
            "sdk": ("sdk 1.0, read 2026-01-01", {"Greet", "Gone"}),
            METADATA: (f"{METADATA}, 2026-08", {"Greet", "Sing"}),
        },
    )
    assert first.names == {"Greet": "ab", "Sing": "a", "Gone": "b"}
    same = merged(first, {"sdk": ("sdk 1.0, read 2026-02-02", {"Greet", "Gone"})})
    assert same == first
    newer = merged(first, {"sdk": ("sdk 2.0, read 2026-03-03", {"Greet", "Wave"})})
    assert newer.editions == {"a": f"{METADATA}, 2026-08", "b": "sdk 2.0, read 2026-03-03"}
    assert newer.names == {"Greet": "ab", "Sing": "a", "Wave": "b"}
