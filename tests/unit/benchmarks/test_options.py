"""The command line: defaults, short runs, and what is refused."""

import pytest

from benchmarks.generators import GENERATORS
from benchmarks.options import KINDS, parse


def test_everything_is_measured_by_default_within_six_minutes() -> None:
    options = parse([])
    assert options.what == "all"
    assert options.generators == tuple(GENERATORS)
    assert options.users == (1, 50, 500)
    assert options.memory_users == (100, 1000, 5000)
    assert options.rounds == 3
    assert options.budget_s < 360
    assert options.require_ratio == 0


def test_quick_is_smaller_and_can_be_changed() -> None:
    assert parse(["--quick"]).users == (50,)
    assert parse(["--quick"]).budget_s < 90
    assert parse(["--quick", "--users", "1,7", "--rounds", "5"]).users == (1, 7)
    assert parse(["--quick", "--rounds", "5"]).rounds == 5


def test_generators_are_chosen_in_the_order_given() -> None:
    assert parse(["http", "--generators", "wrk,loadlib,wrk"]).generators == ("wrk", "loadlib")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--generators", "loadlib,ab"], "ab: choose from loadlib"),
        (["--users", "0"], "'0' is not a number from 1"),
        (["--users", "1,,2"], "'' is not a number from 1"),
        (["--rounds", "-1"], "is not a number from 1"),
        (["--window-s", "nan"], "'nan' is not a positive number"),
        (["--require-ratio", "0"], "'0' is not a positive number"),
        (["--budget-s", "inf"], "'inf' is not a positive number"),
        (["grpc"], "invalid choice: 'grpc'"),
    ],
)
def test_wrong_options_are_refused_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("what", sorted(set(KINDS) - {"all", "http"}))
def test_a_ratio_cannot_be_required_where_none_is_measured(
    what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate that compares nothing would pass."""
    with pytest.raises(SystemExit) as ended:
        parse([what, "--require-ratio", "4"])
    assert ended.value.code == 2
    assert f"--require-ratio compares in all, http; not in {what}" in capsys.readouterr().err


def test_a_ratio_can_be_required_where_it_is_measured() -> None:
    assert [parse([what, "--require-ratio", "4"]).require_ratio for what in ("all", "http")] == [4, 4]
    assert parse(["--require-ratio", "4"]).require_ratio == 4
