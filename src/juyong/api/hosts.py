"""Host names that products declare: literal labels, with slots for a region or for any label.

`ecs.{region}.aliyuncs.com` matches the region's host; `{account}.{region}.fc.aliyuncs.com` has a
free label before it. A label has one slot at most, and may have text around it, such as
`{region}-internal`.
"""

import re

import msgspec

SUFFIX = ".aliyuncs.com"
NETWORKS = ("vpc", "internal", "share", "intl")
"""Ways into a product that a client may ask for, behind the product's label.

Source: the endpoint rules of the official SDKs write `<product>-<network>.<region>` for any network
that a client names; `vpc` (documented), `share` (observed), `internal` and `intl` (assumed).
"""
_REGION = re.compile(
    r"(?:af|ap|cn|eu|me|na|rus|sa|us)(?:-[a-z0-9]+)+(?<!-internal)(?<!-intranet)(?<!-vpc)"
    r"(?<!-share)"
)
"""A region by its shape: a free label such as `oss-cn-hangzhou` must never pass for one.

Source: the region ids in the endpoint tables of the official SDKs (observed).
"""
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_TEMPLATE = re.compile(r"([a-z0-9-]*)(?:\{([a-z]+)\}([a-z0-9-]*))?")
_SAMPLES = ("cn-hangzhou", "a")


def name_of(host: str) -> str:
    """Return the name in a Host header: in small letters, without the port and a final dot."""
    return host.rsplit(":", 1)[0].lower().rstrip(".")


def is_region(text: str, own: str = "") -> bool:
    """Tell whether a text has the shape of a region, or is the platform's own region."""
    return (bool(own) and text == own) or _REGION.fullmatch(text) is not None


class _Label(msgspec.Struct, frozen=True):
    """One label of a pattern; `slot` is empty where the label is literal."""

    before: str
    slot: str
    after: str

    def read(self, text: str, own: str) -> str | None:
        """Return what fills the slot, "" for a literal label; None when the text does not fit."""
        if not self.slot:
            return "" if text == self.before else None
        if not (text.startswith(self.before) and text.endswith(self.after)):
            return None
        filled = text[len(self.before) : len(text) - len(self.after)]
        fits = is_region(filled, own) if self.slot == "region" else _LABEL.fullmatch(filled)
        return filled if fits else None

    def overlaps(self, other: "_Label") -> bool:
        """Tell whether some text fits both.

        Whatever fits both begins with the longer start and ends with the longer end, so that a
        sample between the two decides.
        """
        before = max(self.before, other.before, key=len)
        after = max(self.after, other.after, key=len)
        texts = {self.before, other.before, *(f"{before}{sample}{after}" for sample in _SAMPLES)}
        return any(
            self.read(text, "") is not None and other.read(text, "") is not None for text in texts
        )


class HostPattern(msgspec.Struct, frozen=True):
    """A pattern of host names, read once."""

    text: str
    labels: tuple[_Label, ...]

    @classmethod
    def of(cls, text: str) -> "HostPattern":
        """Read a pattern.

        Raises:
            ValueError: it is no name of several labels, or a label is neither literal nor has
                exactly one slot.
        """
        labels = tuple(_label_of(label, text) for label in text.split("."))
        if len(labels) == 1:
            raise ValueError(f"the host pattern `{text}` is a label and no whole name")
        return cls(text, labels)

    @property
    def first(self) -> str:
        """The first label where it is literal, else ""."""
        return "" if self.labels[0].slot else self.labels[0].before

    def read(self, labels: list[str], own: str) -> dict[str, str] | None:
        """Match the labels of a lower-case host name.

        Args:
            labels: The host name, split at its dots.
            own: The platform's region, which may have any name.

        Returns:
            What fills each slot, by name; None when the host does not match.
        """
        if len(labels) != len(self.labels):
            return None
        slots = {}
        for wanted, given in zip(self.labels, labels, strict=True):
            filled = wanted.read(given, own)
            if filled is None:
                return None
            if wanted.slot:
                slots[wanted.slot] = filled
        return slots

    def overlaps(self, other: "HostPattern") -> bool:
        """Tell whether some host matches both."""
        return len(self.labels) == len(other.labels) and all(
            mine.overlaps(theirs) for mine, theirs in zip(self.labels, other.labels, strict=True)
        )


def _label_of(label: str, pattern: str) -> _Label:
    found = _TEMPLATE.fullmatch(label)
    if not label or found is None:
        raise ValueError(f"the label `{label}` of the host pattern `{pattern}` cannot be read")
    return _Label(found[1], found[2] or "", found[3] or "")


def api_hosts(label: str, *more: str) -> tuple[str, ...]:
    """Return the hosts of a product in every region and network, and its further hosts.

    Args:
        label: The product's label, such as `kms`.
        more: Further patterns: the irregular hosts of published endpoint tables.
    """
    labels = (label, *(f"{label}-{network}" for network in NETWORKS))
    regular = (f"{each}{place}{SUFFIX}" for each in labels for place in ("", ".{region}"))
    return (*regular, *more)
