"""Which operation answered with which code, in all processes of a test run."""

import pytest

SEEN: set[tuple[str, str, str]] = set()
"""(product, operation, code) of every answer drawn from a server in this process."""
_KEY = "answers"

CANNOT_SUCCEED = {
    # The service is open to every account from the start.
    ("Kms", "OpenKmsService", ""),
    # A bucket has none, and says so as the cloud says of a bucket that has none.
    ("Oss", "GetBucketTransferAcceleration", ""),
}

SHOWN_AS = {("Sls", "UnsupportedOperation"): "NotSupported"}
"""(product, declared code): the code that the product's format writes."""


def hand_over(config: pytest.Config) -> None:
    """Give what this process saw to the one that started it, where there is one."""
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_KEY] = sorted(SEEN)


def take_over(node: object) -> None:
    """Take what another process saw."""
    output = getattr(node, "workeroutput", {})
    SEEN.update((product, name, code) for product, name, code in output.get(_KEY, ()))


def untried_answers(seen: set[tuple[str, str, str]]) -> list[str]:
    """Return each success and declared error that no test drew from a server."""
    from juyong.api import registry

    registry.load_all()
    done = seen | CANNOT_SUCCEED
    return [
        f"{product.code}.{found.name}: {code or 'success'}"
        for product in registry.packages().values()
        for found in product.operations.values()
        for code in ("", *(error.code for error in found.raises))
        if (product.code, found.name, SHOWN_AS.get((product.code, code), code)) not in done
    ]
