"""The encryption context: names and values that a ciphertext is bound to and does not hold."""

import json
from collections.abc import Mapping
from typing import Self

import msgspec

from juyong.base.strict_json import NotStrictJson, decode
from juyong.engines.crypto.keys import BadInput

MAX_CHARS = 8192


class EncryptionContext(msgspec.Struct, frozen=True):
    """Pairs of text, sorted by name, which are equal when their content is.

    canonical: the bytes that ciphertexts are bound to: JSON without spaces, names in the order of
    their code points, UTF-8, only those characters escaped that JSON must escape. This form must
    never change.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    canonical: bytes = b"{}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a JSON object of strings; no text at all is the empty context.

        Raises:
            BadInput: longer than 8192 characters, no JSON object, a name twice, or a value that
                is no string.

        Source: KMS API reference, Encrypt, "EncryptionContext" (documented).
        Cost: linear in the text, except for the sorting.
        """
        if not text:
            return cls()
        _check_length(text)
        try:
            value = decode(text)
        except NotStrictJson as bad:
            raise BadInput(f"the encryption context is refused: {bad.reason}") from None
        if not isinstance(value, dict):
            raise BadInput("the encryption context must be a JSON object")
        pairs: dict[str, str] = {}
        for name, each in value.items():
            if not isinstance(each, str):
                raise BadInput("the values of an encryption context must be strings")
            pairs[name] = each
        return cls._canonical(pairs)

    @classmethod
    def of(cls, pairs: Mapping[str, str]) -> Self:
        """Take pairs that the platform made.

        Raises:
            BadInput: longer than 8192 characters, or text that has no UTF-8 form.
        """
        return cls._canonical(pairs)

    @classmethod
    def _canonical(cls, pairs: Mapping[str, str]) -> Self:
        text = json.dumps(pairs, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        _check_length(text)
        try:
            return cls(tuple(sorted(pairs.items())), text.encode())
        except UnicodeEncodeError:
            raise BadInput("the encryption context holds a lone surrogate") from None


def _check_length(text: str) -> None:
    if len(text) > MAX_CHARS:
        raise BadInput(f"an encryption context has up to {MAX_CHARS} characters")
