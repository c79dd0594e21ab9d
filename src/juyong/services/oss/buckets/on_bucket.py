"""The decorator of operations on one bucket."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, Unpack

from juyong.api.access import Entry
from juyong.api.operation import OnOne, Options, Route, operation
from juyong.services.oss.buckets.bucket import ONE_BUCKET
from juyong.services.oss.product import PRODUCT as OSS
from juyong.services.oss.tables import BucketRow

P = ParamSpec("P")
T = TypeVar("T")


def on_bucket(
    name: str, method: str, marks: str = "", **options: Unpack[Options]
) -> Callable[[OnOne[BucketRow, P, T]], OnOne[BucketRow, P, T]]:
    """Register a function as an operation on one bucket, whose row is its second argument.

    Callers without a signature reach the operation too, and are judged by the bucket's policy. GET
    only reads.

    Args:
        name: The API's name.
        method: The HTTP method.
        marks: The query parameters that tell the operation from others on buckets.
        **options: As of `operation`.
    """
    options["entry"] = Entry.OPEN
    options["route"] = Route(method=method, path=OSS.places["on_bucket"], marks=marks)
    options.setdefault("reads_only", method == "GET")
    return operation(OSS, name, on=ONE_BUCKET, **options)
