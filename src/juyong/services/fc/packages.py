"""Take a function's code: decode it, see that it may be run, and compute its checksum."""

import base64
import binascii
from dataclasses import dataclass

from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.sandbox import BadPackage, PackageLimits, crc64, read_package
from juyong.services.fc.errors import BadCode
from juyong.services.fc.fields import InputCode
from juyong.services.fc.resources import key_of
from juyong.services.fc.tables import CodeRow, FunctionRow
from juyong.store.transaction import Transaction

LIMITS = PackageLimits()


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """A package that can be run, and its CRC-64 in decimal."""

    package: bytes
    checksum: str


def checked_code(ctx: Context, code: InputCode, claimed: str | None = None) -> CheckedCode:
    """Return the code of a call, checked outside the transaction since that takes a while.

    Args:
        ctx: The call.
        code: As sent.
        claimed: A checksum that the call gives apart from the code.

    Raises:
        BadCode: it is no package that may be run, larger than the quota `fc.code-bytes`, or has
            another checksum than claimed.
        NotSupported: it is said to be in OSS.
    """
    text = code.package_text()
    if not text:
        raise BadCode(reason="zipFile is required")
    most = ctx.quota("fc.code-bytes")
    # The body is the same at every attempt of a call, so the key need not tell it.
    found = ctx.outside(("fc.code",), lambda: _check(text, most))
    for wanted in (claimed, code.checksum):
        if wanted not in (None, "", found.checksum):
            raise BadCode(reason="its checksum differs from the one sent")
    return found


def _check(text: Secret, most: int) -> CheckedCode:
    try:
        package = base64.b64decode(text.reveal(), validate=True)
    except (binascii.Error, ValueError) as bad:
        raise BadCode(reason="zipFile is no base64 text") from bad
    if len(package) > most:
        raise BadCode(reason=f"its size exceeds {most} bytes")
    try:
        read_package(package, LIMITS)
    except BadPackage as bad:
        raise BadCode(reason=str(bad)) from bad
    return CheckedCode(package, str(crc64(package)))


def code_of(tx: Transaction, row: FunctionRow) -> bytes:
    """Return the package of a function."""
    held = tx.get(CodeRow, *key_of(row))
    return held.package if held is not None else b""
