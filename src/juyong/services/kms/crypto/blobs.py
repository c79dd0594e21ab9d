"""Find the key of a ciphertext blob, which names its key version itself."""

import msgspec

from juyong.api.access import TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.engines.crypto.envelope import Header, algorithm_of, peek
from juyong.engines.crypto.keys import NotOffered, Undecipherable
from juyong.services.kms.crypto.parameters import canonical_base64
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.keys.find import RESOURCE, as_of, policy_of
from juyong.services.kms.keys.names import key_arn
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A blob taken apart, with the key and the version it names; not yet opened."""

    row: KeyRow
    version: KeyVersionRow
    header: Header


def located(ctx: Context, text: str) -> Located | None:
    """Return what a blob names, or None when it names nothing that the caller could ever reach.

    SECURITY: a key of another account that carries no policy is nothing to this caller, and so
    looks like no key.
    """
    place = ("blob", text)
    if place not in ctx.seen:
        ctx.seen[place] = _read(ctx, text)
    found: Located | None = ctx.seen[place]
    return found


def _read(ctx: Context, text: str) -> Located | None:
    data = canonical_base64(text)
    if data is None:
        return None
    try:
        header = peek(data)
    except Undecipherable:
        return None
    version = ctx.tx.get(KeyVersionRow, header.version_id)
    stored = ctx.tx.get(KeyRow, version.key_id) if version else None
    row = as_of(stored, ctx.now) if stored else None
    if version is None or row is None or row.region != ctx.region:
        return None
    if not _seals(row.spec, header):
        return None
    if row.account_id != ctx.account_id and policy_of(row) is None:
        return None
    return Located(row=row, version=version, header=header)


def _seals(spec: str, header: Header) -> bool:
    try:
        return header.algorithm is algorithm_of(spec)
    except NotOffered:
        return False


def find_blob(ctx: Context, text: str) -> Located:
    """Return what a blob names.

    Raises:
        InvalidParameter: it is none of ours, or its key is gone.
    """
    found = located(ctx, text)
    if found is None:
        raise InvalidParameter(name="CiphertextBlob")
    ctx.journal.refer(RESOURCE, found.row.key_id, found.row.account_id)
    return found


def blob_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the key of a blob.

    SECURITY: a blob of no key is every key, so that only who may use all learns that it is none.
    """
    return (name_of(ctx, located(ctx, arguments["ciphertext_blob"])),)


def blob_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the policy of a blob's key, if it carries one."""
    found = located(ctx, arguments["ciphertext_blob"])
    return policy_of(found.row) if found else None


def name_of(ctx: Context, found: Located | None) -> str:
    """Return the ARN of what was found, that of every key for nothing."""
    if found is None:
        return key_arn(ctx.account_id, ctx.region, "*")
    return key_arn(found.row.account_id, found.row.region, found.row.key_id)
