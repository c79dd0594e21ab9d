"""Write the reference from the code, so that it cannot say anything else than the code does.

Usage: python tools/reference.py [--check]

With --check nothing is written; the exit code is 1 and the stale pages are named when a page would
come out differently.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from pages.commands import commands_page  # noqa: E402
from pages.coverage import coverage_page  # noqa: E402
from pages.errors import errors_page  # noqa: E402
from pages.fixture import fixture_page  # noqa: E402
from pages.functions import functions_page  # noqa: E402
from pages.layers import layers_picture  # noqa: E402
from pages.limits import limits_page  # noqa: E402
from pages.operations import product_page  # noqa: E402
from pages.overview import with_overview  # noqa: E402
from pages.own import own_page  # noqa: E402
from pages.pictures import drawing, drawn_in  # noqa: E402
from pages.settings import settings_page  # noqa: E402
from pages.tables import tables_page  # noqa: E402
from pages.terraform import terraform_page  # noqa: E402
from pages.waf_pack import waf_pack_page  # noqa: E402
from pages.waf_rules import waf_rules_page  # noqa: E402
from pages.waf_tokens import waf_tokens_page  # noqa: E402

from juyong.api import registry  # noqa: E402

REFERENCE = ROOT / "docs" / "reference"
IMAGES = ROOT / "docs" / "images"
README = ROOT / "README.md"


def pages() -> dict[Path, str]:
    """Return every generated file with its text."""
    registry.load_all()
    products = sorted(registry.packages().values(), key=lambda product: product.title)
    made = {
        REFERENCE / "settings.md": settings_page(),
        REFERENCE / "limits.md": limits_page(),
        REFERENCE / "errors.md": errors_page(products),
        REFERENCE / "tables.md": tables_page(),
        REFERENCE / "coverage.md": coverage_page(products),
        REFERENCE / "terraform.md": terraform_page(products),
        REFERENCE / "commands.md": commands_page(),
        REFERENCE / "log-functions.md": functions_page(),
        REFERENCE / "waf-pack.md": waf_pack_page(),
        REFERENCE / "waf-rules.md": waf_rules_page(),
        REFERENCE / "waf-tokens.md": waf_tokens_page(),
        REFERENCE / "pages.md": own_page(),
        README: with_overview(README.read_text(), products),
    }
    made |= drawn_in(IMAGES) | {IMAGES / "layers.svg": drawing(layers_picture(ROOT))}
    for product in products:
        made[REFERENCE / "operations" / f"{product.code.lower()}.md"] = product_page(product)
    if (fixture := fixture_page()) is not None:
        made[REFERENCE / "fixture.md"] = fixture
    return made


def stale(made: dict[Path, str]) -> list[Path]:
    """Return the files that differ from what they should be, and those nobody makes any more."""
    changed = [p for p, text in made.items() if not p.exists() or p.read_text() != text]
    return changed + [p for p in sorted(REFERENCE.rglob("*.md")) if p not in made]


def main() -> int:
    """Write the pages, or check them."""
    made = pages()
    different = stale(made)
    if "--check" in sys.argv[1:]:
        for path in different:
            print(f"stale: {path.relative_to(ROOT)} (run `make docs`)")
        return 1 if different else 0
    for path in different:
        if path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path])
        else:
            path.unlink()
    print(f"{len(made)} pages, {len(different)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
