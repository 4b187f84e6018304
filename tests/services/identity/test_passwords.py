import dataclasses
import statistics
import time

import pytest

from app.services.identity.passwords import Passwords
from tests.services.identity.people import SETTINGS


@pytest.fixture
def passwords():
    return Passwords(SETTINGS)


def test_a_password_matches_its_hash_and_no_other(passwords):
    kept = passwords.hash("correct horse battery")

    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert passwords.matches(kept, "correct horse battery")
    assert not passwords.matches(kept, "correct horse batterY")


def test_equal_passwords_have_different_hashes(passwords):
    assert passwords.hash("correct horse battery") != passwords.hash("correct horse battery")


def test_composed_and_decomposed_letters_are_the_same_password(passwords):
    assert passwords.matches(
        passwords.hash("cr\u00e8me br\u00fbl\u00e9e!"), "cre\u0300me bru\u0302le\u0301e!"
    )


@pytest.mark.parametrize("length", [0, 11, 1025])
def test_lengths_out_of_bounds_are_not_hashed(passwords, length):
    with pytest.raises(ValueError, match="12 to 1024"):
        passwords.hash("x" * length)


@pytest.mark.parametrize("length", [12, 1024])
def test_every_character_counts_up_to_the_longest(passwords, length):
    kept = passwords.hash("x" * length)

    assert passwords.matches(kept, "x" * length)
    assert not passwords.matches(kept, "x" * (length - 1) + "y")


def test_nobody_has_the_password_of_an_unknown_account(passwords):
    assert not passwords.matches(None, "nobody has this password")


def test_a_damaged_hash_matches_nothing(passwords):
    assert not passwords.matches("not a hash", "correct horse battery")


def test_only_weaker_hashes_are_outdated():
    weak, strong = (
        Passwords(dataclasses.replace(SETTINGS, argon2_memory_kib=kib, argon2_passes=passes))
        for kib, passes in ((8, 2), (16, 2))
    )

    assert strong.is_outdated(weak.hash("correct horse battery"))
    assert not weak.is_outdated(strong.hash("correct horse battery"))
    assert not weak.is_outdated(weak.hash("correct horse battery"))


def test_an_unknown_account_costs_the_same_work_as_a_known_one():
    passwords = Passwords(dataclasses.replace(SETTINGS, argon2_memory_kib=1024, argon2_passes=2))
    kept = passwords.hash("correct horse battery")

    def seconds(password_hash):
        started = time.thread_time()
        passwords.matches(password_hash, "wrong horse battery")
        return time.thread_time() - started

    known, unknown = (statistics.median(seconds(h) for _ in range(25)) for h in (kept, None))

    assert 0.5 < known / unknown < 2
