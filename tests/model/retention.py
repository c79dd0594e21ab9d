"""The slow model of retention: a list of versions for each key, and the policy of their bucket."""

from dataclasses import dataclass, field

DAY = 24 * 3600


@dataclass(frozen=True, eq=False)
class Version:
    """One version, or a delete marker, which has no body; two of a moment are two."""

    body: bytes | None
    made_at: int


@dataclass
class Policy:
    """A retention policy."""

    days: int
    made_at: int
    locked: bool = False

    def state(self, now: int) -> str:
        if self.locked:
            return "Locked"
        return "InProgress" if now < self.made_at + DAY else "Expired"


@dataclass
class Bucket:
    """A bucket: the versions of each key, the newest first."""

    versioned: bool
    keys: dict[str, list[Version]] = field(default_factory=dict)
    policy: Policy | None = None

    def protects(self, version: Version, now: int) -> bool:
        """Tell whether a version must stay."""
        policy = self.policy
        if policy is None or policy.state(now) == "Expired" or version.body is None:
            return False
        return now <= version.made_at + policy.days * DAY

    def put(self, key: str, body: bytes | None, now: int) -> bool:
        """Write a version, or a marker without a body; returns whether that is allowed."""
        versions = self.keys.setdefault(key, [])
        if not self.versioned and not self.remove(key, 0, now):
            return False
        versions.insert(0, Version(body, now))
        return True

    def append(self, key: str, more: bytes, now: int) -> bool:
        """Add bytes to the newest version."""
        versions = self.keys.setdefault(key, [])
        if not versions or versions[0].body is None:
            return self.put(key, more, now)
        if self.protects(versions[0], now):
            return False
        versions[0] = Version(versions[0].body + more, now)
        return True

    def delete(self, key: str, now: int) -> bool:
        """Delete an object, or hide it."""
        return self.put(key, None, now) if self.versioned else self.remove(key, 0, now)

    def remove(self, key: str, at: int, now: int) -> bool:
        """Remove a version for good; one that is not there is gone already."""
        versions = self.keys.get(key, [])
        if at < len(versions):
            if self.protects(versions[at], now):
                return False
            del versions[at]
        return True

    def lifecycle(self, after: int, noncurrent: int, midnight: int, now: int) -> None:
        """Expire newest versions after days, and others as many days after a newer one came."""
        for key, before in list(self.keys.items()):
            newer_at = None
            for version in list(before):
                if newer_at is None:
                    due = version.body is not None and version.made_at + after * DAY <= midnight
                    if due and self.versioned:
                        self.put(key, None, now)
                    elif due:
                        self.remove(key, 0, now)
                elif newer_at + noncurrent * DAY <= midnight:
                    self.remove(key, self.keys[key].index(version), now)
                newer_at = version.made_at
