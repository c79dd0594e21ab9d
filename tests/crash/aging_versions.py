"""A bucket with versions whose rules change and delete them, while the process that does is killed.

Under `old/` the newest version gets a delete marker, versions behind it go, and markers that hide
nothing go at last; under `cold/` all versions move to another class of storage. What is under
`new/` stays. Whatever the kill leaves, each version is whole or gone, and each key that has any has
one newest.
"""

from dataclasses import dataclass, field
from random import Random
from xml.etree import ElementTree as ET

from tests.crash.evidence import reading
from tests.crash.homes import Home
from tests.crash.housekeeper import Housekeeper
from tests.oss_client import OssClient

_VERSIONING = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
_RULES = (
    b"<LifecycleConfiguration>"
    b"<Rule><ID>old</ID><Prefix>old/</Prefix><Status>Enabled</Status>"
    b"<Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration>"
    b"<NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
    b"<Rule><ID>markers</ID><Prefix>old/</Prefix><Status>Enabled</Status><Expiration>"
    b"<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>"
    b"<Rule><ID>cold</ID><Prefix>cold/</Prefix><Status>Enabled</Status>"
    b"<Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition>"
    b"<NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays>"
    b"<StorageClass>IA</StorageClass></NoncurrentVersionTransition></Rule>"
    b"</LifecycleConfiguration>"
)
_KEYS = {"old": 30, "cold": 20, "new": 5}
_VERSIONS = 3
_SMALL, _LARGE = 500, 20_000
"""In the row, and in a file."""
_PASSES = 4
"""The newest gets its marker, goes behind the marker, and then the marker; one pass was killed."""


@dataclass
class _Version:
    key: str
    version_id: str
    body: bytes = field(repr=False)
    newest: bool


class AgingVersions:
    """The bucket, and what was put into it."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self._draw = Random(seed)  # noqa: S311  # reproducible on purpose
        self._versions: list[_Version] = []
        self._begun: tuple[int, ...] = ()
        self._aged_again = False

    def fill(self, client: OssClient, home: Home) -> None:
        """Make the bucket, its rules, and some versions of each key; some keys are deleted."""
        client.done("PUT", self.name)
        client.done("PUT", self.name, query="versioning", body=_VERSIONING)
        overlap = {"x-oss-allow-same-action-overlap": "true"}
        client.done("PUT", self.name, query="lifecycle", body=_RULES, headers=overlap)
        for folder, keys in _KEYS.items():
            for number in range(keys):
                self._put(client, f"{folder}/{number}", deleted=number % 5 == 4)
        self._begun = self._rows(home)

    def _put(self, client: OssClient, key: str, *, deleted: bool) -> None:
        for number in range(_VERSIONS):
            body = self._draw.randbytes(self._draw.choice((_SMALL, _LARGE)))
            answer = client.done("PUT", self.name, key, body=body)
            newest = number == _VERSIONS - 1 and not deleted
            version_id = answer.headers["x-oss-version-id"]
            self._versions.append(_Version(key, version_id, body, newest))
        if deleted:
            client.done("DELETE", self.name, key)

    def begun(self, home: Home) -> bool:
        """Tell whether a rule has changed anything yet."""
        return self._rows(home) != self._begun

    def _rows(self, home: Home) -> tuple[int, ...]:
        query = (
            "SELECT count(*), sum(CASE WHEN marker THEN 1 ELSE 0 END),"
            " sum(CASE WHEN storage_class = 'IA' THEN 1 ELSE 0 END)"
            " FROM oss_object WHERE bucket_name = ?"
        )
        with reading(home) as database:
            return tuple(map(int, database.execute(query, (self.name,)).fetchone()))

    def changed_whole(self, client: OssClient) -> int:
        """Read everything back; returns how many versions are gone or have moved.

        Raises:
            AssertionError: something is there by half, or gone that is not due.
        """
        changed = 0
        for each in self._versions:
            query = f"versionId={each.version_id}"
            answer = client.call("GET", self.name, each.key, query=query)
            if answer.status == 404:
                assert each.key.startswith("old/"), f"{each} is gone, and is not due"
                assert self._aged_again or not each.newest, f"{each} is gone before its time"
                changed += 1
                continue
            assert (answer.status, answer.body) == (200, each.body), f"{each}: {answer.status}"
            moved = answer.headers["x-oss-storage-class"] == "IA"
            assert each.key.startswith("cold/") or not moved, f"{each} has moved"
            changed += moved
        self._verify_list(client)
        return changed

    def _verify_list(self, client: OssClient) -> None:
        """See that each key that has versions, or a marker, has one newest."""
        known = {each.version_id for each in self._versions}
        newest: dict[str, list[str]] = {}
        markers: dict[str, int] = {}
        for kind, key, version_id, latest in self._listed(client):
            newest.setdefault(key, [])
            if latest:
                newest[key].append(version_id)
            if kind == "DeleteMarker":
                markers[key] = markers.get(key, 0) + 1
            else:
                assert version_id in known, f"{key} has a version that nobody put"
        assert all(len(found) == 1 for found in newest.values()), f"newest versions: {newest}"
        assert all(count == 1 for count in markers.values()), f"markers: {markers}"

    def _listed(self, client: OssClient) -> list[tuple[str, str, str, bool]]:
        listed = client.done("GET", self.name, query="versions", unsigned="max-keys=1000").body
        assert b"<IsTruncated>false</IsTruncated>" in listed
        # The server under test is no stranger.
        found = ET.fromstring(listed)  # noqa: S314
        return [
            (
                each.tag,
                each.findtext("Key", ""),
                each.findtext("VersionId", ""),
                each.findtext("IsLatest") == "true",
            )
            for each in found
            if each.tag in ("Version", "DeleteMarker")
        ]

    def finish(self, keeper: Housekeeper) -> None:
        """Have days go by until no rule has anything left to do."""
        self._aged_again = True
        keeper.done(*(("aged", "round") * _PASSES))

    def verify_finished(self, client: OssClient) -> None:
        """See that all is done that was due, and that no marker is left under `old/`."""
        assert self.changed_whole(client) == self.due, "what is due is still there"
        left = {key.partition("/")[0] for _, key, _, _ in self._listed(client)}
        assert left == {"cold", "new"}, f"there are versions or markers under {left}"

    def empty(self, client: OssClient) -> None:
        """Delete what the rules left, and the bucket."""
        for _, key, version_id, _ in self._listed(client):
            client.done("DELETE", self.name, key, query=f"versionId={version_id}")
        client.done("DELETE", self.name)

    @property
    def due(self) -> int:
        """How many versions are due in the end."""
        return (_KEYS["old"] + _KEYS["cold"]) * _VERSIONS
