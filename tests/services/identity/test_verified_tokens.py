import uuid

from app.services.identity.verified_tokens import Identity, VerifiedToken, VerifiedTokens
from tests.services.identity.people import at_once

WHO = Identity(uuid.UUID(int=1), uuid.UUID(int=2))


def entry(expires=100):
    return VerifiedToken(WHO, "kid", expires)


def digest(number):
    return VerifiedTokens.digest(f"token {number}")


def test_an_entry_is_found_until_it_expires():
    memory = VerifiedTokens()
    memory.remember(digest(1), entry(expires=100))

    assert memory.find(digest(1), 99.9) == entry()
    assert memory.find(digest(1), 100) is None
    assert len(memory) == 0


def test_only_the_very_token_is_found():
    memory = VerifiedTokens()
    memory.remember(digest(1), entry())

    assert memory.find(digest(2), 0) is None


def test_the_oldest_goes_when_full():
    memory = VerifiedTokens(capacity=3)
    for number in range(5):
        memory.remember(digest(number), entry())

    assert [memory.find(digest(n), 0) is not None for n in range(5)] == [False, False, True, True, True]


def test_threads_never_overfill_it():
    memory = VerifiedTokens(capacity=50)

    def work(thread):
        for number in range(2000):
            name = digest(f"{thread}.{number}")
            memory.remember(name, entry(expires=number))
            memory.find(name, 1000)
            memory.drop(digest(f"{thread}.{number - 25}"))
        return len(memory)

    assert all(isinstance(size, int) and size <= 50 + 8 for size in at_once(8, work))
    assert len(memory) <= 50
