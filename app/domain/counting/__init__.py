"""Counting votes: exact, deterministic, explained round by round.

Votes come in as a mapping from canonical ballot text to total weight; see :func:`count`. A ballot's question
is checked once with :func:`check_question`; each choice becomes its text with :func:`canonical`.
"""

from app.domain.counting.explanation import TEMPLATES, explain
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import OPTION_ID, InvalidQuestion, InvalidVote, Question
from app.domain.counting.registry import METHODS, canonical, check_question, count, parse, to_choice
from app.domain.counting.result import CountResult, Round, Statement, TransferValue, input_digest
from app.domain.counting.sortition import InvalidDraw, Jury, draw
from app.domain.counting.ties import LotOrder, StatedOrder, Tie, TieOrder, TieStep, lot_draw

__all__ = [
    "METHODS",
    "OPTION_ID",
    "TEMPLATES",
    "BallotMeaning",
    "CountResult",
    "InvalidDraw",
    "InvalidQuestion",
    "InvalidVote",
    "Jury",
    "LotOrder",
    "Method",
    "Question",
    "Round",
    "StatedOrder",
    "Statement",
    "Tie",
    "TieOrder",
    "TieStep",
    "TransferValue",
    "canonical",
    "check_question",
    "count",
    "draw",
    "explain",
    "input_digest",
    "lot_draw",
    "parse",
    "to_choice",
]
