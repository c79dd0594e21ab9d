"""The names of the operations that a product publishes, each with the editions that have it.

One file a product and version, made by tools/catalogue.py. Nothing here is imported, and no file is
read, before a call asks for an operation that is not served.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec


class Catalogue(msgspec.Struct, frozen=True):
    """The published operations of a product.

    editions: A letter to the edition that it stands for: source, release and date.
    names: The name of an operation to the letters of the editions that have it.
    """

    editions: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def parsed(cls, text: str) -> "Catalogue":
        """Read the form that `text` writes."""
        editions, names = {}, {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            letter, is_edition, edition = line.partition(": ")
            if is_edition:
                editions[letter] = edition
            else:
                name, _, letters = line.partition(" ")
                names[name] = letters
        return cls(editions, names)

    def text(self, title: str) -> str:
        """Write the catalogue: one edition a line, then one name a line."""
        head = f"# What {title} publishes; made by tools/catalogue.py, which see. Do not edit."
        editions = (f"{letter}: {edition}" for letter, edition in sorted(self.editions.items()))
        names = (f"{name} {letters}" for name, letters in sorted(self.names.items()))
        return "".join(f"{line}\n" for line in (head, *editions, *names))


@cache
def published(code: str, version: str) -> Catalogue:
    """Return what a product publishes in a version; it is empty where no catalogue is shipped."""
    file = files(__name__) / file_name(code, version)
    return Catalogue.parsed(file.read_text() if file.is_file() else "")


def file_name(code: str, version: str) -> str:
    """Return the name of a catalogue's file."""
    return f"{code.lower()}-{version}.txt"
