from __future__ import annotations

import pytest

from app.services.ballots import drafts


@pytest.mark.parametrize(
    ("kept", "said", "same"),
    [
        ({"a": 1, "b": {"c": 2}}, {"b": {"c": 2}, "a": 1}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1.0}}, False),
        (None, {}, False),
        ("text", "text", True),
    ],
)
def test_only_what_json_takes_for_equal_is_no_change(kept, said, same):
    assert drafts._same(kept, said) is same
