"""Signed notes, verifier keys, cosignatures and checkpoints."""

import pytest
from tests.ledger_logs import LOG, ORIGIN, WITNESS, Log, Signing, events, signed

from juyong.engines.ledger import (
    COSIGNING,
    BadSignature,
    Checkpoint,
    Key,
    Malformed,
    Note,
    NotSigned,
    Signature,
    cosign,
    open_checkpoint,
    sign,
)

# Source: C2SP signed-note, Verifier keys, Example (documented).
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAl"
    "TgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# Source: C2SP tlog-cosignature, the example (documented).
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1"
    "gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oy"
    "in1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
TEXT = "a\n\nb\n"
NOW = 1_700_000_000


def test_the_published_note_verifies():
    key, note = Key.parse(EXAMPLE_KEY), Note.parse(EXAMPLE)
    assert key.text == EXAMPLE_KEY
    assert note.encode() == EXAMPLE
    note.check([key])
    with pytest.raises(BadSignature):
        note._replace(text="This is another message.\n").check([key])


def test_the_published_cosignature_is_read():
    note = Note.parse(COSIGNED)
    assert note.encode() == COSIGNED
    assert Checkpoint.parse(note.text).size == 20852163
    assert note.signatures[1].name == "witness.example.com/w1"
    assert note.signatures[1].at_seconds == 1679315147


def test_a_note_is_signed_and_read():
    made = Note(TEXT, (sign(TEXT, LOG.key, LOG.sign),))
    assert Note.parse(made.encode()) == made
    made.check([WITNESS.key, LOG.key])
    with pytest.raises(NotSigned):
        made.check([WITNESS.key])
    with pytest.raises(NotSigned):
        made.check([])


def test_keys_with_the_name_or_the_id_of_another_are_not_known():
    made = Note(TEXT, (sign(TEXT, LOG.key, LOG.sign),))
    name, key_id, value = made.signatures[0]
    for unknown in (Signature("other", key_id, value), Signature(name, b"abcd", value)):
        with pytest.raises(NotSigned):
            Note(TEXT, (unknown,)).check([LOG.key])


def test_one_wrong_signature_in_a_known_name_spoils_the_note():
    right = sign(TEXT, LOG.key, LOG.sign)
    for wrong in (b"", right.value[:-1], right.value + b"\0", right.value[:-1] + b"\xff"):
        note = Note(TEXT, (right, right._replace(value=wrong)))
        with pytest.raises(BadSignature):
            note.check([LOG.key])


def line(name: str = "n", value: str = "YWJjZGU=") -> str:
    return f"— {name} {value}\n"


@pytest.mark.parametrize(
    "data",
    [
        *("", "\n", "\n\n", "text\n", "text\n\n", f"text\n{line()}", line(), f"text\n\n{line()}x"),
        *(f"text\n\n{line()[:-1]}", f"text\n\n{line()}\n", f"text\n\n{line()}\n{line()}\n"),
        *("text\n\n- n YWJjZGU=\n", "text\n\n—n YWJjZGU=\n", "text\n\n—  YWJjZGU=\n"),
        *(f"text\n\n{line('a+b')}", "text\n\n" + line("a\u00a0b"), "text\n\n" + line("a\u2003")),
        *(f"text\n\n{line(value='YWJj')}", f"text\n\n{line(value='YWJjZA==')}"),
        *(f"text\n\n{line(value='YWJjZGV=')}", f"text\n\n{line(value='YWJjZGU')}"),
        *(f"text\n\n{line(value='YWJj ZGU=')}", f"text\n\n{line(value='YWJjZG-=')}"),
        *(f"te\txt\n\n{line()}", f"text\r\n\n{line()}", f"te\0xt\n\n{line()}"),
        f"text\n\n{line() * 65}",
        "x" * 128 * 1024 + f"\n\n{line()}",
    ],
)
def test_other_bytes_are_no_note(data: str):
    with pytest.raises(Malformed):
        Note.parse(data.encode())


@pytest.mark.parametrize("data", [b"te\xffxt\n\n", b"te\xed\xa0\x80xt\n\n", b"te\xc0\x80xt\n\n"])
def test_what_is_no_unicode_is_no_note(data: bytes):
    with pytest.raises(Malformed):
        Note.parse(data + line().encode())


def test_sixty_four_signatures_are_read():
    assert len(Note.parse(f"text\n\n{line() * 64}".encode()).signatures) == 64


@pytest.mark.parametrize(
    "text",
    [
        *("", "name", "name+530d903a", EXAMPLE_KEY[:-1], EXAMPLE_KEY + "=", f"x{EXAMPLE_KEY}"),
        *(EXAMPLE_KEY.replace("530d903a", "530D903A"), EXAMPLE_KEY.replace("530d903a", "00000000")),
        *(
            EXAMPLE_KEY.replace("+Ae", "+Au"),
            EXAMPLE_KEY.replace("k", "k ", 1),
            "+530d903a+AekyeQ==",
        ),
        EXAMPLE_KEY.replace("example.com/foo", "example.com foo"),
    ],
)
def test_other_texts_are_no_verifier_key(text: str):
    with pytest.raises(Malformed):
        Key.parse(text)


def test_a_key_with_an_impossible_name_has_no_text():
    for name in ("", "a b", "a+b", "a\nb", "a\ud800"):
        with pytest.raises(Malformed):
            _ = Key(name=name, public=bytes(32)).text


def test_what_is_no_public_key_verifies_nothing():
    key = Key(name="n", public=b"short")
    with pytest.raises(BadSignature):
        key.check(TEXT, Signature("n", key.id, bytes(64)))


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "\ud800\n"])
def test_what_is_no_text_is_not_signed(text: str):
    with pytest.raises(Malformed):
        sign(text, LOG.key, LOG.sign)
    with pytest.raises(Malformed):
        cosign(text, WITNESS.key, WITNESS.sign, NOW)
    with pytest.raises(Malformed):
        Note(text, (sign(TEXT, LOG.key, LOG.sign),)).encode()


def test_a_note_without_signatures_is_none():
    with pytest.raises(Malformed):
        Note(TEXT, ()).encode()


def test_what_another_key_signs_is_not_handed_out():
    """The signer may be a module that was given another key."""
    with pytest.raises(BadSignature):
        sign(TEXT, LOG.key, WITNESS.sign)
    with pytest.raises(BadSignature):
        sign(TEXT, LOG.key, lambda _: b"")
    with pytest.raises(BadSignature):
        cosign(TEXT, WITNESS.key, LOG.sign, NOW)


def test_a_witness_signs_its_time_too():
    text = Log(events(3)).checkpoint.text
    made = cosign(text, WITNESS.key, WITNESS.sign, NOW)
    assert made.at_seconds == NOW
    WITNESS.key.check(text, made)
    later = (NOW + 1).to_bytes(8) + made.value[8:]
    for wrong in (later, made.value[8:], made.value[:71], b"", b"\xff" + made.value[1:]):
        with pytest.raises(BadSignature):
            WITNESS.key.check(text, made._replace(value=wrong))


def test_a_cosignatures_time_has_63_bits():
    text = Log(events(3)).checkpoint.text
    for at, holds in ((2**63 - 1, True), (2**63, False)):
        value = WITNESS.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
        made = Signature(WITNESS.key.name, WITNESS.key.id, at.to_bytes(8) + value)
        if holds:
            WITNESS.key.check(text, made)
        else:
            with pytest.raises(BadSignature):
                WITNESS.key.check(text, made)


def test_each_sort_of_key_makes_its_own_signatures():
    with pytest.raises(Malformed):
        sign(TEXT, WITNESS.key, WITNESS.sign)
    with pytest.raises(Malformed):
        cosign(TEXT, LOG.key, LOG.sign, NOW)
    for at in (0, -1, 2**63):
        with pytest.raises(Malformed):
            cosign(TEXT, WITNESS.key, WITNESS.sign, at)
    both = Key(name=LOG.key.name, public=LOG.key.public, sort=COSIGNING)
    assert both.id != LOG.key.id
    assert Key.parse(both.text) == both


# -- checkpoints -------------------------------------------------------------------------------------

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    "text",
    [f"o\n0\n{ROOT}\n", f"an origin+1\n{2**63 - 1}\n{ROOT}\n", f"o\n7\n{ROOT}\nmore\n— and more\n"],
)
def test_a_checkpoint_reads_as_it_was_written(text: str):
    assert Checkpoint.parse(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "o\n1\n", f"o\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"o\n1\n{ROOT}\n\n"),
        *(f"o\n1\n{ROOT}\n\nx\n", f"o\n01\n{ROOT}\n", f"o\n-1\n{ROOT}\n", f"o\n+1\n{ROOT}\n"),
        *(f"o\n 1\n{ROOT}\n", f"o\n١\n{ROOT}\n", f"o\n{2**63}\n{ROOT}\n", f"o\n1_0\n{ROOT}\n"),
        *("o\n1\nCsUY\n", f"o\n1\n{ROOT[:-1]}\n", f"o\n1\n{ROOT} \n", f"o\n1\n{ROOT[:-2]}J=\n"),
        *(
            f"o\t\n1\n{ROOT}\n",
            f"o\n1\n{ROOT}\nx\r\n",
            f"o\n\n{ROOT}\n",
            f"o\n{'9' * 5000}\n{ROOT}\n",
        ),
    ],
)
def test_other_texts_are_no_checkpoint(text: str):
    with pytest.raises(Malformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"origin": ""}, {"origin": "a\nb"}, {"size": -1}, {"size": 2**63}, {"root": b""}),
        *({"extensions": ("",)}, {"extensions": ("a\nb",)}, {"origin": "\ud800"}),
    ],
)
def test_what_is_no_checkpoint_has_no_text(wrong: dict):
    values = {"origin": "o", "size": 1, "root": bytes(32)} | wrong
    with pytest.raises(Malformed):
        _ = Checkpoint(**values).text


CHECKPOINT = Log(events(3)).checkpoint
OTHER_WITNESS = Signing("other.test/w", b"other", COSIGNING)


def test_a_checkpoint_is_opened_with_the_logs_key():
    note = signed(CHECKPOINT)
    assert open_checkpoint(note.encode(), ORIGIN, [LOG.key]).checkpoint == CHECKPOINT
    with pytest.raises(NotSigned):
        open_checkpoint(note, "other", [LOG.key])
    with pytest.raises(NotSigned):
        open_checkpoint(note, ORIGIN, [Signing(ORIGIN, b"x").key])
    with pytest.raises(Malformed):
        open_checkpoint(b"", ORIGIN, [LOG.key])


def test_witnesses_are_counted():
    cosignatures = tuple(
        cosign(CHECKPOINT.text, each.key, each.sign, NOW + place)
        for place, each in enumerate((WITNESS, OTHER_WITNESS))
    )
    note = signed(CHECKPOINT)
    note = note._replace(signatures=note.signatures + cosignatures)
    both = [WITNESS.key, OTHER_WITNESS.key]
    found = open_checkpoint(note, ORIGIN, [LOG.key], witnesses=both, quorum=2)
    assert found.cosigned == {WITNESS.key: NOW, OTHER_WITNESS.key: NOW + 1}
    with pytest.raises(NotSigned):
        open_checkpoint(note, ORIGIN, [LOG.key], witnesses=[WITNESS.key], quorum=2)
    with pytest.raises(NotSigned):  # The log's own signature is still needed.
        open_checkpoint(Note(note.text, cosignatures), ORIGIN, [LOG.key], witnesses=both, quorum=2)


def test_one_witness_with_two_names_counts_once():
    twin = Signing("twin.test/w", b"witness", COSIGNING)
    made = [cosign(CHECKPOINT.text, each.key, each.sign, NOW) for each in (WITNESS, twin)]
    note = signed(CHECKPOINT)
    note = note._replace(signatures=(*note.signatures, *made, made[0]))
    keys = [WITNESS.key, twin.key]
    open_checkpoint(note, ORIGIN, [LOG.key], witnesses=keys, quorum=1)
    with pytest.raises(NotSigned):
        open_checkpoint(note, ORIGIN, [LOG.key], witnesses=keys, quorum=2)


def test_a_plain_key_is_no_witness():
    with pytest.raises(Malformed):
        open_checkpoint(signed(CHECKPOINT), ORIGIN, [LOG.key], witnesses=[LOG.key], quorum=1)


def test_a_wrong_cosignature_of_a_trusted_witness_spoils_the_checkpoint():
    made = cosign(CHECKPOINT.text, WITNESS.key, WITNESS.sign, NOW)
    note = signed(CHECKPOINT)
    note = note._replace(signatures=(*note.signatures, made._replace(value=bytes(72))))
    open_checkpoint(note, ORIGIN, [LOG.key])
    with pytest.raises(BadSignature):
        open_checkpoint(note, ORIGIN, [LOG.key], witnesses=[WITNESS.key])
