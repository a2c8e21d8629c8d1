"""``loadlib check``: judges a saved result again, by its own thresholds file or another one, without the run.

Starts without Locust. What ended the run and what makes it invalid stand in the result; only rules apply.
"""

import shutil
import sys
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from loadlib.cli.output import emit
from loadlib.cli.parser import Parser
from loadlib.core.metrics import BUILTIN, MetricDef
from loadlib.core.result import ResultFormatError, RunResult, from_json
from loadlib.core.routes import excuses
from loadlib.core.verdict import Verdict
from loadlib.errors import ConfigurationError
from loadlib.exitcodes import ExitCode
from loadlib.reports.summary import render_summary
from loadlib.thresholds.evaluator import evaluate
from loadlib.thresholds.loader import load
from loadlib.thresholds.rules import resolve

DESCRIPTION: Final = """\
Judge a saved result again, print its summary and exit as the run would: 0 when every threshold
holds, 99 when one fails. A run that was interrupted, aborted or invalid keeps its exit code."""

EXAMPLES: Final = """\
  loadlib check results/20261122T081500Z-mixed
  loadlib check result.json -t stricter.yaml
  loadlib check result.json --environment staging
"""

RESULT_FILE: Final = "result.json"
_JUDGED: Final = frozenset({ExitCode.PASS, ExitCode.THRESHOLDS_FAILED})
_COMPLETED: Final = "completed"
_NOT_STARTED: Final = "not started"


def add_arguments(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("result", metavar="RESULT", type=Path, help=f"{RESULT_FILE} or its directory")
    parser.add_argument(
        "-t",
        "--thresholds",
        metavar="FILE",
        type=Path,
        help="rules to judge by (default: the run's own file)",
    )
    parser.add_argument(
        "--environment", metavar="E", help="environment whose rules apply (default: the run's own)"
    )


def main(args: Namespace) -> int:
    """Judge, print the summary and return the exit code."""
    result = judged_again(read_result(args.result), args.thresholds, args.environment)
    color = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if color else 80
    emit(render_summary(result, width=width, color=color))
    return result.exit_code


def read_result(path: Path) -> RunResult:
    """Return the result in a file, or in ``result.json`` of a directory.

    Raises ``ConfigurationError`` saying what is wrong with it.
    """
    file = path / RESULT_FILE if path.is_dir() else path
    try:
        return from_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ResultFormatError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from None


def judged_again(
    result: RunResult, thresholds: Path | None = None, environment: str | None = None
) -> RunResult:
    """Return the result with new verdicts and the exit code that follows.

    ``None`` stands for the run's own thresholds file and environment. Raises ``ConfigurationError`` for an
    invalid thresholds file.
    """
    rules = resolve(
        load(thresholds or Path(result.run.settings.get("thresholds", "thresholds.yaml"))),
        metrics=_metrics(result.metrics),
        environment=environment or result.run.environment,
        scenarios=result.run.scenarios,
        run_scenario=result.run.scenario,
    )
    verdicts = evaluate(
        rules,
        result.snapshot(),
        unavailable_endpoints={entry.endpoint: entry.reason for entry in result.unavailable},
        excuse=excuses(result.unavailable, result.available_feeds),
        require_all=result.run.settings.get("require_all") == "true",
    )
    if result.ended == _NOT_STARTED:
        return result
    return replace(result, verdicts=verdicts, exit_code=int(exit_code(result, verdicts)))


def exit_code(result: RunResult, verdicts: Iterable[Verdict]) -> int:
    """Return 0 or 99 for a complete, valid run; for any other its own code, which no threshold changes."""
    if result.ended != _COMPLETED or result.exit_code not in _JUDGED:
        return result.exit_code
    failed = any(verdict.fails_run for verdict in verdicts)
    return ExitCode.THRESHOLDS_FAILED if failed else ExitCode.PASS


def _metrics(recorded: Iterable[MetricDef]) -> dict[str, MetricDef]:
    return {metric.name: metric for metric in (*BUILTIN, *recorded)}
