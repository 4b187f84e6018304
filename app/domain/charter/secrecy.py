"""What goes with votes that are kept apart from those who cast them, and when it may be shown who voted."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from app.domain.charter.words import Disclosure, Secrecy
from app.domain.decision import Quorum
from app.domain.weights import Weighting

#: However small the quorum is, it is shown who voted only once so many have.
FEWEST_SHOWN = 3


def secrecy_problems(
    secrecy: Secrecy, *, weightings: Collection[Weighting], disclosure: Disclosure, delegation: bool
) -> Iterator[tuple[str, str]]:
    """Name what contradicts a level of secrecy: (member at fault, what is wrong there in one sentence).

    :param weightings: those that a ballot may have.
    :param delegation: whether others may vote for a member.
    """
    if not secrecy.keeps_votes_apart:
        return
    if set(weightings) != {Weighting.ONE_MEMBER_ONE_VOTE}:
        yield "weighting", f"a rare weight names its holder: {secrecy.value} votes all weigh the same"
    if disclosure is not Disclosure.PSEUDONYMOUS:
        yield "disclosure", f"a {secrecy.value} ballot's log names nobody: its disclosure is pseudonymous"
    if delegation:
        yield (
            "delegation",
            f"needs to be shown who voted, and whose weight others carried: a {secrecy.value} ballot hides it",
        )


def shown_from(quorum: Quorum | None, roll_size: int) -> int:
    """Return how many must have voted before it is shown who has: as many as the quorum takes, at least three.

    Among fewer, that somebody voted would tell too much of how. Each vote weighs one, so that every base of a
    quorum comes to a number of people.

    :param roll_size: people on the electoral roll.
    """
    if quorum is None:
        return FEWEST_SHOWN
    if quorum.ratio is None:
        return max(FEWEST_SHOWN, quorum.count or 0)
    return max(FEWEST_SHOWN, -(-quorum.ratio.numerator * roll_size // quorum.ratio.denominator))
