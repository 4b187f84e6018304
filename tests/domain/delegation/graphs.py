"""Random communities that delegate to each other, and a resolution of them written the naive way."""

import datetime as dt

from hypothesis import strategies as st

from app.domain.delegation import SCOPES, Delegation, DelegationCap, Outcome, Roll

CLOSE = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def at(hours):
    """Return an instant so many hours after the close (before it, below 0)."""
    return CLOSE + hours * HOUR


def gives(delegator, delegate, scope="community", *, given=-100, expires=None, revoked=None, reference=None):
    """Return a delegation; instants are hours after the close."""
    return Delegation(
        reference or f"{delegator}-{delegate}-{scope}",
        delegator,
        delegate,
        scope,
        at(given),
        None if expires is None else at(expires),
        None if revoked is None else at(revoked),
    )


NAMES = tuple("abcdefghijkl")
hours = st.integers(-4, 2)


@st.composite
def communities(draw, greatest_weight=5):
    """Draw a roll, delegations in any state (self-loops and strangers included), who voted, and a cap."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    people = (*names, "stranger")
    roll = {name: draw(st.integers(1, greatest_weight)) for name in names}
    delegations = [
        Delegation(
            f"r{number}",
            draw(st.sampled_from(people)),
            draw(st.sampled_from(people) | st.none()),
            draw(st.sampled_from(SCOPES)),
            at(draw(hours)),
            draw(st.none() | st.none() | hours.map(at)),
            draw(st.none() | st.none() | hours.map(at)),
        )
        for number in range(draw(st.integers(0, 2 * len(people))))
    ]
    cast = draw(st.sets(st.sampled_from(names)))
    cap = draw(
        st.none() | st.integers(0, 3 * greatest_weight).map(lambda weight: DelegationCap(weight=weight))
    )
    return Roll.of(roll.items()), delegations, cast, cap


def naive(roll, delegations, cast, cap):
    """Resolve as the rules read, recursively; return voter to (outcome, representative), and the weights."""
    weights = dict(zip(roll.names, roll.weights, strict=True))
    held = {voter: _holding(voter, delegations) for voter in weights}
    fate = {voter: _fate(voter, held, cast, delegations) for voter in weights}
    if cap is not None:
        for delegate in cast:
            line = sorted(
                (_hops(owner, held, cast), held[owner].given_at, held[owner].reference, owner)
                for owner, (outcome, by) in fate.items()
                if outcome == Outcome.DELEGATED and by == delegate
            )
            room = cap.limit(sum(weights.values()))
            for *_, owner in line:
                if weights[owner] <= room:
                    room -= weights[owner]
                else:
                    fate[owner] = (Outcome.OVER_CAP, None)
    counted = {voter: sum(weights[owner] for owner, (_, by) in fate.items() if by == voter) for voter in cast}
    return fate, counted


def _holding(voter, delegations):
    in_force = [
        one
        for one in delegations
        if one.delegator == voter
        and one.given_at < CLOSE
        and not (one.expires_at and one.expires_at < CLOSE)
        and not (one.revoked_at and one.revoked_at < CLOSE)
    ]
    narrowest = next((scope for scope in SCOPES if any(one.scope == scope for one in in_force)), None)
    return max(
        (one for one in in_force if one.scope == narrowest),
        key=lambda one: (one.given_at, one.reference),
        default=None,
    )


def _fate(voter, held, cast, delegations, trail=()):
    if voter in cast:
        return Outcome.CAST if not trail else Outcome.DELEGATED, voter
    if voter not in held:
        return Outcome.OFF_ROLL, None
    if voter in trail:
        return Outcome.CYCLE, None
    holding = held[voter]
    if holding is not None and holding.delegate is not None:
        return _fate(holding.delegate, held, cast, delegations, (*trail, voter))
    if trail:
        return Outcome.NOBODY_VOTED, None
    return (Outcome.OPTED_OUT if holding else _silence(voter, delegations)), None


def _silence(voter, delegations):
    ends = []
    for one in delegations:
        if one.delegator == voter and one.given_at < CLOSE:
            expires, revoked = one.expires_at or at(9), one.revoked_at or at(9)
            ends.append((revoked, True) if revoked <= expires else (expires, False))
    if not ends:
        return Outcome.NO_VOTE
    return Outcome.REVOKED if max(ends)[1] else Outcome.EXPIRED


def _hops(voter, held, cast):
    return 0 if voter in cast else 1 + _hops(held[voter].delegate, held, cast)
