"""Check that the cryptography of this process gives known answers, once, at its first use."""

from functools import lru_cache

from juyong.api.errors import ServiceUnavailable


def ready() -> None:
    """Refuse every call of a process whose cryptography is broken.

    Raises ServiceUnavailable (a known answer did not come out; its cause says which).

    PERF: imported when it is needed: a server that is not asked for keys does not pay for it.
    """
    wrong = _wrong_answer()
    if wrong is not None:
        raise ServiceUnavailable from wrong


@lru_cache(maxsize=1)
def _wrong_answer() -> Exception | None:
    from juyong.engines.crypto.keys import SelfTestFailed  # noqa: PLC0415
    from juyong.engines.crypto.selftest import self_test  # noqa: PLC0415

    try:
        self_test()
    except SelfTestFailed as failed:
        return failed
    return None
