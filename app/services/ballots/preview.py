"""A dry run: how a sample of votes would be counted, before any ballot is opened. Nothing is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain import counting
from app.domain.errors import refuse

#: The ballot id and seed under which a preview draws its lots: the real ones are not known yet.
PREVIEW_ID = "preview"
PREVIEW_SEED = hashlib.sha256(b"althing-preview/v1").digest()


def preview(
    question: counting.Question,
    names: Mapping[str, str],
    sample: Sequence[tuple[object, int]],
    *,
    stated_order: bool,
) -> dict[str, Any]:
    """Count a sample of votes.

    :param names: the options' titles by id.
    :param sample: (choice, weight) pairs.
    :param stated_order: whether ties fall by the stated order; else by a lot that the real ballot draws anew.
    :return: ``count`` and ``explanation`` as a certified result has them.
    :raises Refusal: ``invalid-question``, ``invalid-vote``, with pointers.
    """
    try:
        counting.check_question(question)
    except counting.InvalidQuestion as invalid:
        errors = [(f"#{pointer}", detail) for pointer, detail in invalid.errors]
        raise refuse("invalid-question", errors=errors) from None
    tally: dict[str, int] = {}
    errors = []
    for place, (choice, weight) in enumerate(sample):
        try:
            text = counting.canonical(question, choice)
        except counting.InvalidVote as invalid:
            errors += [(f"#/votes/{place}/choice{pointer}", detail) for pointer, detail in invalid.errors]
        else:
            tally[text] = tally.get(text, 0) + weight
    if errors:
        raise refuse("invalid-vote", errors=errors[:100])
    ties = (
        counting.StatedOrder(question.options)
        if stated_order
        else counting.LotOrder(PREVIEW_ID, PREVIEW_SEED, question.options)
    )
    count = counting.count(question, tally, tie_order=ties)
    return {"count": count.to_json(), "explanation": counting.explain(count, names)}
