"""The control socket's lines: a request or a reply of this protocol, or refused without an echo."""

from juyong.app.control.messages import (
    MOST_BYTES,
    BadMessage,
    Reply,
    SealRequest,
    StatusRequest,
    UnsealRequest,
    decode_reply,
    decode_request,
    encode_message,
)

SEEDS: list[bytes] = [
    encode_message(StatusRequest()),
    encode_message(SealRequest()),
    encode_message(UnsealRequest(None)),
    encode_message(UnsealRequest("correct horse é \x00 ☃")),
    encode_message(Reply(state="sealed", refusal="another seal or unseal is under way")),
    b'{"do":"unseal","passphrase":"' + b"p" * 1024 + b'"}\n',
    b"x" * MOST_BYTES + b"\n",
]


def target(data: bytes) -> None:
    """Read data as either kind of line."""
    for decode in (decode_request, decode_reply):
        refusal: BadMessage | None = None
        try:
            message = decode(data)
        except BadMessage as bad:
            refusal = bad
        if refusal is not None:
            assert refusal.__cause__ is None
            assert str(refusal).startswith("the message ")
            continue
        assert decode(encode_message(message)) == message
        assert not isinstance(message, UnsealRequest) or repr(message) == "UnsealRequest(****)"
