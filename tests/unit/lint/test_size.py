"""The tool that counts what the product costs."""

import sys
from pathlib import Path

from tests.docs.walkthrough import ROOT

sys.path.insert(0, str(ROOT / "tools"))

from size import Size, operations, package_of, size_of, sizes

MODULE = '''"""Text."""

# A comment.
A = 1


def double(number: int) -> int:
    """Text."""
    return 2 * number
'''


def test_texts_and_comments_are_no_statements() -> None:
    assert size_of(MODULE) == Size(lines=9, statements=3)


def test_packages_are_folders_and_services_by_product() -> None:
    base = Path("src/juyong")
    assert package_of(base / "services/kms/keys/create.py") == "services/kms"
    assert package_of(base / "store/late.py") == "store"
    assert package_of(base / "testing.py") == "."
    assert sizes({base / "store/a.py": "A = 1\n", base / "store/b.py": "B = 1\n"}) == {
        "store": Size(lines=2, statements=2)
    }


def test_operations_are_counted_from_the_registry() -> None:
    counted = operations()
    assert counted["Sts 2015-04-01"] == (4, 4)
    served, published = counted["Ecs 2014-05-26"]
    assert 0 < served < published
