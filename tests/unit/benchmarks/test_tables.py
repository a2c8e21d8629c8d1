"""Tables: columns stand under their heads, and a row that is no evidence is marked."""

from benchmarks import tables, turns
from benchmarks.generators import GENERATORS
from benchmarks.latency_bench import latency_table
from tests.unit.benchmarks.builders import steady


def test_columns_are_aligned_first_left_others_right() -> None:
    text = tables.table(("name", "cost"), [("a", "1.0"), ("longer", "100.0")])
    assert text.splitlines() == ["name     cost", "a         1.0", "longer  100.0"]


def test_cost_table_has_medians_extremes_and_ratios() -> None:
    measured = [steady(), steady(number=2, cost_us=35.0), steady("fasthttp", cost_us=100.0)]
    text = tables.cost_table("50 users", turns.rows(measured, "loadlib"), GENERATORS)
    title, head, own, rival = text.splitlines()
    assert title == "50 users: median of 2 rounds"
    assert head.split("  ")[0] == "generator"
    assert own.split()[-6:] == ["25.0..35.0", "34,286", "1.00", "1.00..1.00", "1", "2"]
    assert rival.split()[-4:-2] == ["4.00", "4.00..4.00"]


def test_row_with_a_problem_is_marked() -> None:
    rows = turns.rows([steady(problem="failed requests")], "loadlib")
    assert "loadlib HttpUser !" in tables.cost_table("t", rows, GENERATORS)


def test_generator_without_a_ratio_or_latencies_has_dashes() -> None:
    """Without the suite's own client there is nothing to divide by; a floor measures no latencies."""
    rows = turns.rows([steady("fasthttp"), steady("floor", p50_s=None, p99_s=None)], "loadlib")
    text = tables.cost_table("t", rows, GENERATORS)
    assert text.splitlines()[-1].split()[-4:] == ["-", "-", "-", "-"]


def test_latencies_that_nobody_measures_are_no_columns() -> None:
    rows = turns.rows([steady("floor", p50_s=None, p99_s=None)], "floor")
    text = tables.cost_table("t", rows, GENERATORS, "event")
    assert "p50" not in text
    assert "us CPU/event" in text


def test_http_tables_show_each_number_of_users_the_starts_and_the_work() -> None:
    rows = turns.rows([steady(users=50), steady(users=1)], "loadlib")
    text = tables.http_tables(rows, GENERATORS)
    assert [line for line in text.splitlines() if "median" in line] == [
        "1 user, keep-alive, no think time: median of 1 round",
        "50 users, keep-alive, no think time: median of 1 round",
    ]
    assert "Start to first requests, 1 user\n" in text
    assert GENERATORS["loadlib"].work in text
    assert max(map(len, text.splitlines())) <= 100


def test_latency_table_has_the_spread_of_both_percentiles_and_the_rate_reached() -> None:
    """A generator that can't keep the rate shows it."""
    rows = turns.rows([steady(p99_s=0.004), steady(number=2, p99_s=0.006)], "loadlib")
    line = latency_table(3000, rows).splitlines()[-1]
    assert line.split()[2:] == ["1", "1..1", "5", "4..6", "2,000", "0.05"]
