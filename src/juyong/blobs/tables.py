"""The blobs that are kept, and those whose files wait to be removed."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table("store_blob", key=("blob_id",), index=(("account_id",),))
class BlobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One blob.

    size: Bytes of the body. key: What its blocks are sealed under, in base64; None where the owner
    of the blob keeps the key sealed under a key of its own. content: The sealed body of a small
    blob, which has no file. uses: How many things keep it; the last one that forgets it drops it.
    """

    blob_id: str
    account_id: AccountId
    size: int
    key: Secret | None
    content: bytes | None
    uses: int = 1
    created_at: Instant


@table("store_blob_gone", key=("blob_id",), index=(("due_at",),))
class GoneBlobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that nothing needs any more; its file is removed once `due_at` has come."""

    blob_id: str
    due_at: Instant
