"""Public keys from outside: what is read has one encoding, and encrypts or verifies."""

from contextlib import suppress

from juyong.engines.crypto.keys import BadInput, BadSignature, NotOffered
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.specs import SPECS, Family

_KEYS = {
    "RSA_2048": bytes.fromhex(
        "30820122300d06092a864886f70d01010105000382010f003082010a0282010100f8c4c02f003120"
        "9f8e4537bbd3b9691fed7c0edafbffdb175fbcbda78715516fae47d5342906154d4a85e3aacbe2a3"
        "29bf280b0ddb5e0b5961cb671bcabebe8bb40e760d9e11bb68b8936e3507ee1af2aa484a70be6b4a"
        "dc60051bed34ef8ea3fea255466c239157cb08a2be4764e1a38d0c968e3eaeab227930fe53cca3a0"
        "f6437aa3f4730710bb5da6c9187f8ca31fdc3ef3d483dbf1f0195d58509d7509db838c2b105ff82b"
        "ed7f3382ffbe945224381eef46c955dcb540406e6bdc0eb390fedbfa56a224748f354e8742216e46"
        "cc573cfbcf706b46e4a45f52248349a9d02f9d99eaf2886b1d7e22aeba976ef8094d5194075b0ab2"
        "65ebbe6d460d242b990203010001"
    ),
    "EC_P256": bytes.fromhex(
        "3059301306072a8648ce3d020106082a8648ce3d030107034200045bd9da83ef2d1a872e980ad4ef"
        "a40a32a0f30a9706d12927a2190268f72860f4dc7ac6ad7e35995d3289453a8c576dafff51380afa"
        "f1a608df3080cd8e41d0fd"
    ),
    "EC_P256K": bytes.fromhex(
        "3056301006072a8648ce3d020106052b8104000a03420004f264b0ae5ac78bd1bc0efda1a4ff70c6"
        "77796fe5e6817df1bdc81b0e9d16b7ba1b19dbf4e1ff88d66218e70978ec727699032a5d8f09567d"
        "774f3c6721af9894"
    ),
    "EC_SM2": bytes.fromhex(
        "3059301306072a8648ce3d020106082a811ccf5501822d034200045526696f6d1dd21bdbbed0f7e0"
        "2a2d15169d1d2bcb7929deef72eb672752009be26e70b76abeee4a0473be2996b24d7ca82abfc468"
        "6774ac262f7dc044e59d9b"
    ),
}
_OTHERS = (
    # Explicit parameters of P-256, P-384, Ed25519, and a compressed point.
    bytes.fromhex(
        "3082014b3082010306072a8648ce3d02013081f7020101302c06072a8648ce3d0101022100ffffff"
        "ff00000001000000000000000000000000ffffffffffffffffffffffff305b0420ffffffff000000"
        "01000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93e7b3ebbd5576"
        "9886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f"
        "7e900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342"
        "e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00000000"
        "ffffffffffffffffbce6faada7179e84f3b9cac2fc63255102010103420004ce9f8509cc66e6d605"
        "60aebfd909274f516c92a4c2109609d51ab9489eb95d2a09958d91f1a8f99b8d5e7b5745a92324b5"
        "4d40d4c513a068336b9ce711755c94"
    ),
    bytes.fromhex(
        "3076301006072a8648ce3d020106052b8104002203620004eaaad66492d7f41e58f1fdc6da7b7a4a"
        "a8f868cad179dbe9e616823ea137c054701b753efabc6768868c11eac0ab32ced9d1492061dc5d79"
        "f9991caff12cd5312c574f4ade5de58337e866df32882586cfec36cdea5a31a202bb609b8dff2c84"
    ),
    bytes.fromhex(
        "302a300506032b6570032100017137b44cf4819f92a89502d8de7d8af881622319e626072df78c7b050ddb15"
    ),
    bytes.fromhex(
        "3039301306072a8648ce3d020106082a8648ce3d03010703220002db2bfea6038e6f395bb81af5c7"
        "62812b4ca68991a513835ff3358c0dbf25f04a"
    ),
)
SEEDS: list[bytes] = [
    *_KEYS.values(),
    *_OTHERS,
    b"",
    b"0",
    b"-----BEGIN PUBLIC KEY-----",
    _KEYS["RSA_2048"] + b"\0",
    _KEYS["EC_SM2"][:-64] + bytes(64),
    _KEYS["EC_P256"][:-64] + bytes(64),
]
_PAIRS = [spec for spec in SPECS.values() if spec.family not in (Family.SYMMETRIC, Family.MAC)]


def target(data: bytes) -> None:
    """Read the bytes as a key of every spec."""
    accepted = [spec.name for spec in _PAIRS if _usable(spec.name, data)]
    assert len(accepted) <= 1, accepted
    assert not accepted or data not in _OTHERS
    for name, der in _KEYS.items():
        assert data != der or accepted == [name]


def _usable(name: str, data: bytes) -> bool:
    try:
        key = load_public(name, data)
    except BadInput:
        return False
    for algorithm in ("RSAES_OAEP_SHA_256", "SM2PKE"):
        with suppress(NotOffered):
            assert b"data key" not in key.encrypt(algorithm, b"data key")
    for algorithm in ("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA"):
        with suppress(NotOffered, BadSignature):
            key.verify(algorithm, bytes(32), bytes.fromhex("3006020101020101"))
    return True
