"""What holds for every summary, whatever the run."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from loadlib.core.result import Problem, RunResult, from_json
from loadlib.core.verdict import Status
from loadlib.exitcodes import ExitCode, describe
from loadlib.reports.layout import display_width
from loadlib.reports.summary import render_summary, verdict_word
from tests.unit.reports import results

RUNS: tuple[Callable[[], RunResult], ...] = (
    results.passing,
    results.failing,
    results.without_data,
    results.invalid,
    results.interrupted,
    results.mixed,
    results.hostile,
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
every_run = pytest.mark.parametrize("make", RUNS, ids=lambda make: make.__name__)


@every_run
@pytest.mark.parametrize("width", [0, 80, 81, 97, 140, 250])
def test_no_line_is_wider_than_the_terminal(make: Callable[[], RunResult], width: int) -> None:
    """A wrapped line of a table can't be read; terminals narrower than 80 columns count as 80."""
    lines = render_summary(make(), width=width, files=("f" * 300,)).splitlines()
    assert max(map(display_width, lines)) <= max(width, 80)


@every_run
def test_nothing_but_line_breaks_controls_the_terminal(make: Callable[[], RunResult]) -> None:
    """Names and messages from outside can't move the cursor, colour the screen or turn the text."""
    text = render_summary(make(), files=("\x1b]0;title\x07",))
    assert {char for char in text if not char.isprintable()} <= {"\n", "\u200e"}


@every_run
def test_colours_change_nothing_but_colour(make: Callable[[], RunResult]) -> None:
    """The layout is that of the plain text, and every colour is ended on its line."""
    coloured = render_summary(make(), color=True)
    assert coloured != render_summary(make())
    assert COLOUR.sub("", coloured) == render_summary(make())
    for line in coloured.splitlines():
        codes = COLOUR.findall(line)
        assert codes[1::2] == ["\x1b[0m"] * (len(codes) // 2)
        assert len(codes) % 2 == 0


@every_run
def test_ascii_is_ascii_and_no_wider(make: Callable[[], RunResult]) -> None:
    """Marks have a likeness, other characters are replaced; the lines stay."""
    text = render_summary(make(), unicode=False)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("\n") == render_summary(make()).count("\n")


@every_run
def test_no_figure_is_nan_or_inf(make: Callable[[], RunResult]) -> None:
    """What is not known is a dash."""
    run = make()
    spoilt = replace(
        run,
        verdicts=tuple(
            replace(verdict, value=value, headroom_ratio=value)
            for verdict in run.verdicts
            for value in (float("nan"), float("inf"), None)
        ),
        processes=tuple(
            replace(process, cpu_mean_ratio=float("nan"), loop_lag_p99_s=float("inf"))
            for process in run.processes
        ),
    )
    assert not re.search(r"\b(nan|inf)\b", render_summary(spoilt), re.IGNORECASE)


@every_run
def test_a_saved_result_gives_the_same_summary(make: Callable[[], RunResult]) -> None:
    """The summary can be printed again later from the file alone."""
    run = make()
    assert render_summary(from_json(run.to_json())) == render_summary(run)


@pytest.mark.parametrize("code", ExitCode)
def test_the_first_line_is_the_verdict_and_the_exit_code(code: ExitCode) -> None:
    """The number that the shell sees and its meaning."""
    first = render_summary(replace(results.passing(), exit_code=int(code))).splitlines()[0]
    assert first == f"{verdict_word(code)}  {describe(code)}"
    assert (verdict_word(code) == "PASS") is (code == 0)


def test_an_unknown_exit_code_is_an_error() -> None:
    """A code of no meaning is never a pass."""
    assert verdict_word(3) == "ERROR"


def test_why_lists_failures_before_missing_data_before_warnings() -> None:
    """Whatever order the rules have."""
    text = render_summary(results.failing())
    positions = [
        text.index(word) for word in ("WHY", "FAIL  http_req_failed", "NO DATA  ", "WARN  ", "THRESHOLDS")
    ]
    assert positions == sorted(positions)


@pytest.mark.parametrize("verdict", [results.FAILING, results.WITHOUT_DATA, results.WARNING])
def test_every_threshold_that_does_not_pass_is_explained(verdict: object) -> None:
    """Selector, expression, reason and the place of the rule."""
    run = results.passing()
    text = " ".join(render_summary(replace(run, verdicts=(verdict,)), width=200).split())  # type: ignore[arg-type]
    for part in ("selector", "expression", "reason", "source"):
        assert getattr(verdict, part) in text


def test_a_measured_value_is_shown_even_if_the_reason_lacks_it() -> None:
    """A reason in other words still comes with the number."""
    verdict = replace(results.FAILING, reason="too many")
    assert "rate=3.12%; too many (1,234 samples)" in render_summary(
        replace(results.passing(), verdicts=(verdict,))
    )


def test_skipped_thresholds_are_not_among_the_passing_ones() -> None:
    """A skipped rule says why it was."""
    lines = render_summary(results.failing(), width=200).splitlines()
    (line,) = [line for line in lines if "ccr_routing_duration" in line]
    assert line.startswith("  - ccr_routing_duration: p(95)<100: skipped, unavailable: POST")


def test_a_run_without_thresholds_says_so() -> None:
    """Nothing failed because nothing was asked."""
    assert "no threshold was set" in render_summary(replace(results.passing(), verdicts=()))


def test_a_failed_run_that_nothing_explains_says_so() -> None:
    """The section is never empty, and never cheerful by default."""
    text = render_summary(replace(results.passing(), exit_code=109))
    assert "nothing that was recorded explains this exit code" in text
    assert "every threshold holds" not in text


@pytest.mark.parametrize("invalidates", [True, False])
def test_every_problem_of_the_run_is_in_why(invalidates: bool) -> None:
    """Invalidating or not."""
    problem = Problem("missing_final", "w7 never said its last word", invalidates)
    text = render_summary(replace(results.passing(), problems=(problem,)))
    why = text[text.index("WHY") : text.index("THRESHOLDS")]
    assert f"{'✗' if invalidates else '!'} missing final: w7 never said its last word" in why


def test_scenarios_are_told_apart_only_when_there_are_several() -> None:
    """One scenario needs no heading; of several, one that sent nothing is named all the same."""
    assert "scenario a2a" not in render_summary(results.passing())
    text = render_summary(results.mixed())
    for heading in (
        "scenario a2a",
        "scenario streaming",
        "scenario ccr: no request was recorded",
        "all scenarios",
    ):
        assert f"\n  {heading}\n" in text


def test_requests_without_a_scenario_are_shown() -> None:
    """Nothing that was sent is missing from the table."""
    recording = results.a2a_recording()
    recording.scenario = ""
    recording.requests("GET /stray", 5, 0.1)
    text = render_summary(recording.result())
    assert "\n  without a scenario\n" in text
    assert "GET /stray" in text


def test_times_are_those_of_expected_responses() -> None:
    """Fast refusals do not make a server look fast."""
    recording = results.Recording()
    recording.requests("GET /a", 50, 0.5, failed={"http_500": (50, "HTTP 500")})
    (line,) = [
        line for line in render_summary(recording.result()).splitlines() if line.startswith("  GET /a")
    ]
    assert line.split() == ["GET", "/a", "50", "0.83", "100.0%", "-", "-", "-", "-"]


@pytest.mark.parametrize("section", ["STREAMS", "CHECKS", "FAILURES"])
def test_what_did_not_happen_has_no_section(section: str) -> None:
    """No empty tables."""
    recording = results.Recording()
    recording.requests("GET /a", 5, 0.1)
    assert f"\n{section}" not in render_summary(recording.result())
    assert f"\n{section}" in render_summary(results.mixed())


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (results.passing, "the generator was not saturated"),
        (results.invalid, "the generator was saturated: times contain its own queueing"),
        (results.without_data, "the generator's CPU and timers were not measured"),
    ],
)
def test_a_plain_sentence_says_whether_the_generator_was_saturated(
    make: Callable[[], RunResult], sentence: str
) -> None:
    """What was not measured is not called good."""
    assert f"GENERATOR  {sentence}" in render_summary(make(), width=200)


def test_many_processes_are_cut_to_the_worst() -> None:
    """The missing one and the busiest come first."""
    processes = tuple(
        replace(results.HEALTHY, process=f"w{n:02}", cpu_max_ratio=n / 100, final=n != 3) for n in range(30)
    )
    lines = render_summary(replace(results.passing(), processes=processes)).splitlines()
    named = [line.split()[0] for line in lines if re.match(r"  w\d\d", line)]
    assert named == ["w03", "w29", "w28", "w27", "w26", "w25", "w24", "w23"]
    assert "  and 22 more processes with less CPU" in lines


def test_many_failures_and_checks_are_cut_with_their_number() -> None:
    """The summary stays a page; the rest is counted."""
    recording = results.Recording()
    for number in range(30):
        recording.requests("GET /a", 2, 0.1, failed={f"kind_{number}": (1, f"message {number}")})
        recording.checks(f"check {number}", 0, 1)
    text = render_summary(recording.result())
    assert "and 22 more groups, in the result file" in text
    assert "and 10 more checks, in the result file" in text


def test_files_are_named_at_the_end() -> None:
    """The last thing one reads is where to read more."""
    assert render_summary(results.passing(), files=("a.json", "b.html")).endswith(
        "\nFILES\n  a.json\n  b.html\n"
    )
    assert "FILES" not in render_summary(results.passing())


@pytest.mark.parametrize("status", Status)
def test_the_tally_counts_every_verdict(status: Status) -> None:
    """None is left out of the count."""
    word = {"pass": "passed", "fail": "failed", "no_data": "without data", "skipped": "skipped"}[status]
    verdicts = (replace(results.PASSING, status=status, reason="so"),) * 3
    assert f"THRESHOLDS  3 {word}\n" in render_summary(replace(results.passing(), verdicts=verdicts))
