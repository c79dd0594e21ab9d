"""Prove the functions: each has its code."""

from collections.abc import Iterator, Mapping

from juyong.blobs.checks import is_kept
from juyong.services.fc.tables import CodeRow, FunctionRow
from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.transaction import Transaction


def check(tx: Transaction, _keys: Mapping[str, bytes]) -> Iterator[Finding]:
    """Report functions without code, and code without its blob.

    Cost: two keyed reads a function.
    """
    for *key, _version in scan(tx, FunctionRow, ("version",)):
        where = f"fc_function {' '.join(filter(None, key))}"
        held = tx.get(CodeRow, *key)
        if held is None:
            yield Finding("function-without-code", where, "there is no row of its code")
        elif held.blob_id and not is_kept(tx, held.blob_id):
            yield Finding("function-code-missing", where, f"there is no blob {held.blob_id}")
