"""A question is checked once, before its ballot opens, with every fault named."""

import pytest

from app.domain.counting import METHODS, InvalidQuestion, Question, check_question

OPTIONS = ("mint", "lime", "plum")


def pointers(question):
    with pytest.raises(InvalidQuestion) as refused:
        check_question(question)
    return [pointer for pointer, _ in refused.value.errors]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("tea_leaves", OPTIONS), ["/method"]),
        (Question("yes_no", OPTIONS), ["/options"]),
        (Question("yes_no", (), seats=2), ["/seats"]),
        (Question("plurality", ()), ["/options"]),
        (Question("plurality", ("mint", "Lime", "mint")), ["/options/1", "/options/2"]),
        (Question("plurality", ("-mint", "a b", "", "a" * 33)), [f"/options/{n}" for n in range(4)]),
        (Question("plurality", ("mint\n",)), ["/options/0"]),
        (Question("plurality", tuple(f"o{n}" for n in range(1001))), ["/options"]),
        (Question("plurality", OPTIONS, seats=0), ["/seats"]),
        (Question("plurality", OPTIONS, seats=4), ["/seats"]),
        (Question("irv", OPTIONS, seats=2), ["/seats"]),
        (Question("stv", OPTIONS, seats=True), ["/seats"]),
        (Question("plurality", OPTIONS, settings={"min": 2}), ["/settings/min"]),
        (Question("plurality", OPTIONS, settings={"min": True}), ["/settings/min"]),
        (Question("plurality", OPTIONS, settings={"luck": 1}), ["/settings/luck"]),
        (Question("approval", OPTIONS, settings={"min": -1}), ["/settings/min"]),
        (Question("approval", OPTIONS, settings={"min": 3, "max": 2}), ["/settings/min"]),
        (Question("approval", OPTIONS, settings={"min": 4}), ["/settings/min"]),
        (Question("approval", OPTIONS, settings={"max": 4}), ["/settings/max"]),
        (Question("approval", OPTIONS, settings={"max": "2"}), ["/settings/max"]),
        (Question("irv", OPTIONS, settings={"ties": "coin"}), ["/settings/ties"]),
        (Question("stv", OPTIONS, settings={"rules": None}), ["/settings/rules"]),
    ],
)
def test_a_question_nobody_could_vote_on_is_refused(question, expected):
    assert pointers(question) == expected


def test_a_question_within_the_rules_is_accepted():
    check_question(Question("yes_no", ()))
    check_question(Question("approval", OPTIONS, 2, {"min": 0, "max": 3}))
    check_question(Question("stv", OPTIONS, 3, {"rules": "scottish", "max": None}))


@pytest.mark.parametrize("name", METHODS)
def test_every_method_documents_itself(name):
    method = METHODS[name]
    assert method.name == name
    assert all((method.version, method.title, method.ties))
    assert all((method.ballots.invalid, method.ballots.empty, method.ballots.partial))
    options = () if method.seats == "none" else OPTIONS
    question = Question(name, options, settings=method.settings_example)
    check_question(question)
    assert method.rule(method.completed(question)).endswith(".")
    schema = method.settings_schema()
    assert list(schema["properties"]) == [setting.name for setting in method.settings]
    assert set(schema.get("required", ())) <= set(method.settings_example)
