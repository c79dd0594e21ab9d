"""The key process: any bytes are requests or end the talk; what is read is said again the same."""

import tempfile
from pathlib import Path

from juyong.hsm.process import messages as say
from juyong.hsm.process.child import Server
from juyong.hsm.process.material import Materials

_DIRECTORY = tempfile.TemporaryDirectory()
_SERVER = Server(Materials(Path(_DIRECTORY.name) / "keys", b"k" * 32))
_ATTEMPT = b"a" * 16
_AES = {"spec": "Aliyun_AES_128", "label": "a"}
_MAC = {"spec": "HMAC_SHA_256", "label": "m"}
_EC = {"spec": "EC_P256", "label": "e"}
for _made in (_AES, _MAC, _EC):
    assert isinstance(_SERVER.answer(say.Make(**_made, attempt=_ATTEMPT)), say.Done)

_REQUESTS: tuple[say.Request, ...] = (
    say.Start(directory="/", key=b"k" * 32),
    say.Health(),
    say.Labels(),
    say.Offers(spec="EC_P256", algorithm="ECDSA_SHA_256"),
    say.Make(**_AES, attempt=_ATTEMPT, material=b"k" * 16),
    say.Make(**_MAC, attempt=_ATTEMPT),
    say.PublicKey(label="e"),
    say.Destroy(label="x"),
    say.Seal(**_AES, nonce=b"n" * 12, plaintext=b"p", aad=b"a"),
    say.Open(**_AES, nonce=b"n" * 12, sealed=b"s" * 17, aad=b"a"),
    say.Decrypt(spec="RSA_2048", label="r", algorithm="RSAES_OAEP_SHA_1", ciphertext=b"c" * 256),
    say.Sign(**_EC, algorithm="ECDSA_SHA_256", digest=b"d" * 32),
    say.Mac(**_MAC, algorithm="HMAC_SHA_256", message=b"m"),
)
SEEDS: list[bytes] = [
    *(say.frame(request) for request in _REQUESTS),
    b"".join(say.frame(request) for request in _REQUESTS[1:4]),
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x02\xc0",
]


def target(data: bytes) -> None:
    """Talk as the child does, without making keys, which takes time and files."""
    rest = memoryview(data)

    def receive(size: int) -> bytes:
        nonlocal rest
        part, rest = bytes(rest[:size]), rest[size:]
        return part

    while True:
        try:
            request = say.parse_request(say.read_frame(receive))
        except (say.BadMessage, say.Ended):
            return
        assert say.parse_request(say.frame(request)[4:]) == request
        if isinstance(request, say.Make | say.Offers):
            continue
        reply = _SERVER.answer(request)
        assert say.parse_reply(say.frame(reply)[4:]) == reply
