"""In which order ideas are shown: keys that are whole numbers and do not move with the clock.

Each key is stored with the idea by the transaction that changes what it is made of, so a list is read from an
index, page after page, and two requests at different times agree about the order.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

#: Doubling an idea's support outweighs this much of its age.
DOUBLING = dt.timedelta(days=1)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_THOUSANDTHS = 1000

#: The prime 2^31 - 1: draws are residues modulo it, so that products stay below 2^62.
PRIME = 2**31 - 1


def rising_key(posted_at: dt.datetime, support: int) -> int:
    """Return the key by which ideas rise: the greater, the further up.

        key = posted_at + 1 day * log2(1 + support)

    in milliseconds since 1970, the logarithm cut to thousandths. As with Reddit's "hot" (log10 and 12.5 hours),
    age counts against every idea alike, so the order between two ideas changes with their support alone, never
    because time passes; and the millionth supporter moves an idea less than the tenth.

    :param posted_at: aware UTC.
    :param support: endorsements and dots together, at least 0.
    """
    milliseconds = (posted_at - _EPOCH) // _MILLISECOND
    return milliseconds + (DOUBLING // _MILLISECOND) * log2_thousandths(1 + support) // _THOUSANDTHS


def log2_thousandths(number: int) -> int:
    """Return the greatest whole k with 2^(k/1000) <= ``number``, exactly.

    :param number: at least 1.
    """
    return int((number**_THOUSANDTHS).bit_length() - 1)


def fair_weight(opinions: int) -> int:
    """Return how strongly an idea is put forward to those who have not seen it: 1000 to 9000.

        weight = 1000 * (1 + 8 * 2^(-S/5)), rounded down

    for S opinions. The term is that of Polis (comment priority, "conversation.clj"): an idea nobody has judged
    is shown nine times as readily as one that everybody knows.

    :param opinions: agreements, disagreements and passes together, at least 0.
    """
    # 8000 * 2^(-S/5) = (8000^5 / 2^S)^(1/5); below one it adds nothing.
    scaled = 8000**5 >> opinions if opinions < 8000 else 0  # noqa: PLR2004 - far beyond the last bit
    return 1000 + _fifth_root(scaled)


def _fifth_root(number: int) -> int:
    """Return the greatest whole r with r^5 <= ``number``."""
    low, high = 0, 1 << (number.bit_length() // 5 + 1)
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**5 <= number else (low, middle)
    return low


@dataclass(frozen=True, slots=True)
class Shuffle:
    """One reader's order of one day: ``(factor * draw + shift) mod (2^31 - 1)`` for each idea's draw.

    With factor and shift drawn at random any two ideas fall independently (Carter and Wegman, "Universal classes
    of hash functions", 1979), and two integers state the whole order, so that a database can compute it.
    """

    factor: int
    shift: int

    def place(self, draw: int, weight: int) -> int:
        """Return where an idea stands: its shuffled draw divided by its weight, the smallest first."""
        return (self.factor * draw + self.shift) % PRIME * _THOUSANDTHS // weight


def shuffle_of(reader: str, day: dt.date, board: str) -> Shuffle:
    """Return the order in which one reader is shown a board's ideas on one day.

    :param reader: what names them, here only.
    :param day: of the database's clock, in UTC.
    """
    seed = hashlib.sha256(f"{reader}\n{day.isoformat()}\n{board}".encode()).digest()
    factor = int.from_bytes(seed[:8], "big") % (PRIME - 1) + 1
    return Shuffle(factor, int.from_bytes(seed[8:16], "big") % PRIME)


def draw_of(idea: str) -> int:
    """Return an idea's draw, 0 to 2^31 - 2: random to everyone who did not choose the idea's id."""
    return int.from_bytes(hashlib.sha256(idea.encode()).digest()[:8], "big") % PRIME
