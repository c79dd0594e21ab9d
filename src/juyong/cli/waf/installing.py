"""A set of rules copied into the home: from a folder, a tar archive, or a URL, by its digest.

SECURITY: only regular files whose names are plain and stay below the folder are taken; links,
devices, bombs and files outside are refused, and nothing is left of a set that is refused.
"""

import hashlib
import hmac
import io
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import msgspec

from juyong.api.command import BadInput, OperatorError
from juyong.api.context import FetchRefused
from juyong.base.addresses import networks
from juyong.base.ids import new_short_id
from juyong.cli.waf.sets import check_name, folder_of_set, of_folder
from juyong.waf.rule_folder import RuleFolder, TooManyFiles
from juyong.waf.rule_source import RuleSource

_MOST_ARCHIVE = 32 * 1024 * 1024
_MOST_BYTES = 64 * 1024 * 1024
_MOST_FILES = 2_000
_SECONDS = 120.0
_REDIRECTS = 5
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
_SUFFIXES = (".conf", ".data", ".example")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a set that is installed.

    where: A folder, a tar archive, or the https URL of an archive.
    sha256: The digest of an archive, in hexadecimal digits; needed for archives.
    allowed: Networks that may be asked though they are not public.
    ca_file: Certificates (PEM) that vouch for the server; empty: the system's.
    """

    where: str
    sha256: str = ""
    allowed: tuple[str, ...] = ()
    ca_file: str = ""


def install(home: Path, name: str, place: Place) -> RuleSource:
    """Copy a set, and return its source; a set of the same name is replaced.

    Raises:
        BadInput: the set is no set of rules, or not the one that the digest means.
        OperatorError: the files cannot be read or written.
    """
    check_name(name)
    if "://" not in place.where and not Path(place.where).exists():
        raise BadInput(f"`{place.where}`: there is no such file or folder")
    target = folder_of_set(home, name)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_name(f".{name}.{new_short_id(8)}")
    fresh.mkdir(mode=0o700)
    try:
        count = 0
        for path, content in _files(place):
            copy = fresh / path
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy.write_bytes(content)
            count += 1
        if not count:
            raise BadInput(
                f"`{place.where}` holds no rules: no file named *.conf, *.data or *.example"
            )
        root = _root(fresh)
        _try(of_folder(name, root))
        if target.exists():
            shutil.rmtree(target)
        root.rename(target)
    except OSError as failure:
        raise OperatorError(f"`{failure.filename or place.where}`: {failure.strerror}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return of_folder(name, target)


def _try(source: RuleSource) -> None:
    from juyong.waf.rules import BadRules, compiled  # noqa: PLC0415  # compiles

    try:
        compiled(source)
    except BadRules as bad:
        raise BadInput(str(bad)) from None


def _root(folder: Path) -> Path:
    """Return the one folder that an archive puts all its files in, or the folder itself."""
    while True:
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].name == "rules":
            return folder
        folder = inside[0]


def _files(place: Place) -> Iterator[tuple[PurePosixPath, bytes]]:
    if "://" in place.where:
        yield from _unpacked(_downloaded(place))
        return
    where = Path(place.where)
    if where.is_dir():
        if place.sha256:
            raise BadInput("--sha256 is of an archive; a folder has none")
        try:
            found = RuleFolder(where)
        except TooManyFiles as many:
            raise BadInput(str(many)) from None
        _refuse_links(where, found)
        yield from ((_plain(name), found[name]) for name in found if name.endswith(_SUFFIXES))
        return
    yield from _unpacked(_archive(where, place.sha256))


def _refuse_links(where: Path, found: RuleFolder) -> None:
    """Refuse a folder with rules that are no files of the folder: without them the set has gaps."""
    for parent, _, names in os.walk(where.resolve()):
        for name in names:
            path = Path(parent, name).relative_to(where.resolve()).as_posix()
            if name.endswith(_SUFFIXES) and path not in found:
                raise BadInput(f"`{path}` is a link out of the folder, or no file")


def _archive(where: Path, sha256: str) -> bytes:
    with where.open("rb") as file:
        data = file.read(_MOST_ARCHIVE + 1)
    if len(data) > _MOST_ARCHIVE:
        raise BadInput("an archive of rules has at most 32 MiB")
    if not sha256:
        raise BadInput(f"name the digest: --sha256 {hashlib.sha256(data).hexdigest()}")
    return _meant(data, sha256)


def _meant(data: bytes, sha256: str) -> bytes:
    """Return an archive that the digest means; nothing of another one is unpacked."""
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256.lower()):
        raise BadInput("the archive is not the one that --sha256 means")
    return data


def _downloaded(place: Place) -> bytes:
    """Return the archive of a URL."""
    # The platform's way out, which no other command of the WAF needs.
    from juyong.app.downloading import downloaded  # noqa: PLC0415
    from juyong.app.outbound import trusted  # noqa: PLC0415

    if _DIGEST.fullmatch(place.sha256) is None:
        raise BadInput("an archive of a URL needs its digest: --sha256, 64 hexadecimal digits")
    try:
        allowed = networks(place.allowed)
    except ValueError:
        raise BadInput("--allow is a network, such as 10.1.0.0/16") from None
    try:
        data = downloaded(
            place.where,
            _MOST_ARCHIVE,
            allowed,
            seconds=_SECONDS,
            redirects=_REDIRECTS,
            encrypted=partial(trusted, ca_file=place.ca_file),
        )
    except FetchRefused as refused:
        told = str(refused).partition(";")[0]
        raise BadInput(f"the archive is not fetched: {told}; see --allow") from None
    except OSError as failure:
        raise OperatorError(f"the archive is not fetched: {failure}") from None
    return _meant(data, place.sha256)


def _unpacked(data: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    total = count = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
            for member in archive:
                count += 1
                total += member.size
                if count > _MOST_FILES * 10 or total > _MOST_BYTES:
                    raise BadInput("the archive holds too much for a set of rules")
                if not member.name.endswith(_SUFFIXES):
                    continue
                if not member.isreg():
                    raise BadInput("the archive has a link or a device among its rules")
                file = archive.extractfile(member)
                if file is not None:
                    yield _plain(member.name), file.read(_MOST_BYTES)
    except (tarfile.TarError, EOFError, OSError) as failure:
        raise BadInput(f"the archive cannot be read: {type(failure).__name__}") from None


def _plain(name: str) -> PurePosixPath:
    """Return a path that stays below its folder.

    Raises:
        BadInput: the path does not.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not name.isprintable() or "\\" in name:
        raise BadInput("a file of the archive lies outside of the archive")
    return path
