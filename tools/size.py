"""Count what the product costs: logical statements and lines of each package, and an operation.

    python tools/size.py [--against REVISION]

A logical statement is one that the compiler sees: docstrings, comments and blank lines are none.
Operations are counted from the registry, by product, version and name.
"""

import argparse
import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("src/juyong")


@dataclass(frozen=True, slots=True)
class Size:
    """Lines, and logical statements among them."""

    lines: int = 0
    statements: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(self.lines + other.lines, self.statements + other.statements)


def size_of(text: str) -> Size:
    """Measure one module."""
    tree = ast.parse(text)
    statements = sum(isinstance(node, ast.stmt) and not _is_text(node) for node in ast.walk(tree))
    return Size(len(text.splitlines()), statements)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def package_of(path: Path) -> str:
    """Return `services/kms` for a module of a service, else the folder below `juyong`."""
    parts = path.relative_to(SOURCE).parts
    if parts[0] == "services" and len(parts) > 2:  # noqa: PLR2004  # services/<product>/<module>
        return "/".join(parts[:2])
    return parts[0] if len(parts) > 1 else "."


def sizes(texts: dict[Path, str]) -> dict[str, Size]:
    """Measure each package."""
    found: dict[str, Size] = {}
    for path, text in texts.items():
        package = package_of(path)
        found[package] = found.get(package, Size()) + size_of(text)
    return found


def working_tree() -> dict[Path, str]:
    """Return the modules as they are now."""
    return {p.relative_to(ROOT): p.read_text() for p in (ROOT / SOURCE).rglob("*.py")}


def revision(name: str) -> dict[Path, str]:
    """Return the modules as a revision has them."""
    listed = _git("ls-tree", "-r", "--name-only", name, str(SOURCE)).splitlines()
    return {Path(p): _git("show", f"{name}:{p}") for p in listed if p.endswith(".py")}


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def operations() -> dict[str, tuple[int, int]]:
    """Count the operations that each product serves, and those it publishes."""
    from juyong.api import registry  # noqa: PLC0415  # the tool also counts without it
    from juyong.api.catalogue import published  # noqa: PLC0415

    registry.load_all()
    return {
        f"{p.code} {p.version}": (len(p.operations), len(published(p.code, p.version).names))
        for p in registry.packages().values()
    }


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", metavar="REVISION")
    options = parser.parse_args()
    now = sizes(working_tree())
    before = sizes(revision(options.against)) if options.against else {}
    print(f"{'package':<24}{'lines':>8}{'statements':>12}{'lines before':>14}{'change':>9}")
    for package in sorted(now.keys() | before.keys()):
        _row(package, now.get(package, Size()), before.get(package))
    for title, chosen in (("services", "services/"), ("all", "")):
        total = [
            sum((s for p, s in each.items() if p.startswith(chosen)), Size())
            for each in (now, before)
        ]
        _row(title, total[0], total[1] if before else None)
    counted = operations()
    for product, (served, published) in sorted(counted.items()):
        print(f"{product:<24}{served:>8} operations served of {published} published")
    services = sum((s for p, s in now.items() if p.startswith("services/")), Size())
    count = sum(served for served, _ in counted.values())
    print(f"{count} operations, {services.lines / count:.0f} lines each")
    return 0


def _row(title: str, now: Size, before: Size | None) -> None:
    change = "" if before is None else f"{before.lines:>14}{now.lines - before.lines:>+9}"
    print(f"{title:<24}{now.lines:>8}{now.statements:>12}{change}")


if __name__ == "__main__":
    sys.exit(main())
