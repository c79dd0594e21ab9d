"""The self-test: it passes, and each broken answer stops it."""

import builtins

import pytest

from juyong.engines.crypto import macs, public, selftest, symmetric
from juyong.engines.crypto.keys import BadSignature, SelfTestFailed
from juyong.engines.crypto.selftest import self_test

ALL = (
    *("AES-GCM", "SM4-GCM", "HMAC", "RSA-PSS", "RSA-PKCS1", "ECDSA P-256", "ECDSA secp256k1"),
    "SM2",
)


def test_all_known_answers_come_out():
    assert self_test() == ALL


def test_sm2_is_left_out_without_its_library(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("gmssl"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert self_test() == ALL[:-1]


@pytest.mark.parametrize("name", ["_GCM_SEALED", "_SM4_SEALED", "_GCM_PLAINTEXT"])
def test_a_wrong_ciphertext_stops_it(monkeypatch, name):
    monkeypatch.setattr(selftest, name, bytes(len(getattr(selftest, name))))
    with pytest.raises(SelfTestFailed, match="GCM"):
        self_test()


@pytest.mark.parametrize("kind", [symmetric.AesGcm, symmetric.Sm4Gcm])
def test_a_cipher_that_does_not_authenticate_stops_it(monkeypatch, kind):
    real = kind.open

    def careless(self, nonce, sealed, aad):
        return real(self, nonce, sealed, aad or selftest._GCM_AAD)

    monkeypatch.setattr(kind, "open", careless)
    with pytest.raises(SelfTestFailed, match="GCM"):
        self_test()


def test_a_wrong_code_stops_it(monkeypatch):
    monkeypatch.setattr(macs.HmacKey, "mac", lambda *_: b"wrong")
    with pytest.raises(SelfTestFailed, match="HMAC"):
        self_test()


@pytest.mark.parametrize("kind", ["_RsaPublic", "_EcPublic"])
def test_a_verifier_that_believes_anything_stops_it(monkeypatch, kind):
    monkeypatch.setattr(getattr(public, kind), "verify", lambda *_: None)
    with pytest.raises(SelfTestFailed, match=r"RSA-PSS|ECDSA P-256"):
        self_test()


def test_a_verifier_that_believes_nothing_stops_it(monkeypatch):
    def doubting(*_):
        raise BadSignature

    monkeypatch.setattr(public._EcPublic, "verify", doubting)
    with pytest.raises(SelfTestFailed, match="ECDSA P-256"):
        self_test()
