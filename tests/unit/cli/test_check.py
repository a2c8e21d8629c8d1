"""``loadlib check``: a saved result judged again gives the verdicts and the exit code of the run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loadlib.cli.check import judged_again, read_result
from loadlib.cli.main import main
from loadlib.core.metrics import Contains, Kind, MetricDef
from loadlib.core.result import RunResult
from loadlib.core.result_series import SeriesRecord
from loadlib.core.routes import Feed, Unavailable
from loadlib.core.values import Rate
from loadlib.core.verdict import Status
from loadlib.errors import ConfigurationError
from tests.support.process import run_loadlib
from tests.unit.core.results import RUN, VERDICT, run_result

HEAD = "version: 1\nthresholds:\n"
LOOSE = HEAD + "  http_req_failed:\n    - rate<50%\n"
STRICT = HEAD + "  http_req_failed:\n    - rate<1%\n"
STAGED = LOOSE + "environments:\n  staging:\n    thresholds:\n      http_req_failed:\n        - rate<1%\n"
MISSING = HEAD + "  http_req_failed{endpoint:GET /absent}:\n    - rate<50%\n"
FAILED_A_TENTH = SeriesRecord.of("http_req_failed", (("endpoint", "GET /e0"),), Rate(passes=4, samples=40))
FAILED = MetricDef("http_req_failed", Kind.RATE, Contains.RATIO)


@pytest.fixture
def result(tmp_path: Path) -> RunResult:
    """Return a completed run in which a tenth of the requests failed, judged by a file of its own."""
    (tmp_path / "own.yaml").write_text(LOOSE)
    settings = {"thresholds": str(tmp_path / "own.yaml"), "require_all": "false"}
    return replace(
        run_result([]),
        run=replace(RUN, settings=settings),
        metrics=(FAILED,),
        series=(FAILED_A_TENTH,),
        windows=(),
        verdicts=(),
        unavailable=(),
        problems=(),
        exit_code=0,
    )


Saved = Callable[[RunResult], str]


@pytest.fixture
def save(tmp_path: Path) -> Saved:
    """Return a function that writes a result to a directory and returns the directory."""

    def write(result: RunResult) -> str:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "result.json").write_text(result.to_json())
        return str(tmp_path / "run")

    return write


RULES = [(LOOSE, 0), (STRICT, 99), (MISSING, 99)]


@pytest.mark.parametrize(("text", "code"), RULES)
def test_exit_code_follows_the_thresholds_given(
    result: RunResult, save: Saved, tmp_path: Path, text: str, code: int
) -> None:
    """A threshold whose tags match nothing has no data, which is never a pass."""
    (tmp_path / "other.yaml").write_text(text)
    assert main(["check", save(result), "-t", str(tmp_path / "other.yaml")]) == code


@pytest.mark.parametrize(("text", "code"), [(LOOSE, 0), (STRICT, 99)])
def test_without_a_file_the_runs_own_judges(
    result: RunResult, save: Saved, tmp_path: Path, text: str, code: int
) -> None:
    (tmp_path / "own.yaml").write_text(text)
    directory = save(result)
    assert main(["check", directory]) == code
    assert main(["check", f"{directory}/result.json"]) == code


def test_rules_of_the_environment_named_apply(result: RunResult, save: Saved, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(STAGED)
    directory = save(result)
    assert main(["check", directory]) == 0
    assert main(["check", directory, "--environment", "staging"]) == 99


KEPT = [("interrupted", 105), ("set-up failed", 107), ("aborted by a scenario", 108), ("not started", 111)]


@pytest.mark.parametrize("text", [LOOSE, STRICT])
@pytest.mark.parametrize(("ended", "code"), [*KEPT, ("aborted by a threshold", 99), ("completed", 109)])
def test_run_that_thresholds_did_not_decide_keeps_its_exit_code(
    result: RunResult, save: Saved, tmp_path: Path, ended: str, code: int, text: str
) -> None:
    (tmp_path / "own.yaml").write_text(text)
    assert main(["check", save(replace(result, ended=ended, exit_code=code))]) == code


def test_new_verdicts_replace_the_old_ones(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "strict.yaml").write_text(STRICT)
    again = judged_again(replace(result, verdicts=(VERDICT,)), tmp_path / "strict.yaml")
    assert [(v.expression, v.status, v.value) for v in again.verdicts] == [("rate<1%", Status.FAIL, 0.1)]
    assert again.exit_code == 99


AGUI_FEED = Feed("stream_ttft", {"protocol": "agui"})
UNAVAILABLE = Unavailable("POST /agui", "dashboard", "HTTP 404", feeds=(AGUI_FEED,))
ON_ENDPOINT = HEAD + "  http_req_failed{endpoint:POST /agui}:\n    - rate<50%\n"
ON_METRIC = HEAD + "  stream_ttft:\n    - p(95)<1s\n"


@pytest.mark.parametrize(("text", "code"), [(ON_ENDPOINT, 0), (ON_METRIC, 0), (MISSING, 99)])
def test_what_the_target_lacked_is_skipped_again_and_nothing_else(
    result: RunResult, tmp_path: Path, text: str, code: int
) -> None:
    (tmp_path / "own.yaml").write_text(text)
    run = replace(result, unavailable=(UNAVAILABLE,))
    assert judged_again(run).exit_code == code


def test_with_require_all_what_the_target_lacked_fails_again(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(ON_ENDPOINT)
    settings = {**result.run.settings, "require_all": "true"}
    run = replace(result, unavailable=(UNAVAILABLE,), run=replace(result.run, settings=settings))
    assert judged_again(run).exit_code == 99


def test_metric_of_an_unavailable_endpoint_is_not_unavailable_everywhere(
    result: RunResult, tmp_path: Path
) -> None:
    """Where a route that is there feeds the metric too, no data is a failure."""
    (tmp_path / "own.yaml").write_text(ON_METRIC)
    there = Feed("stream_ttft", {"protocol": "team"})
    run = replace(result, unavailable=(UNAVAILABLE,), available_feeds=(there,))
    assert judged_again(run).exit_code == 99


def test_metric_that_only_the_scenario_defines_can_be_judged(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(HEAD + "  widgets_broken:\n    - rate<1%\n")
    own = SeriesRecord.of("widgets_broken", (), Rate(passes=0, samples=10))
    metrics = (*result.metrics, MetricDef("widgets_broken", Kind.RATE, Contains.RATIO))
    assert judged_again(replace(result, metrics=metrics, series=(*result.series, own))).exit_code == 0


BROKEN = [(None, "cannot be read"), ("{", "not JSON"), ("{}", "schema_version")]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_broken_result_is_one_line_and_104(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    path = tmp_path / "result.json"
    if text is not None:
        path.write_text(text)
    assert main(["check", str(path)]) == 104
    err = capsys.readouterr().err
    assert err.startswith(f"error: {path}: ")
    assert message in err
    assert err.count("\n") == 1


def test_directory_without_a_result_names_the_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"result\.json: cannot be read"):
        read_result(tmp_path)


def test_broken_thresholds_file_shows_the_place(
    result: RunResult, save: Saved, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text(STRICT.replace("<1%", "<<1%"))
    assert main(["check", save(result)]) == 104
    err = capsys.readouterr().err
    assert err.startswith(f"error: {tmp_path}/own.yaml:4:")
    assert err.count("error: ") == 1


def test_summary_is_printed(result: RunResult, save: Saved, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", save(result)]) == 0
    assert "rate<50%" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "schema"])
def test_command_starts_without_locust_and_gevent(
    loaded_modules: Callable[[str], set[str]], command: str
) -> None:
    loaded = loaded_modules(f"from loadlib.cli.main import main; main(['{command}', '--help'])")
    assert "argparse" in loaded
    assert loaded.isdisjoint({"locust", "gevent"})


def test_check_judges_without_locust_and_gevent(result: RunResult, save: Saved, tmp_path: Path) -> None:
    """With imports of both that raise, the command still comes to its verdict."""
    for name in ("locust", "gevent"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    done = run_loadlib(["check", save(result)], {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
