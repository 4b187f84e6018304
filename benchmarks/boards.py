"""A board of many ideas: each order's first page and its thousandth, searches, and similar ideas."""

from __future__ import annotations

import datetime as dt
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from app.domain.boards.ranking import draw_of, fair_weight, rising_key
from app.domain.boards.search_text import index_words
from app.models.ideas import Idea, IdeaAuthor, IdeaText, IdeaWords
from app.models.ids import resource_id
from benchmarks.electorate import Community, Electorate
from benchmarks.figures import load_average, middle, print_table, progress

_SORTS = ("newest", "supported", "rising", "fair")
#: Ideas before the page that counts as deep: a thousand pages of 25, walked in pages of 100.
_DEPTH = 25_000
_PAGE = 25
_STRIDE = 100
_BATCH = 5_000

_SYLLABLES = ("ba", "di", "lo", "mu", "ne", "po", "ra", "si", "tu", "ve", "ko", "ha")
_PHASES = [
    {
        "phase": "collecting",
        "starts_at": "2020-01-01T00:00:00Z",
        "post": ["brand_owner"],
        "support": "endorsements",
    }
]


class CrowdedBoard:
    """A board whose ideas were loaded straight into the tables."""

    def __init__(self, electorate: Electorate, community: Community, ideas: int) -> None:
        self.electorate, self.community, self.ideas = electorate, community, ideas
        self.root = f"/v1/communities/{community.id}"
        body = {"title": "Bottles", "phases": _PHASES}
        made = electorate.call("POST", f"{self.root}/boards", community.owner, body)
        self.id = uuid.UUID(made["id"])
        self.path = f"{self.root}/boards/{made['id']}"
        self._dice = random.Random(17)
        self._words = [
            "".join(self._dice.choices(_SYLLABLES, k=self._dice.randint(2, 4))) for _ in range(8_000)
        ]
        self._used: Counter[str] = Counter()
        self._author = self._membership()
        for start in range(0, ideas, _BATCH):
            self._load(min(_BATCH, ideas - start))
            progress(f"{min(start + _BATCH, ideas):,} ideas on the board")
        electorate.database.settle()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read something as the owner."""
        return dict(self.electorate.call("GET", f"{path}?{urlencode(query)}", self.community.owner))

    def _membership(self) -> uuid.UUID:
        return uuid.UUID(self.get(f"{self.root}/members/me")["id"])

    def _load(self, number: int) -> None:
        """Insert ideas as posting and supporting would have left them, but for the supporters."""
        rows = list(self._rows(number))
        with self.electorate.database.engine.begin() as connection:
            for table, made in (
                (Idea, [idea for idea, _ in rows]),
                (IdeaWords, [{"idea_id": idea["id"], "words": words} for idea, words in rows]),
                (IdeaText, [self._text(idea) for idea, _ in rows]),
                (IdeaAuthor, [self._authorship(idea) for idea, _ in rows]),
            ):
                connection.execute(sa.insert(table), made)

    def _rows(self, number: int) -> Iterator[tuple[dict[str, Any], str]]:
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        for _ in range(number):
            idea_id, support = resource_id(), int(self._dice.paretovariate(1)) - 1
            posted_at = now - dt.timedelta(seconds=self._dice.randrange(90 * 86_400))
            opinions = self._dice.randrange(40)
            # Zipf's law: the word of rank r comes r times as rarely as the first.
            said = [self._words[int(8_000 ** self._dice.random()) - 1] for _ in range(30)]
            self._used.update(said)
            title, body = " ".join(said[:5]), " ".join(said)
            idea = {
                "id": idea_id,
                "community_id": self.community.id,
                "board_id": self.id,
                "author_id": self._author,
                "title": title,
                "body": body,
                "links": [],
                "text_number": 1,
                "state": "open",
                "state_since": posted_at,
                "answer_count": 0,
                "created_at": posted_at,
                "posted_at": posted_at,
                "endorsement_count": support,
                "dot_count": 0,
                "agree_count": opinions,
                "disagree_count": 0,
                "pass_count": 0,
                "rising_key": rising_key(posted_at, support),
                "draw": draw_of(str(idea_id)),
                "fair_weight": fair_weight(opinions),
                "fair_weight_before": fair_weight(opinions),
                "fair_day": 0,
                "version": 1,
            }
            yield idea, f"#{self.id.hex} {index_words(title, body)}"

    def _text(self, idea: dict[str, Any]) -> dict[str, Any]:
        copied = {name: idea[name] for name in ("title", "body", "links")}
        facts = {"idea_id": idea["id"], "number": 1, "tags": [], "membership_id": self._author}
        return copied | facts | {"written_at": idea["posted_at"]}

    def _authorship(self, idea: dict[str, Any]) -> dict[str, Any]:
        facts = {"kind": "author", "standing": "credited", "since": idea["posted_at"]}
        return facts | {"idea_id": idea["id"], "membership_id": self._author}

    @property
    def searches(self) -> Sequence[tuple[str, str]]:
        """Return queries, from what nearly every idea has to what few have."""
        ranked = [word for word, _ in self._used.most_common()]
        common, usual, rare = ranked[0], ranked[len(ranked) // 30], ranked[-1]
        return (
            ("a common word", common),
            ("a usual word", usual),
            ("a rare word", rare),
            ("two words", f"{common} {usual}"),
        )

    def sketch(self) -> dict[str, str]:
        """Return a text that somebody might be about to post."""
        return {"title": " ".join(self._words[place] for place in (0, 5, 60, 700, 5_000))}


def measure(electorate: Electorate, community: Community, ideas: int, rounds: int) -> None:
    """Read a crowded board in every order, near the beginning and far from it, and print the table."""
    board = CrowdedBoard(electorate, community, ideas)
    depth = min(_DEPTH, ideas // 2)
    rows = []
    for sort in _SORTS:
        near, far = (
            _timed(_pages(board, rounds, sort=sort, **at))
            for at in ({}, {"cursor": _deep(board, sort, depth)})
        )
        rows.append((sort, _ms(near), _ms(far), f"{sum(far) / sum(near):.2f}"))
    first = sum(_timed(_pages(board, rounds, sort="newest")))
    for title, query in board.searches:
        found = _timed(_pages(board, rounds, sort="newest", q=query))
        rows.append((f"search: {title}", _ms(found), "", f"{sum(found) / first:.2f}"))
    similar = _timed(
        [lambda: electorate.call("POST", f"{board.path}/similar-ideas", community.owner, board.sketch())]
        * rounds
    )
    rows.append(("similar ideas", _ms(similar), "", f"{sum(similar) / first:.2f}"))
    print_table(
        f"A board of {ideas:,} ideas: {electorate.database.description}",
        ("", "first page, ms", f"page {depth // _PAGE:,}, ms", "ratio"),
        rows,
        [
            f"Whole requests in process, {_PAGE} ideas a page, {rounds} rounds.",
            "The ratio is that of the deep page to the first one; below the orders, to the newest's first page.",
            f"{load_average().capitalize()}.",
        ],
    )


def _deep(board: CrowdedBoard, sort: str, depth: int) -> str:
    """Walk to a depth, and return the cursor there; it fits pages of any length."""
    cursor: dict[str, str] = {}
    for _ in range(depth // _STRIDE):
        page = board.get(f"{board.path}/ideas", sort=sort, limit=_STRIDE, **cursor)
        cursor = {"cursor": page["next_cursor"]}
    return cursor["cursor"]


def _pages(board: CrowdedBoard, rounds: int, **query: Any) -> list[Callable[[], Any]]:
    def read() -> None:
        page = board.get(f"{board.path}/ideas", limit=_PAGE, **query)
        assert page["items"], json.dumps(query)

    return [read] * rounds


def _timed(calls: Sequence[Callable[[], Any]]) -> list[float]:
    """Return the seconds that each call takes, after one that is not counted."""
    calls[0]()
    seconds = []
    for call in calls:
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return seconds


def _ms(seconds: Sequence[float]) -> str:
    return middle([1000 * each for each in seconds], "{:,.1f}")
