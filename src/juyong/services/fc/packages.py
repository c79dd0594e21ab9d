"""Take a function's code: keep it as a blob, see that it may be run; and find it again.

Source: CreateFunction of both versions, and limits of both (documented): 100 MB in the call, 500 MB
from OSS, where the caller must be allowed oss:GetObject; that the bucket is in the function's
region (assumed).
"""

import io
from dataclasses import dataclass, field
from typing import BinaryIO

from juyong.api.access import Also
from juyong.api.answers import RawAnswer
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import copy, forget, keep, unkept
from juyong.blobs.content import Content, whole
from juyong.blobs.disk import Disk
from juyong.blobs.reading import opened
from juyong.blobs.tables import BlobRow
from juyong.sandbox import BadPackage, PackageLimits, check_package
from juyong.services.fc.errors import BadCode, NoCodeObject
from juyong.services.fc.fields import InputCode
from juyong.services.fc.resources import FunctionKey, key_of
from juyong.services.fc.tables import CodeRow, FunctionRow
from juyong.services.oss.facade import NotReadable, readable_content, reading_needs
from juyong.store.transaction import Transaction

LIMITS = PackageLimits()


def code_needs(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the object that holds the code: the caller must be allowed to read the object."""
    code = arguments.get("code")
    if code is None or not code.in_oss:
        return ()
    try:
        return reading_needs(ctx, *code.place)
    except NotReadable as missing:
        raise _no_object(code) from missing


def taken_code(
    ctx: Context, code: InputCode, package: Blob | None, claimed: str | None = None
) -> Blob:
    """Return the code of a call in a blob that nothing keeps yet.

    The package is copied and checked outside the transaction, since that takes a while.

    Args:
        ctx: The call.
        code: As sent.
        package: The package, where the call brought it.
        claimed: A checksum that the call gives apart from the code.

    Raises:
        BadCode: it is no package that may be run, larger than its quota (`fc.code-bytes`, or
            `fc.code-bytes-from-oss`), or has another checksum than claimed.
        NoCodeObject: it is said to be in OSS, and cannot be read there.
    """
    disk, wanted = ctx.platform.disk, (claimed, code.checksum)
    if (package is not None) == code.in_oss:
        raise BadCode(reason="either zipFile or an object of OSS is required")
    if package is not None:
        _refuse_larger(package.size, ctx.quota("fc.code-bytes"))
        # The body is the same at every attempt of a call, so the key need not tell it.
        ctx.outside(("fc.code",), lambda: _refuse_unfit(disk, package, wanted))
        return package
    content = _in_oss(ctx, code)
    state = tuple((part.row.blob_id, part.start, part.length) for part in content.parts)
    return ctx.outside(("fc.code", *state), lambda: _copied(disk, content, wanted))


def _in_oss(ctx: Context, code: InputCode) -> Content:
    try:
        content = readable_content(ctx, *code.place)
    except NotReadable as missing:
        raise _no_object(code) from missing
    _refuse_larger(content.length, ctx.quota("fc.code-bytes-from-oss"))
    return content


def _no_object(code: InputCode) -> ApiError:
    bucket, key = code.place
    return NoCodeObject(bucket=bucket, key=key)


def _refuse_larger(size: int, most: int) -> None:
    if size > most:
        raise BadCode(reason=f"its size exceeds {most} bytes")


def _copied(disk: Disk, content: Content, wanted: tuple[str | None, ...]) -> Blob:
    blob = copy(disk, content)
    try:
        _refuse_unfit(disk, blob, wanted)
    except BaseException:
        disk.remove(blob.blob_id)
        raise
    return blob


def _refuse_unfit(disk: Disk, blob: Blob, wanted: tuple[str | None, ...]) -> None:
    try:
        with opened(unkept(disk, blob)) as source:
            check_package(source, LIMITS)
    except BadPackage as bad:
        raise BadCode(reason=str(bad)) from bad
    if any(each not in (None, "", checksum_of(blob)) for each in wanted):
        raise BadCode(reason="its checksum differs from the one sent")


def checksum_of(blob: Blob) -> str:
    """Return the CRC-64 of a package in decimal."""
    return str(blob.crc64)


def keep_code(ctx: Context, key: FunctionKey, blob: Blob) -> None:
    """Keep a package as the code of a function, instead of the one that it had."""
    keep(ctx.tx, blob, key.account_id, ctx.now)
    held = ctx.tx.get(CodeRow, *key)
    if held is None:
        ctx.tx.insert(CodeRow(**key._asdict(), blob_id=blob.blob_id))
        return
    forget(ctx.tx, held.blob_id, ctx.now)
    ctx.tx.update(held, blob_id=blob.blob_id, package=b"")


def forget_code(ctx: Context, key: FunctionKey) -> None:
    """Delete the code of a function."""
    held = ctx.tx.get(CodeRow, *key)
    if held is not None:
        forget(ctx.tx, held.blob_id, ctx.now)
        ctx.tx.delete(held)


@dataclass(frozen=True, slots=True)
class KeptCode:
    """The package of a function: a blob, or, until a job moved the package there, bytes."""

    content: Content | None
    package: bytes = field(repr=False)

    def open(self) -> BinaryIO:
        """Return the package as a file; reads may wait for the disk."""
        return io.BytesIO(self.package) if self.content is None else opened(self.content)

    def answered(self) -> RawAnswer:
        """Return the answer that is the package."""
        return RawAnswer(body=self.package, content=self.content, content_type="application/zip")


def code_of(tx: Transaction, disk: Disk, row: FunctionRow) -> KeptCode:
    """Return the package of a function."""
    held = tx.get(CodeRow, *key_of(row))
    assert held is not None  # noqa: S101  # written and deleted with the function
    blob = tx.get(BlobRow, held.blob_id)
    return KeptCode(None if blob is None else whole(disk, blob), held.package)
