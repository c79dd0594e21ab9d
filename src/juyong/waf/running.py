"""The sites of a home that are protected now: a file for each, while its process lives."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from juyong.base import living


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A protected site.

    process: The supervisor's. rules: The name of the set.
    domain: The name under which a platform of the home lists the site, and account: The name of
        the account there that sees the site.
    """

    url: str
    port: int
    backends: tuple[str, ...]
    rules: str
    log: str
    process: int
    workers: int
    since: str
    metrics: str = ""
    domain: str = ""
    account: str = "default"


def folder_of(home: Path) -> Path:
    """Return the folder of the WAF in a home, which a platform may share."""
    return home / "waf"


def announce(home: Path, running: Running) -> Callable[[], None]:
    """Publish a site until this process ends or calls the function returned."""
    content = msgspec.json.encode(running) + b"\n"
    return living.announce(folder_of(home) / "sites", str(running.process), content)


def sites_of(home: Path) -> list[Running]:
    """Return the sites that are protected now, the last one started first."""
    found = []
    for content in living.living(folder_of(home) / "sites"):
        try:
            found.append(msgspec.json.decode(content, type=Running))
        except msgspec.DecodeError:
            continue
    return found
