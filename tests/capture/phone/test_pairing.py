"""Tokens work once, session keys for as long as no other phone is paired."""

from __future__ import annotations

import base64

import pytest

from capture.phone.pairing import Pairing, RefusedError


def test_a_token_pairs_one_phone_and_its_session_is_valid() -> None:
    pairing = Pairing()
    session = pairing.exchange(pairing.token)
    pairing.check_session(session)


def test_a_token_carries_at_least_128_random_bits_and_a_session_256() -> None:
    pairing = Pairing()
    token = pairing.token
    assert len(base64.urlsafe_b64decode(token + "==")) * 8 >= 128
    assert len(base64.urlsafe_b64decode(pairing.exchange(token) + "=")) * 8 >= 256


def test_a_used_token_is_refused_and_says_so() -> None:
    pairing = Pairing()
    token = pairing.token
    pairing.exchange(token)
    with pytest.raises(RefusedError) as refused:
        pairing.exchange(token)
    assert refused.value.code == "token_used"
    assert str(refused.value) == (
        "Expected a new code, got one that was used already. Show a new code on the desktop and scan it."
    )


@pytest.mark.parametrize("wrong", ["", "x", "é", "A" * 22, "\ud800"])
def test_a_wrong_token_is_refused_and_says_so(wrong: str) -> None:
    pairing = Pairing()
    assert pairing.token != wrong
    with pytest.raises(RefusedError) as refused:
        pairing.exchange(wrong)
    assert refused.value.code == "token_wrong"
    assert str(refused.value) == ("Expected the code that the desktop shows now, got another. Scan it again.")


def test_a_new_token_puts_the_one_before_out_of_use() -> None:
    pairing = Pairing()
    old = pairing.token
    assert pairing.new_token() != old
    with pytest.raises(RefusedError, match="Expected the code that the desktop shows now"):
        pairing.exchange(old)


def test_after_a_token_was_used_there_is_another_one() -> None:
    pairing = Pairing()
    used = pairing.token
    pairing.exchange(used)
    assert pairing.token != used
    pairing.exchange(pairing.token)


def test_pairing_a_second_phone_ends_the_first_ones_session() -> None:
    pairing = Pairing()
    first = pairing.exchange(pairing.token)
    second = pairing.exchange(pairing.token)
    pairing.check_session(second)
    with pytest.raises(RefusedError) as refused:
        pairing.check_session(first)
    assert refused.value.code == "session_unknown"
    assert str(refused.value) == (
        "Expected a paired phone, got one that the desktop forgot, as after a restart or for another phone. "
        "Scan the code on the desktop."
    )


def test_no_session_is_valid_before_a_phone_was_paired() -> None:
    with pytest.raises(RefusedError, match="Expected a paired phone"):
        Pairing().check_session("")
