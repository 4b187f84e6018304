import pytest

# What these modules assert is told as fully as what the tests themselves assert.
pytest.register_assert_rewrite("tests.services.ballots.booth", "tests.services.ballots.deadlines")
