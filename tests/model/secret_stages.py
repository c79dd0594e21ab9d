"""Versions and stages of a secret, slow and obviously right: a list of versions with their labels.

Every rule is one of the documented sentences, written where it applies; nothing is shared with
services.kms.secrets.stages.
"""

from dataclasses import dataclass, field


class Refused(Exception):
    """The call is refused; `why` is the code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Version:
    """A version and the labels on it."""

    name: str
    labels: set[str] = field(default_factory=set)


@dataclass
class Secret:
    """All versions, oldest first."""

    most_versions: int
    most_labels: int
    versions: list[Version] = field(default_factory=list)

    def copy(self) -> "Secret":
        versions = [Version(v.name, set(v.labels)) for v in self.versions]
        return Secret(self.most_versions, self.most_labels, versions)

    def find(self, name: str) -> Version | None:
        return next((v for v in self.versions if v.name == name), None)

    def bearer(self, label: str) -> Version | None:
        return next((v for v in self.versions if label in v.labels), None)

    def stick(self, label: str, version: Version) -> None:
        """A label sits on exactly one version; the former current version becomes the previous."""
        former = self.bearer(label)
        if former is not None:
            former.labels.remove(label)
        version.labels.add(label)
        if label == "ACSCurrent" and former is not None and former is not version:
            self.stick("ACSPrevious", former)

    def check_labels(self) -> None:
        if sum(len(v.labels) for v in self.versions) > self.most_labels:
            raise Refused("Rejected.LimitExceeded")

    def put(self, name: str, labels: list[str]) -> None:
        version = self.find(name)
        if version is None:
            version = Version(name)
            self.versions.append(version)
        for label in labels:
            self.stick(label, version)
        self.check_labels()
        while len(self.versions) > self.most_versions:
            bare = [v for v in self.versions if not v.labels and v is not version]
            if not bare:
                raise Refused("Rejected.LimitExceeded")
            self.versions.remove(bare[0])

    def move(self, label: str, to: str | None, off: str | None) -> None:
        system = label in ("ACSCurrent", "ACSPrevious")
        if to is None and off is None:
            raise Refused("Rejected.InvalidRequest")
        if system and to is None:
            raise Refused("Rejected.InvalidRequest")
        for name in (to, off):
            if name is not None and self.find(name) is None:
                raise Refused("Forbidden.ResourceNotFound")
        bearer = self.bearer(label)
        if off is not None and (bearer is None or bearer.name != off):
            raise Refused("Rejected.InvalidRequest")
        if off is None and bearer is not None and bearer.name != to:
            raise Refused("Rejected.InvalidRequest")
        if to is None:
            assert bearer is not None
            bearer.labels.remove(label)
            return
        target = self.find(to)
        assert target is not None
        self.stick(label, target)
        self.check_labels()
