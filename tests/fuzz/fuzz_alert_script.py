"""Scripts of action policies: what is read is calls with plain values."""

from juyong.services.sls.alerts.script import BadScript, calls_of

SEEDS: list[bytes] = [
    b'fire(type="webhook_integration", webhook_id="hook", period="any")',
    b"fire(type='email', users=['a', 'b'], groups=[]); fire(h={'a': 'b', \"c\": d}, n=-1.5)",
    b'if severity > 5: fire(type="sms")',
]


def target(data: bytes) -> None:
    """Read a script, and look at the values."""
    try:
        calls = calls_of(data.decode("utf-8", "replace"))
    except BadScript:
        return
    for call in calls:
        for value in call.values():
            inner = [*value] if isinstance(value, list | dict) else [value]
            assert all(isinstance(each, str) for each in inner)
