"""Verify what trails delivered: a folder, or a bucket that is asked."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from juyong.api.command import BadInput, OperatorError
from juyong.app.audit import key_for
from juyong.app.blobs import bucket_named
from juyong.app.home import Home
from juyong.app.presence import running_server
from juyong.app.settings import BadSetting
from juyong.audit.ledger.delivered import Delivered, verify_delivered
from juyong.store.errors import Unavailable

if TYPE_CHECKING:
    from juyong.blobs.bucket.port import Bucket

MOST_BYTES = 64 * 1024 * 1024
"""A larger object is none that a trail delivered."""


def verify_bucket(
    path: Path, where: str, *, key: str | None, endpoint: str | None
) -> tuple[Delivered, tuple[str, ...]]:
    """Verify what trails delivered.

    Args:
        path: The home, whose key is believed where none is given.
        where: A folder, or `oss://BUCKET/PREFIX`.
        key: The log's verifier key, or a file that holds it.
        endpoint: The URL of the bucket's service; without it the server of the home.

    Returns:
        What was found, and what had to be believed for it.

    Raises:
        BadInput: there is no such folder, or the key cannot be read.
        OperatorError: there is no key, or the bucket cannot be read.
    """
    home = Home(path)
    public, believed = key_for(home, key)
    if "://" not in where:
        return verify_delivered(*_folder(Path(where)), public), believed
    try:
        bucket = _bucket(home, where, endpoint)
        return verify_delivered(list(_names(bucket)), _reading(bucket), public), believed
    except BadSetting as bad:
        told = str(bad).replace("`blob_store`", "`--bucket`")
        hint = "; `juyong exec -- juyong audit verify …` has those of a user"
        raise BadInput(told + hint if "blob_key_file" in told else told) from bad
    except Unavailable as failure:
        raise OperatorError(f"the bucket cannot be read: {failure}") from failure


def _folder(folder: Path) -> tuple[list[str], Callable[[str], bytes | None]]:
    if not folder.is_dir():
        raise BadInput(f"`{folder}` is no folder")
    names = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())

    def read(name: str) -> bytes | None:
        try:
            return (folder / name).read_bytes()
        except OSError:
            return None

    return names, read


def _bucket(home: Home, where: str, endpoint: str | None) -> "Bucket":
    return bucket_named(where, endpoint or _own_endpoint(home), os.environ)


def _own_endpoint(home: Home) -> str:
    """Return the URL of the server of a home.

    Raises:
        OperatorError: no server of the home runs.
    """
    server = running_server(home)
    if server is None:
        raise OperatorError("no server of the home runs: give the bucket's service by --endpoint")
    return f"http://127.0.0.1:{server.port}"


def _names(bucket: "Bucket") -> Iterator[str]:
    after, more = "", True
    while more:
        page = bucket.objects(after)
        yield from (each.name for each in page.seen)
        more = page.more and bool(page.seen)
        after = page.seen[-1].name if page.seen else after


def _reading(bucket: "Bucket") -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        try:
            length = bucket.length(name)
            return bucket.get(name, 0, length) if 0 < length <= MOST_BYTES else None
        except FileNotFoundError:
            return None

    return read
