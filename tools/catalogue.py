"""Write what each served product publishes into src/juyong/api/catalogue.

    python tools/catalogue.py [--packages FOLDER] [--metadata FOLDER --edition DATE]

Two kinds of sources name operations. Official Python SDKs are read from FOLDER of `--packages`, as
`pip install --no-deps --target` fills it, or from the packages of this Python. Published metadata
has a folder a product, with its API version and the names of its operations in `version.json`.

Only names are kept. What an earlier run read from a source that this run does not have stays.
"""

import argparse
import json
import re
import string
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path

from juyong.api import catalogue, registry
from juyong.api.catalogue import Catalogue
from juyong.api.product import Product, Style

TARGET = Path(catalogue.__file__).parent
METADATA = "API metadata of the command-line client, English"
_SDKS = ("alibabacloud", "aliyun-python-sdk")
_CALLS = tuple(
    re.compile(form)
    for form in (
        r"""action\s*=\s*['"](?P<name>\w+)['"],\s*version\s*=\s*['"](?P<version>[\w.-]+)['"]""",
        r"""\.do_\w*request\w*\(\s*['"](?P<name>\w+)['"],\s*['"](?P<version>[\w.-]+)['"]""",
        r"""__init__\(self, '\w+', '(?P<version>[\w.-]+)', '(?P<name>\w+)'""",
    )
)
"""How SDKs name the operation they call: current ones, those of 2020 to 2023, and older ones."""
_REST_CALL = re.compile(r"""op_name\s*=\s*['"](\w+)['"]""")
"""How the SDK of a product with a format of its own does; the SDK is the product's alone."""

_READ = ", read "

Editions = dict[str, tuple[str, set[str]]]
"""The source to its edition, and to the names it has."""


def names_in(text: str, version: str) -> set[str]:
    """Return the operations of a version that a module of an SDK calls."""
    return {
        found["name"]
        for call in _CALLS
        for found in call.finditer(text)
        if found["version"] == version
    }


def is_sdk(package: Distribution) -> bool:
    """Tell the official SDKs, current ones and older ones, by their names."""
    return package.metadata["Name"].startswith(_SDKS)


def of_packages(product: Product, packages: Iterable[Distribution], today: str) -> Editions:
    """Return what the official SDKs of a product call."""
    found = {}
    for package in packages:
        names = set().union(*_calls(product, package))
        if names:
            source = package.metadata["Name"].replace("_", "-")
            found[source] = (f"{source} {package.version}{_READ}{today}", names)
    return found


def _calls(product: Product, package: Distribution) -> Iterator[set[str]]:
    """Search modules whose path names the product; a version that is no date names one alone."""
    dated = re.fullmatch(r"[\d-]+", product.version)
    code = re.sub(r"-\d{4}$", "", product.code.lower()).replace("-", "_")
    for file in package.files or ():
        if file.suffix == ".py" and (not dated or code in str(file)):
            text = Path(str(file.locate())).read_text()
            if product.style is Style.REST:
                yield set(_REST_CALL.findall(text))
            yield names_in(text, product.version)


def of_metadata(product: Product, folder: Path, edition: str) -> Editions:
    """Return what published metadata has of a product."""
    file = folder / product.code.lower() / "version.json"
    if not file.is_file():
        return {}
    found = json.loads(file.read_text())
    if found["version"] != product.version:
        return {}
    return {METADATA: (f"{METADATA}, {edition}", set(found["apis"]))}


def merged(old: Catalogue, new: Editions) -> Catalogue:
    """Return a catalogue with the editions that were read, and the others that it had."""
    editions: Editions = {}
    for letter, text in old.editions.items():
        names = {name for name, letters in old.names.items() if letter in letters}
        editions[_source(text)] = (text, names)
    for source, (text, names) in new.items():
        was, had = editions.get(source, ("", set()))
        # The same release, read again, keeps the date on which it was first read.
        if was.partition(_READ)[0] != text.partition(_READ)[0] or had != names:
            editions[source] = (text, names)
    lettered = dict(
        zip(string.ascii_lowercase, sorted(editions.values(), key=_first), strict=False)
    )
    every = set().union(*(names for _, names in lettered.values()))
    return Catalogue(
        {letter: text for letter, (text, _) in lettered.items()},
        {each: "".join(k for k, (_, names) in lettered.items() if each in names) for each in every},
    )


def _first(edition: tuple[str, set[str]]) -> str:
    return edition[0]


def _source(text: str) -> str:
    return METADATA if text.startswith(METADATA) else text.split(maxsplit=1)[0]


def main() -> None:
    """Read the sources and write the catalogues."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", metavar="FOLDER", type=Path)
    parser.add_argument("--metadata", metavar="FOLDER", type=Path)
    parser.add_argument("--edition", metavar="DATE", help="of the metadata")
    options = parser.parse_args()
    if (options.metadata is None) != (options.edition is None):
        parser.error("--metadata and --edition go together")
    path = [str(options.packages)] if options.packages else sys.path
    sdks = [each for each in distributions(path=path) if is_sdk(each)]
    today = datetime.now(tz=UTC).date().isoformat()
    for product in registry.packages().values():
        new = of_packages(product, sdks, today)
        if options.metadata:
            new |= of_metadata(product, options.metadata, options.edition)
        old = catalogue.published(product.code, product.version)
        made = merged(old, new)
        title = f"{product.code} {product.version}"
        if made.names:
            target = TARGET / catalogue.file_name(product.code, product.version)
            target.write_text(made.text(title))
        print(f"{title}: {len(made.names)} operations in {len(made.editions)} editions")


if __name__ == "__main__":
    main()
