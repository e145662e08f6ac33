"""The stand-alone verifier: Ed25519 by the vectors of RFC 8032, clocks beside ours, the standard library only."""

import ast
import datetime as dt
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings, strategies as st

import verify_proof
from policies.clocks.calendars import WorkingCalendar, write_calendar
from policies.clocks.reading import Fact, read_clock
from policies.clocks.rules import write_rule
from policies.event_chain import write_instant
from tests.architecture.rooms import PROJECT
from tests.policies.clocks.test_reading_by_reference import WORDS, Situation, rule_of, situations
from verify_proof import ORDER, is_signed

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = {
    "TEST 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "TEST 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "TEST 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    "TEST SHA(abc)": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
}


@pytest.mark.parametrize(("public_key", "message", "signature"), VECTORS.values(), ids=VECTORS)
def test_the_vectors_of_the_standard_are_signed_and_no_other(public_key: str, message: str, signature: str) -> None:
    key, words, signed = (bytes.fromhex(text) for text in (public_key, message, signature))

    assert is_signed(key, words, signed)
    assert not is_signed(key, words + b"x", signed)
    for place in (0, 31, 32, 63):
        assert not is_signed(key, words, signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :])
    other = (int.from_bytes(signed[32:], "little") + ORDER).to_bytes(32, "little")
    assert not is_signed(key, words, signed[:32] + other)  # the same signature written otherwise


@settings(max_examples=10)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_a_well_kept_library_signs_is_signed(private_key: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(private_key)

    assert is_signed(key.public_key().public_bytes_raw(), message, key.sign(message))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_or_signature_of_another_length_signs_nothing(size: int) -> None:
    assert not is_signed(b"\1" * size, b"", b"\1" * 64)
    assert not is_signed(b"\1" * 32, b"", b"\1" * (size + 1))


@settings(max_examples=150)
@given(situations())
def test_the_verifier_reads_a_clock_as_the_house_does(situation: Situation) -> None:
    wall, happened, minutes, now = situation
    calendar, rule = WorkingCalendar(wall.zone, wall.weekly, wall.days), rule_of(minutes)
    facts = [Fact(WORDS[one.word], one.at, place, {"reason": one.reason}) for place, one in enumerate(happened)]
    events = [
        {"kind": f.kind, "occurred_at": write_instant(f.occurred_at), "position": f.position, "facts": dict(f.facts)}
        for f in facts
    ]
    written = write_calendar(calendar, from_on=dt.date(2020, 1, 1), until_on=dt.date(2100, 1, 1))

    ours = read_clock(rule, calendar, facts, now=now)
    theirs = verify_proof.read_clock(write_rule(rule), written, events, now)

    said = ours and {
        "state": str(ours.state),
        "started_at": ours.started_at,
        "deadline_at": ours.deadline_at,
        "decided_at": ours.decided_at,
        "fulfilled_at": ours.fulfilled_at,
    }
    assert theirs == said


def test_the_verifier_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse((PROJECT / "verify_proof.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
