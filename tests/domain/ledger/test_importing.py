"""Import of balances: what is read, what is reported, and that a file is never held in memory."""

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger.importing import Fault, FaultReason, ImportRules, Row, read_balances
from app.domain.ledger.importing.lines import lines_of
from app.domain.ledger.importing.seen import FirstSeen


def read(text, **rules):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_balances([data], ImportRules(**rules)))


def reasons(text, **rules):
    return [(each.line, each.reason) for each in read(text, **rules) if isinstance(each, Fault)]


GOOD = {
    "plain": "account,amount\nada,5\nben,7\n",
    "no line end at the end": "account,amount\nada,5\nben,7",
    "windows": "account,amount\r\nada,5\r\nben,7\r\n",
    "byte order mark": "\ufeffaccount,amount\nada,5\nben,7\n",
    "semicolons": "account;amount\nada;5\nben;7\n",
    "tabs": "account\tamount\nada\t5\nben\t7\n",
    "an explorer's list of holders": '"HolderAddress","Balance","Pending"\n"ada","5","No"\n"ben","7","No"\n',
    "a loyalty programme": "Points;Tier;Member ID\n5;gold;ada\n 7 ;silver; ben \n",
    "decimals that say nothing": "account,amount\nada,5.00\nben,007\n",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_files_as_they_come(text):
    assert read(text) == [Row(2, "ada", 5), Row(3, "ben", 7)]


def test_empty_lines_pass_and_keep_their_numbers():
    assert read("account,amount\n\nada,5\n  \r\nben,7\n\n") == [Row(3, "ada", 5), Row(5, "ben", 7)]


def test_columns_can_be_named_and_the_delimiter_too():
    text = "amount:holder:amount (USD)\n5:ada:1.23\n"
    assert read(text, account="holder", amount="amount", delimiter=":") == [Row(2, "ada", 5)]


def test_a_quoted_field_may_hold_delimiters_and_quotes():
    assert read('account,amount\n"ada ""the"", first",5\n') == [Row(2, 'ada "the", first', 5)]


@pytest.mark.parametrize(
    ("written", "decimals", "amount"),
    [
        ("1.5", 2, 150),
        ("1.50", 2, 150),
        ("1.500", 2, 150),
        ("12", 2, 1200),
        ("0.01", 2, 1),
        ("0.5", 18, 5 * 10**17),
    ],
)
def test_amounts_in_units_are_read_exactly(written, decimals, amount):
    text = f"account,amount\nada,{written}\n"
    if amount < 2**53:
        assert read(text, decimals=decimals) == [Row(2, "ada", amount)]
    else:
        assert reasons(text, decimals=decimals) == [(2, FaultReason.AMOUNT_TOO_LARGE)]


BAD = {
    "-5": FaultReason.NEGATIVE_AMOUNT,
    "-0.5": FaultReason.NEGATIVE_AMOUNT,
    "1.5": FaultReason.FRACTION,
    "0": FaultReason.ZERO,
    "0.00": FaultReason.ZERO,
    "": FaultReason.NO_AMOUNT,
    " ": FaultReason.NO_AMOUNT,
    "five": FaultReason.NOT_A_NUMBER,
    "1e5": FaultReason.NOT_A_NUMBER,
    "1 000": FaultReason.NOT_A_NUMBER,
    '"1,000"': FaultReason.NOT_A_NUMBER,
    "1_000": FaultReason.NOT_A_NUMBER,
    "\u0665": FaultReason.NOT_A_NUMBER,
    "NaN": FaultReason.NOT_A_NUMBER,
    "0x10": FaultReason.NOT_A_NUMBER,
    "9" * 5000: FaultReason.LINE_TOO_LONG,
    "9" * 2000: FaultReason.NOT_A_NUMBER,
    "9007199254740992": FaultReason.AMOUNT_TOO_LARGE,
    "=1+1": FaultReason.FORMULA,
    "+5": FaultReason.FORMULA,
    "@SUM(A1)": FaultReason.FORMULA,
    "-cmd|' /C calc'!A0": FaultReason.FORMULA,
}


@pytest.mark.parametrize(("written", "reason"), BAD.items(), ids=[repr(written[:20]) for written in BAD])
def test_a_bad_amount_is_reported_and_the_next_line_read(written, reason):
    text = f"account,amount\nada,{written}\nben,7\n"
    fault, row = read(text)
    assert (fault.line, fault.reason) == (2, reason)
    assert row == Row(3, "ben", 7)


BAD_ACCOUNTS = {
    "": FaultReason.NO_ACCOUNT,
    "  ": FaultReason.NO_ACCOUNT,
    '"=HYPERLINK(""http://x"",""y"")"': FaultReason.FORMULA,
    "+49 30 1": FaultReason.FORMULA,
    "-ada": FaultReason.FORMULA,
    "@ada": FaultReason.FORMULA,
    " =ada": FaultReason.FORMULA,
    "\t=ada": FaultReason.FORMULA,
    "＝ada": FaultReason.FORMULA,  # noqa: RUF001 - the full-width sign is meant
    "a\x00b": FaultReason.INVALID_ACCOUNT,
    "a\u202eb": FaultReason.INVALID_ACCOUNT,
    "a" * 129: FaultReason.INVALID_ACCOUNT,
    '"a"da': FaultReason.MISPLACED_QUOTE,
    '"ada': FaultReason.MISPLACED_QUOTE,
    "ada,x": FaultReason.WRONG_WIDTH,
}


@pytest.mark.parametrize(
    ("account", "reason"), BAD_ACCOUNTS.items(), ids=[ascii(account[:20]) for account in BAD_ACCOUNTS]
)
def test_a_bad_account_is_reported_and_the_next_line_read(account, reason):
    fault, row = read(f"account,amount\n{account},5\nben,7\n")
    assert (fault.line, fault.reason) == (2, reason)
    assert row == Row(3, "ben", 7)


def test_a_line_that_is_not_utf8_is_reported_and_the_next_line_read():
    assert read(b"account,amount\n\xff\xfe,5\nben,7\n")[1] == Row(3, "ben", 7)
    assert reasons(b"account,amount\n\xe9ve,5\n") == [(2, FaultReason.NOT_UTF8)]


def test_an_account_named_twice_is_told_with_the_line_that_named_it_first():
    fault = read("account,amount\nada,5\nben,7\nada,1\n")[2]
    assert (fault.line, fault.reason, fault.detail) == (
        4,
        FaultReason.DUPLICATE_ACCOUNT,
        "line 2 names the same account",
    )


def test_an_account_is_named_twice_also_where_its_first_amount_was_bad():
    assert reasons("account,amount\nada,five\nada,5\n") == [
        (2, FaultReason.NOT_A_NUMBER),
        (3, FaultReason.DUPLICATE_ACCOUNT),
    ]


def test_accounts_that_differ_by_case_are_one_only_where_the_importer_says_so():
    text = "account,amount\n0xAB,5\n0xab,7\n"
    assert len(read(text)) == 2
    assert reasons(text, fold_case=True) == [(3, FaultReason.DUPLICATE_ACCOUNT)]
    assert read(text, fold_case=True)[0] == Row(2, "0xab", 5)


def test_two_ways_to_write_one_letter_are_one_account():
    assert reasons("account,amount\nZo\u00eb,5\nZoe\u0308,7\n") == [(3, FaultReason.DUPLICATE_ACCOUNT)]


def test_what_exceeds_the_supply_is_left_out_and_a_smaller_amount_may_still_fit():
    text = "account,amount\nada,6\nben,5\ncleo,4\n"
    assert read(text, room=10)[::2] == [Row(2, "ada", 6), Row(4, "cleo", 4)]
    assert reasons(text, room=10) == [(3, FaultReason.SUPPLY_EXCEEDED)]


HEADERS = {
    "": FaultReason.NO_HEADER,
    "\nada,5\n": FaultReason.NO_HEADER,
    "ada,5\n": FaultReason.NO_COLUMNS,
    "account\nada\n": FaultReason.NO_COLUMNS,
    "account,amount,balance\nada,5,5\n": FaultReason.NO_COLUMNS,
    "account,account,amount\nada,ada,5\n": FaultReason.NO_COLUMNS,
    "x" * 5000: FaultReason.LINE_TOO_LONG,
}


@pytest.mark.parametrize(("text", "reason"), HEADERS.items(), ids=[repr(text[:25]) for text in HEADERS])
def test_without_its_columns_a_file_is_not_read(text, reason):
    [fault] = read(text)
    assert (fault.line, fault.reason) == (1, reason)


def test_a_file_of_another_encoding_is_not_read():
    assert reasons("account,amount\nada,5\n".encode("utf-16")) == [(1, FaultReason.NOT_UTF8)]


def test_what_is_missing_is_named():
    [fault] = read("account,sum\nada,5\n")
    assert fault.detail == (
        "no column holds the amount (looked for: amount, balance, quantity, tokens, points)"
    )


def test_a_file_of_too_many_lines_ends_there():
    text = "account,amount\nada,5\nben,7\ncleo,9\n"
    assert read(text, most_lines=3)[:2] == [Row(2, "ada", 5), Row(3, "ben", 7)]
    assert reasons(text, most_lines=3) == [(4, FaultReason.TOO_MANY_LINES)]


@pytest.mark.parametrize(
    "arguments", [{"decimals": 19}, {"decimals": -1}, {"delimiter": '"'}, {"delimiter": ""}]
)
def test_rules_that_are_none_are_refused(arguments):
    with pytest.raises(ValueError, match=r"decimals|delimiter"):
        ImportRules(**arguments)


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=5))
def test_no_bytes_trip_it_and_it_does_not_matter_where_they_are_cut(data, cuts):
    places = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    whole = list(read_balances([b"account,amount\n" + data]))
    assert list(read_balances([b"account,", b"amount\n", *pieces])) == whole
    assert list(read_balances(pieces)) == list(read_balances([data]))


@given(st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"ab", b"aaaaaaaaaaaa"]), max_size=30))
def test_lines_are_those_of_the_whole_however_they_are_cut(pieces):
    whole = b"".join(pieces).split(b"\n")
    if not whole[-1]:
        whole.pop()
    bare = [line.removesuffix(b"\r") for line in whole]
    expected = [(number, line if len(line) <= 9 else None) for number, line in enumerate(bare, 1)]
    assert list(lines_of(pieces, longest=9)) == expected


@given(st.lists(st.text(max_size=3), max_size=300))
def test_the_table_of_accounts_remembers_as_a_dictionary_does(names):
    seen, plain = FirstSeen(), {}
    for line, name in enumerate([*names, *map(str, range(800))], 1):
        assert seen.first(name, line) == plain.get(name)
        plain.setdefault(name, line)


def test_a_long_file_is_read_in_little_memory():
    def chunks():
        yield b"account,amount\n"
        for block in range(100):
            yield b"".join(b"account-%08d,%d\n" % (block * 500 + row, row + 1) for row in range(500))

    tracemalloc.start()
    try:
        assert sum(isinstance(each, Row) for each in read_balances(chunks())) == 50_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_a_line_without_an_end_is_never_held():
    tracemalloc.start()
    try:
        [fault] = read_balances(b"x" * 65_536 for _ in range(200))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert fault.reason is FaultReason.LINE_TOO_LONG
    assert peak < 1_000_000
