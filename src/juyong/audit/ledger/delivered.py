"""Verify what trails delivered into a bucket, with the log's key and nothing else of the platform.

Each digest is signed, has the hashes of all leaves of its range, and names the digest before. So a
file or a digest that was changed or removed is found, and so is a file that was added. The newest
digests can be cut off unseen: who knows from elsewhere up to which leaf there was one, compares.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from juyong.audit.ledger.digests import DeliveredFile, Digest
from juyong.engines.ledger import LedgerError

FILES, DIGESTS = "AliyunLogs", "AliyunLogsDigest"
Read = Callable[[str], bytes | None]
"""Returns an object by its name, None where it is not there."""


class Problem(NamedTuple):
    """One thing that does not hold.

    how: `changed`, `removed`, `added`, `damaged` or `unreadable`. name: Of the object.
    """

    how: str
    name: str
    text: str


class Delivered(NamedTuple):
    """The findings about a bucket.

    leaves: How many leaves the digests account for; events: those that are in files. gaps: How
    often a range does not go on from the one before, since the trail was off. up_to: By log and
    trail, the leaf before which all is accounted for, and when that was delivered.
    """

    problems: list[Problem]
    digests: int
    files: int
    leaves: int
    events: int
    gaps: int
    up_to: dict[tuple[str, str], tuple[int, str]]


class _Opened(NamedTuple):
    """A digest; base: How the names of all objects of its trail begin."""

    name: str
    base: str
    data: bytes
    digest: Digest


def verify_delivered(names: Sequence[str], read: Read, public: bytes) -> Delivered:
    """Verify the objects of a bucket, or of a copy of one or of a folder of one.

    Args:
        names: All of them; those that no trail wrote are passed over.
        read: Reads one.
        public: The key that signs the log, 32 bytes.

    Cost: reads each object once; memory for all digests.
    """
    problems: list[Problem] = []
    opened = list(_digests(names, read, public, problems))
    by_name = {each.name: each for each in opened}
    listed: set[str] = set()
    for each in opened:
        for file in each.digest.files:
            name = _placed(each.base, FILES, file.key)
            listed.add(name)
            problems += _of_file(read, name, file)
        for place in each.digest.damaged:
            text = f"the event of leaf {place} was not what was signed, and was not delivered"
            problems.append(Problem("damaged", each.name, text))
        problems += _of_previous(names, by_name, each)
    for name in names:
        if _is_in(name, FILES) and name not in listed:
            problems.append(Problem("added", name, "no digest has the file"))
    return _told(opened, by_name, problems)


def _digests(
    names: Sequence[str], read: Read, public: bytes, problems: list[Problem]
) -> Iterator[_Opened]:
    for name in names:
        if not (_is_in(name, DIGESTS) and name.endswith(".digest")):
            continue
        data = read(name) or b""
        try:
            digest = Digest.parse(data, public)
            digest.check(public)
        except LedgerError as bad:
            problems.append(Problem("unreadable", name, f"this is no digest that holds: {bad}"))
            continue
        yield _Opened(name, name[: name.rindex(f"{DIGESTS}/")], data, digest)


def _of_file(read: Read, name: str, file: DeliveredFile) -> Iterator[Problem]:
    data = read(name)
    events = f"{len(file.leaves)} events from leaf {file.leaves[0]} on" if file.leaves else "it"
    if data is None:
        yield Problem("removed", name, f"the file is not there: {events}")
    elif sha256(data).hexdigest() != file.sha256:
        yield Problem("changed", name, f"the file is not what was delivered: {events}")


def _of_previous(
    names: Sequence[str], by_name: dict[str, _Opened], opened: _Opened
) -> Iterator[Problem]:
    pointer = opened.digest.previous
    if pointer is None:
        return
    name = _placed(opened.base, DIGESTS, pointer.key)
    found = by_name.get(name)
    if found is not None and sha256(found.data).hexdigest() != pointer.sha256:
        yield Problem("changed", name, "another digest follows one of other bytes")
    elif found is None and name not in names:
        yield Problem("removed", name, f"the digest before `{opened.name}` is not there")


def _told(opened: list[_Opened], by_name: dict[str, _Opened], problems: list[Problem]) -> Delivered:
    up_to: dict[tuple[str, str], tuple[int, str]] = {}
    gaps = 0
    for each in opened:
        digest = each.digest
        key = (digest.origin, digest.trail)
        up_to[key] = max(up_to.get(key, (0, "")), (digest.end, digest.at))
        pointer = digest.previous
        before = by_name.get(_placed(each.base, DIGESTS, pointer.key)) if pointer else None
        if before is not None and before.digest.origin == digest.origin:
            gaps += before.digest.end != digest.first
    files = [file for each in opened for file in each.digest.files]
    return Delivered(
        problems=problems,
        digests=len(opened),
        files=len(files),
        leaves=sum(each.digest.end - each.digest.first for each in opened),
        events=sum(len(file.leaves) for file in files),
        gaps=gaps,
        up_to=up_to,
    )


def _is_in(name: str, top: str) -> bool:
    return f"/{top}/" in f"/{name}"


def _placed(base: str, top: str, key: str) -> str:
    """Return where an object of a digest is, wherever the copy of the bucket begins."""
    _, found, rest = key.rpartition(f"{top}/")
    return f"{base}{found}{rest}"
