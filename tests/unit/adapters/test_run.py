"""The deciding side of one run: who ends it and when, and which reports it trusts."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import gevent
import pytest
from locust import User
from locust.env import Environment

from loadlib.adapters import run as run_module
from loadlib.adapters.outcome import Ended
from loadlib.adapters.preflight import Preflight
from loadlib.adapters.run import Run
from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime
from loadlib.core.delta import Delta
from loadlib.settings import load_settings
from loadlib.thresholds.rule import RuleSet
from tests.unit.thresholds.support import rules_for

PLAN = RunPlan("run-1", 1_700_000_000.0)
USERS, WANTED = 7, 9
NO_RULES = RuleSet((), ())


class Stops:
    """Counts how often the load was to be stopped."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


class Looks(Run):
    """A run that counts its looks at the users."""

    looks = 0

    def record_users(self, at_s: float) -> None:
        self.looks += 1
        super().record_users(at_s)


Begin = Callable[..., tuple[Looks, Stops]]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Return what makes a run by rules; it ends with the test."""
    monkeypatch.setattr(run_module, "TICK_S", 0.01)
    made: list[Looks] = []

    def begun(rules: RuleSet = NO_RULES) -> tuple[Looks, Stops]:
        environment = Environment(user_classes=[User])
        environment.runner = SimpleNamespace(user_count=USERS, target_user_count=WANTED)  # type: ignore[assignment]
        runtime = Runtime(environment, load_settings({}, environ={}, cwd=tmp_path))
        stops = Stops()
        run = Looks(runtime, PLAN, rules, Preflight(), process="master", stop_load=stops)
        made.append(run)
        return run, stops

    yield begun
    for run in made:
        if run._watcher is not None:
            run._watcher.kill()
        run._health.stop()


def until(condition: Callable[[], bool]) -> None:
    """Let greenlets run until a condition holds."""
    with gevent.Timeout(20):
        while not condition():
            gevent.sleep(0.002)


def report(
    process: str = "worker-0",
    sequence: int = 1,
    *,
    notes: tuple[tuple[str, str], ...] = (),
    final: bool = False,
) -> Delta:
    return Delta(PLAN.run_id, process, sequence, (), notes=notes, final=final)


def test_rules_that_may_abort_are_evaluated_at_every_second_look(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = begin()
    evaluated: list[int] = []
    monkeypatch.setattr(run_module, "abort_reasons", lambda *_, **__: evaluated.append(run.looks))
    run.start()
    until(lambda: len(evaluated) >= 3)
    assert evaluated[:3] == [2, 4, 6]


def test_crossed_rule_that_aborts_ends_the_run_once_and_is_named(begin: Begin) -> None:
    run, stops = begin(rules_for("vus", "value<5", abortOnFail="true"))
    run.start()
    until(lambda: stops.count > 0)
    looks = run.looks
    until(lambda: run.looks > looks + 4)
    assert stops.count == 1
    assert run.ending.ended is Ended.THRESHOLD_ABORT
    assert run.ending.reason == "crossed: vus value<5"


@pytest.mark.parametrize(("expression", "abort"), [("value<5", "false"), ("value<50", "true")])
def test_rule_that_holds_or_may_not_abort_does_not(begin: Begin, expression: str, abort: str) -> None:
    run, stops = begin(rules_for("vus", expression, abortOnFail=abort))
    run.start()
    until(lambda: run.looks > 6)
    assert (stops.count, run.ending.ended) == (0, Ended.COMPLETED)


@pytest.mark.parametrize(
    ("kind", "ended"), [("setup_failed", Ended.SETUP_FAILED), ("abort", Ended.SCENARIO_ABORT)]
)
def test_note_of_a_process_ends_the_run_and_the_first_one_stands(
    begin: Begin, kind: str, ended: Ended
) -> None:
    run, stops = begin()
    run.merge(report(notes=(("remark", "nothing"),)))
    assert (stops.count, run.ending.ended) == (0, Ended.COMPLETED)
    run.merge(report(sequence=2, notes=((kind, "why"), ("abort", "another"))))
    run.merge(report(sequence=3, notes=(("setup_failed", "a third"),)))
    assert (stops.count, run.ending.ended, run.ending.reason) == (1, ended, "why")


def test_note_of_the_deciding_process_itself_ends_the_run(begin: Begin) -> None:
    run, stops = begin()
    run.start()
    run.session.note("abort", "enough")
    until(lambda: stops.count > 0)
    assert (run.ending.ended, run.ending.reason) == (Ended.SCENARIO_ABORT, "enough")


@pytest.mark.parametrize(
    ("process", "final", "draining", "left"),
    [
        ("worker-0", True, False, {"worker-0"}),
        ("worker-0", False, False, set()),
        ("worker-0", True, True, set()),
        ("master", True, False, set()),
    ],
)
def test_last_report_before_the_drain_means_that_a_worker_left(
    begin: Begin, process: str, final: bool, draining: bool, left: set[str]
) -> None:
    run, _ = begin()
    run.draining = draining
    run.merge(report(process, final=final))
    assert run.left_early == left


WIRE = report().to_wire()
UNREADABLE = [
    {},
    {**WIRE, "sequence": "1"},
    {**WIRE, "windows": [[1, [[]], [[0, "no_such_metric", [1.0, 1]]]]]},
    {**WIRE, "windows": [[1, [[]], [[0, "http_reqs", ["much", 1]]]]]},
    {**WIRE, "notes": [["abort"]]},
]


@pytest.mark.parametrize("wire", UNREADABLE)
def test_report_that_cannot_be_read_is_counted_and_the_next_one_is_merged(
    begin: Begin, wire: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    run, stops = begin()
    with caplog.at_level(logging.ERROR):
        run.merge_report(wire)
    assert "a worker's report could not be merged" in caplog.text
    assert run.aggregate.ledger.unreadable == 1
    run.merge_report(report(sequence=1).to_wire())
    assert run.aggregate.ledger.processes["worker-0"].sequence == 1
    assert (run.aggregate.ledger.unreadable, stops.count) == (1, 0)


def test_users_are_seen_at_every_look(begin: Begin) -> None:
    run, _ = begin()
    run.start()
    until(lambda: run.looks > 2)
    assert run.load.peak_users == USERS
    own = run.session.delta(run.session.clock.now_s(), final=True)
    assert own is not None
    run.merge(own)
    seen = {name: run.snapshot().select(name) for name in ("vus", "vus_max")}
    assert {name: value.value for name, value in seen.items()} == {"vus": USERS, "vus_max": USERS}  # type: ignore[union-attr]
