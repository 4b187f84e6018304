from __future__ import annotations

from benchmarks.figures import middle, percentile, print_table, ratios


def test_a_cell_holds_the_median_between_the_extremes():
    assert middle([3, 1000, 2]) == "3 (2 to 1,000)"


def test_one_round_has_no_extremes():
    assert middle([1.234], "{:.2f}") == "1.23"


def test_ratios_are_made_round_by_round():
    assert ratios([50, 300], [100, 200]) == "1.00 (0.50 to 1.50)"


def test_percentiles_are_values_that_occurred():
    assert [percentile(range(1, 101), share) for share in (0.5, 0.99, 1)] == [51, 100, 100]


def test_a_table_is_markdown(capsys):
    print_table("Title", ("", "n"), [("a", "1"), ("bb", "10")], ["note"])
    assert (
        capsys.readouterr().out
        == "\n## Title\n\n|    |  n |\n| -- | -- |\n| a  |  1 |\n| bb | 10 |\n\nnote\n\n"
    )
