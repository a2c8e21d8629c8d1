"""A finished or running measurement judged by the rules: verdicts, live abort reasons, the frozen result."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

from loadlib.adapters.outcome import Ending, exit_code
from loadlib.adapters.preflight import Preflight
from loadlib.adapters.validity import problems, process_health
from loadlib.core.aggregate import Aggregate
from loadlib.core.result import Problem, RunInfo, RunResult
from loadlib.core.result_series import SeriesRecord, WindowRecord
from loadlib.core.routes import excuses
from loadlib.core.snapshot import Snapshot
from loadlib.settings import Settings
from loadlib.thresholds.evaluator import evaluate
from loadlib.thresholds.rule import RuleSet


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a result says about its run besides the numbers."""

    scenario: str
    scenarios: tuple[str, ...]
    profile: str
    mode: str
    expected: tuple[str, ...]
    """The processes that ran users."""
    left_early: tuple[str, ...]
    """The processes that ended before the run did."""
    load_problems: tuple[Problem, ...]
    """What was wrong with the load itself."""
    peak_users: int
    targets: Mapping[str, str]
    settings: Mapping[str, str]


def judged_result(
    aggregate: Aggregate,
    rules: RuleSet,
    settings: Settings,
    *,
    facts: RunFacts,
    preflight: Preflight,
    ending: Ending,
    ended_at_s: float,
) -> RunResult:
    """Return the frozen result of a run with its verdicts and exit code."""
    snapshot = aggregate.snapshot(ended_at_s)
    found = _problems(snapshot, aggregate, settings, facts, preflight)
    verdicts = (
        ()
        if preflight.unreachable
        else evaluate(
            rules,
            snapshot,
            unavailable_endpoints={entry.endpoint: entry.reason for entry in preflight.unavailable},
            excuse=excuses(preflight.unavailable, preflight.available_feeds),
            require_all=settings.require_all,
        )
    )
    result = RunResult(
        run=_run_info(aggregate, settings, facts, snapshot.elapsed_s),
        ended=ending.ended.value,
        end_reason=ending.reason,
        metrics=tuple(sorted(aggregate.metrics.values(), key=lambda metric: metric.name)),
        series=_series(snapshot),
        window_s=aggregate.history.width_s,
        windows=_windows(aggregate),
        failures=snapshot.failures,
        problems=found,
        processes=process_health(snapshot, aggregate.ledger),
        unavailable=preflight.unavailable,
        available_feeds=preflight.available_feeds,
        folded_tagsets=aggregate.folded,
        verdicts=verdicts,
    )
    return replace(result, exit_code=int(exit_code(ending, found, verdicts)))


def _problems(
    snapshot: Snapshot,
    aggregate: Aggregate,
    settings: Settings,
    facts: RunFacts,
    preflight: Preflight,
) -> tuple[Problem, ...]:
    if preflight.unreachable:
        return tuple(
            Problem("unreachable", detail, invalidates=True) for detail in preflight.unreachable.values()
        )
    lacking = tuple(
        Problem("unavailable", f"{entry.endpoint} ({entry.scenario}): {entry.reason}", invalidates=True)
        for entry in preflight.unavailable
        if settings.require_all
    )
    return (
        *lacking,
        *warnings_of(settings),
        *facts.load_problems,
        *problems(
            snapshot,
            aggregate.ledger,
            expected=facts.expected,
            left_early=facts.left_early,
            folded=aggregate.folded,
            max_cpu_ratio=settings.max_cpu_ratio,
            max_loop_lag_s=settings.max_loop_lag_s,
        ),
    )


def warnings_of(settings: Settings) -> Iterator[Problem]:
    """Yield what the settings took from the run's worth, by name, without making it invalid."""
    if settings.insecure_skip_tls_verify:
        detail = "TLS certificates were not verified (insecure_skip_tls_verify): anyone could have answered"
        yield Problem("tls_unverified", detail, invalidates=False)
    if settings.http_debug != "off":
        detail = "every request was logged (http_debug): the generator was slower for it"
        yield Problem("http_debug", detail, invalidates=False)


def _run_info(aggregate: Aggregate, settings: Settings, facts: RunFacts, duration_s: float) -> RunInfo:
    started = datetime.fromtimestamp(aggregate.started_at_s, UTC)
    return RunInfo(
        id=aggregate.run_id,
        scenario=facts.scenario,
        scenarios=facts.scenarios,
        profile=facts.profile,
        environment=settings.environment,
        started_at=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        started_at_s=aggregate.started_at_s,
        duration_s=duration_s,
        peak_users=facts.peak_users,
        mode=facts.mode,
        workers=len(facts.expected) - 1 if facts.mode == "distributed" else 0,
        targets=facts.targets,
        settings=facts.settings,
        versions={
            "loadlib": version("loadlib"),
            "locust": version("locust"),
            "python": platform.python_version(),
        },
    )


def _series(snapshot: Snapshot) -> tuple[SeriesRecord, ...]:
    return tuple(
        SeriesRecord.of(name, tags, value)
        for name in sorted(snapshot.series)
        for tags, value in sorted(snapshot.series[name].items(), key=lambda item: item[0])
    )


def _windows(aggregate: Aggregate) -> tuple[WindowRecord, ...]:
    return tuple(
        WindowRecord(
            start_s,
            tuple(
                SeriesRecord.of(name, tags, value)
                for (tags, name), value in sorted(series.items(), key=lambda item: (item[0][1], item[0][0]))
            ),
        )
        for start_s, series in aggregate.history.windows()
    )
