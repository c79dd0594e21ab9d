"""The bounds of messages, and that no message shows a secret."""

import pytest

from juyong.notices import BadNotice, Mail, Webhook
from juyong.notices.message import check

GOOD = [
    Webhook(url="https://hook.example/a?token=x", headers={"X-Key": "v w"}, body="é"),
    Webhook(url="http://[::1]:8080", method="PUT"),
    Webhook(url="https://hook.example", body="x" * 262_144),
    Mail(to="a@example.com", subject="s", text=""),
    Mail(to="a+b@x.example", subject="", text="line\nline\x1b"),
]
BAD = [
    Webhook(url=""),
    Webhook(url="ftp://hook.example/"),
    Webhook(url="hook.example"),
    Webhook(url="https://"),
    Webhook(url="gopher://hook.example:443/"),
    Webhook(url="https://u:p@hook.example/"),
    Webhook(url="https://hook.example/ a"),
    Webhook(url="https://hook.example/\r\nX: y"),
    Webhook(url="https://hook.example:99999/"),
    Webhook(url="https://[::1/"),
    Webhook(url="https://hook.example/" + "a" * 2048),
    Webhook(url="https://ho\u0131k.example/"),
    Webhook(url="https://hook.example/", method="TRACE"),
    Webhook(url="https://hook.example/", headers={"Host": "x"}),
    Webhook(url="https://hook.example/", headers={"a b": "x"}),
    Webhook(url="https://hook.example/", headers={"X": "a\r\nY: b"}),
    Webhook(url="https://hook.example/", headers={"X": "a" * 4097}),
    Webhook(url="https://hook.example/", headers={f"X{n}": "" for n in range(33)}),
    Webhook(url="https://hook.example/", body="é" * 131_073),
    Webhook(url="https://hook.example/", body="\ud800"),
    Mail(to="", subject="", text=""),
    Mail(to="a@b, c@d", subject="", text=""),
    Mail(to="a@b\nBcc: c@d", subject="", text=""),
    Mail(to="a@b", subject="x\ny", text=""),
    Mail(to="a@b", subject="x" * 513, text=""),
    Mail(to="a@b", subject="", text="x" * 262_145),
]


@pytest.mark.parametrize("message", GOOD)
def test_what_can_be_sent(message: Webhook | Mail) -> None:
    check(message)


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_sent(message: Webhook | Mail) -> None:
    with pytest.raises(BadNotice):
        check(message)


def test_no_repr_shows_a_secret() -> None:
    hook = Webhook(url="https://h.example/?t=SECRET", headers={"K": "SECRET"}, body="SECRET")
    assert "SECRET" not in repr(hook)
    assert "SECRET" not in repr(Mail(to="SECRET@b", subject="SECRET", text="SECRET"))
