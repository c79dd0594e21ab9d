"""Messages between a supervisor and its workers: a JSON document a line."""

import msgspec

from juyong.waf.site import Site


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A message to a worker: serve this site from now on, or keep backends from these ports."""

    site: Site | None = None
    own_ports: tuple[int, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's answer; refused: Why the site is not served as asked, and empty when it is."""

    refused: str = ""
