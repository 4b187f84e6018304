"""Bundles made anew by a forger who holds the log's key: what the ballot itself contradicts is named."""

from dataclasses import replace

import pytest

from app.domain.canonical_json import sha256_hex
from tests.domain.evidence.opened import changed, codes, place_of, verified
from tests.support.evidence import (
    CLOSES_AT,
    cast_entry,
    certify,
    digest_of,
    entry,
    relogged,
    uuid_like,
)


def cast_by_another_weight(pieces):
    pieces.casts[0] = replace(pieces.casts[0], weight=pieces.casts[0].weight + 1)
    relogged(pieces)


def stuff_a_vote(pieces):
    tracker = uuid_like(999)
    stuffed = replace(
        pieces.casts[0],
        tracker=tracker,
        voter=uuid_like(998),
        digest=digest_of(tracker, pieces.casts[0].choice),
    )
    pieces.casts = sorted([*pieces.casts, stuffed], key=lambda cast: cast.tracker)
    relogged(pieces)


def vote_again_out_of_turn(pieces):
    at = next(at for at, cast in enumerate(pieces.casts) if cast.revision == 2)
    pieces.casts[at] = replace(pieces.casts[at], revision=3)
    relogged(pieces)


def count_the_first_vote(pieces):
    pieces.casts = [
        replace(cast, counts=not cast.counts) if cast.revision == 2 or not cast.counts else cast
        for cast in pieces.casts
    ]
    relogged(pieces)


def count_nothing_of_a_voter(pieces):
    at = next(at for at, cast in enumerate(pieces.casts) if cast.counts and cast.revision == 1)
    pieces.casts[at] = replace(pieces.casts[at], counts=False)
    relogged(pieces)


def vote_after_the_close(pieces):
    pieces.casts[0] = replace(pieces.casts[0], cast_at=CLOSES_AT)
    relogged(pieces)


def vote_before_the_opening(pieces):
    pieces.casts[0] = replace(pieces.casts[0], cast_at="2026-11-01T07:59:59.999Z")
    relogged(pieces)


def reorder_the_casts(pieces):
    pieces.casts[0], pieces.casts[1] = pieces.casts[1], pieces.casts[0]


def repeat_a_cast(pieces):
    pieces.casts.insert(1, pieces.casts[0])


def change_a_choice(pieces):
    pieces.casts[0] = replace(pieces.casts[0], choice="yuzu>lime")
    relogged(pieces)


def change_a_choice_and_its_digest(pieces):
    cast = pieces.casts[0]
    pieces.casts[0] = replace(cast, choice="yuzu>lime", digest=digest_of(cast.tracker, "yuzu>lime"))
    pieces.result = certify(pieces.manifest, pieces.roll, pieces.casts)


def choose_what_is_no_option(pieces):
    cast = pieces.casts[0]
    pieces.casts[0] = replace(cast, choice="cola", digest=digest_of(cast.tracker, "cola"))
    relogged(pieces, certified=False)


def drop_a_cast(pieces):
    del pieces.casts[0]
    pieces.result = certify(pieces.manifest, pieces.roll, pieces.casts)


def let_one_member_vote_as_two(pieces):
    # Rolls and casts show no members; the log shows whose each cast was.
    first, second = pieces.log[302:304]
    second.body["actor"] = first.body["actor"]


def rename_a_member(pieces):
    pieces.casts[0] = replace(pieces.casts[0], member="someone")


def add_a_voter_to_the_roll(pieces):
    pieces.roll = sorted([*pieces.roll, (uuid_like(77), 4)])


def make_a_voter_heavier(pieces):
    pieces.roll[0] = (pieces.roll[0][0], 99)


def drop_an_entry(pieces):
    del pieces.log[place_of(pieces, "ballot.cast")]


def repeat_an_entry(pieces):
    at = place_of(pieces, "ballot.cast")
    pieces.log.insert(at, pieces.log[at])


def log_a_cast_that_is_not_there(pieces):
    at = place_of(pieces, "ballot.closed")
    pieces.log.insert(at, cast_entry(replace(pieces.casts[0], digest="ab" * 32)))


def log_a_cast_after_the_close(pieces):
    at = place_of(pieces, "ballot.cast")
    pieces.log.insert(place_of(pieces, "ballot.closed"), pieces.log.pop(at))


def open_twice(pieces):
    at = place_of(pieces, "ballot.opened")
    pieces.log.insert(at, pieces.log[at])


def never_open(pieces):
    del pieces.log[place_of(pieces, "ballot.opened")]


def never_close(pieces):
    del pieces.log[place_of(pieces, "ballot.closed")]


def move_the_time_of_a_cast(pieces):
    pieces.log[place_of(pieces, "ballot.cast")].body["at"] = "2026-11-01T10:00:00.000Z"


def forge_a_content(pieces):
    pieces.log[place_of(pieces, "ballot.opened")].content["kind"] = "product_vote"


def lose_a_salt(pieces):
    pieces.log[place_of(pieces, "ballot.opened")].salt = None


def extend_without_a_close(pieces):
    extended = entry(
        "ballot.extended", "2026-11-02T07:59:00.000Z", content={"closes_at": "2026-11-02T09:00:00.000Z"}
    )
    pieces.log.insert(place_of(pieces, "ballot.closed"), extended)


def suspend_while_votes_come(pieces):
    content = {"closes_at": CLOSES_AT, "until": "2026-11-01T09:30:00.000Z"}
    suspended = entry("ballot.suspended", "2026-11-01T09:02:00.000Z", content=content)
    pieces.log.insert(place_of(pieces, "ballot.closed"), suspended)


def resume_without_a_stop(pieces):
    resumed = entry("ballot.resumed", "2026-11-01T09:02:00.000Z", content={"closes_at": CLOSES_AT})
    pieces.log.insert(place_of(pieces, "ballot.closed"), resumed)


def extend_after_the_close(pieces):
    extended = entry("ballot.extended", "2026-11-02T08:00:02.000Z", content={"closes_at": CLOSES_AT})
    pieces.log.insert(place_of(pieces, "ballot.closed") + 1, extended)


def entry_of_another_version(pieces):
    pieces.log[place_of(pieces, "ballot.cast")].body["v"] = 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (cast_by_another_weight, {"cast-not-on-roll", "votes-digest-differs", "count-differs"}),
        (stuff_a_vote, {"cast-not-on-roll"}),
        (vote_again_out_of_turn, {"cast-revision-wrong"}),
        (count_the_first_vote, {"wrong-cast-counted"}),
        (count_nothing_of_a_voter, {"wrong-cast-counted"}),
        (vote_after_the_close, {"cast-outside-period"}),
        (vote_before_the_opening, {"cast-outside-period"}),
        (reorder_the_casts, {"cast-out-of-order"}),
        (repeat_a_cast, {"cast-out-of-order", "cast-revision-wrong", "wrong-cast-counted"}),
        (change_a_choice, {"cast-digest-wrong"}),
        (change_a_choice_and_its_digest, {"cast-not-logged", "logged-cast-missing", "closing-not-logged"}),
        (choose_what_is_no_option, {"count-impossible"}),
        (drop_a_cast, {"logged-cast-missing", "closing-not-logged"}),
        (let_one_member_vote_as_two, {"voter-exchanged"}),
        (rename_a_member, {"voter-exchanged"}),
        (add_a_voter_to_the_roll, {"roll-differs"}),
        (make_a_voter_heavier, {"roll-differs", "cast-not-on-roll"}),
        (drop_an_entry, {"cast-not-logged"}),
        (repeat_an_entry, {"entry-out-of-order"}),
        (log_a_cast_that_is_not_there, {"logged-cast-missing"}),
        (log_a_cast_after_the_close, {"entry-out-of-order"}),
        (open_twice, {"opening-not-logged"}),
        (never_open, {"opening-not-logged"}),
        (never_close, {"closing-not-logged"}),
        (move_the_time_of_a_cast, {"cast-not-logged"}),
        (forge_a_content, {"content-not-committed"}),
        (lose_a_salt, {"content-not-committed"}),
        (extend_without_a_close, {"close-unexplained"}),
        (suspend_while_votes_come, {"cast-outside-period"}),
        (resume_without_a_stop, {"file-malformed"}),
        (extend_after_the_close, {"entry-out-of-order"}),
        (entry_of_another_version, {"file-malformed"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_a_forger_with_the_log_s_key_changes_is_named(change, expected):
    files = changed(change).files()
    assert expected <= codes(files)
    # Whoever re-signs the log has all files fit; what remains is what the ballot itself contradicts.
    assert not {"file-altered", "tile-wrong", "entry-not-in-log"} & codes(files)


def test_a_suspension_that_was_lifted_moves_the_close_back():
    def suspend(pieces):
        stop = {"closes_at": "2026-11-03T08:00:00.000Z", "until": "2026-11-02T12:00:00.000Z"}
        entries = [
            entry("ballot.suspended", "2026-11-01T12:00:00.000Z", content=stop),
            entry("ballot.resumed", "2026-11-01T13:00:00.000Z", content={"closes_at": CLOSES_AT}),
        ]
        at = place_of(pieces, "ballot.closed")
        pieces.log[at:at] = entries

    assert verified(changed(suspend).files()).agrees


def test_a_close_moved_by_what_was_erased_is_said_to_be_unchecked():
    def erase(pieces):
        extend_without_a_close(pieces)
        pieces.log[place_of(pieces, "ballot.extended")].content = None
        pieces.log[place_of(pieces, "ballot.extended")].salt = None

    report = verified(changed(erase).files())
    assert report.agrees
    assert any("erased" in reason for reason in report.unchecked)


def test_a_close_before_its_time_needs_everyone_s_vote_and_the_rule_for_it():
    early = "2026-11-01T21:00:00.000Z"

    def close_early(pieces, *, allowed, voters):
        pieces.manifest |= {"early_close": allowed, "vote_change": True}
        pieces.roll = pieces.roll[:voters]
        lines = "".join(f"{voter} {weight}\n" for voter, weight in pieces.roll)
        pieces.manifest["roll"] |= {
            "size": len(pieces.roll),
            "weight": sum(weight for _, weight in pieces.roll),
            "hash": sha256_hex(lines.encode()),
        }
        pieces.result = certify(pieces.manifest, pieces.roll, pieces.casts) | {
            "closed_at": early,
            "certified_at": early,
        }
        relogged(pieces, certified=False)

    def named(**facts):
        return codes(changed(lambda pieces: close_early(pieces, **facts)).files()) - {"charter-differs"}

    assert named(allowed=True, voters=6) == set()
    assert named(allowed=True, voters=7) == {"close-unexplained"}
    assert named(allowed=False, voters=6) == {"close-unexplained"}
