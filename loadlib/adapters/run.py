"""One run on the node that decides: it merges, watches, and at the end judges and publishes."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from loadlib.adapters.health import HealthSampler
from loadlib.adapters.judging import RunFacts, judged_result
from loadlib.adapters.load_seen import LoadSeen
from loadlib.adapters.outcome import Ended, Ending
from loadlib.adapters.preflight import Preflight
from loadlib.adapters.recording import RecordingSession
from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime
from loadlib.core.aggregate import Aggregate
from loadlib.core.delta import Delta
from loadlib.core.result import Problem, RunResult
from loadlib.core.snapshot import Snapshot
from loadlib.thresholds.evaluator import abort_reasons
from loadlib.thresholds.rule import RuleSet

_log = logging.getLogger(__name__)

TICK_S = 1.0
TICKS_PER_EVALUATION = 2
_NOTE_ENDINGS = {"setup_failed": Ended.SETUP_FAILED, "abort": Ended.SCENARIO_ABORT}


class Run:
    """The deciding side of one run. ``stop_load`` is called, once, when the run must end before its time."""

    def __init__(
        self,
        runtime: Runtime,
        plan: RunPlan,
        rules: RuleSet,
        preflight: Preflight,
        *,
        process: str,
        stop_load: Callable[[], None],
    ) -> None:
        settings = runtime.settings
        self.plan = plan
        self.preflight = preflight
        self.ending = Ending()
        self.finished = False
        self.draining = False
        self.left_early: set[str] = set()
        self.load = LoadSeen()
        self.load_problems: tuple[Problem, ...] = ()
        self.expected: set[str] = {process}
        self.aggregate = Aggregate(
            plan.run_id,
            runtime.metrics,
            started_at_s=plan.started_at_s,
            max_tagsets=settings.max_series,
            max_windows=settings.max_windows,
        )
        self.session = RecordingSession(
            plan.run_id,
            process,
            runtime.metrics,
            started_at_s=plan.started_at_s,
            max_tagsets=settings.max_series,
        )
        self._runtime = runtime
        self._rules = rules
        self._stop_load = stop_load
        self._health = HealthSampler(runtime.recorder, process)
        self._watcher: gevent.Greenlet[..., Any] | None = None

    def start(self) -> None:
        """Begin recording and watching."""
        self._runtime.recorder.begin(self.session)
        self._health.start()
        self._watcher = gevent.spawn(self._watch)

    def end(self, ended: Ended, reason: str) -> None:
        """Say why the load stops; the first reason stands."""
        if self.ending.ended is Ended.COMPLETED:
            self.ending = Ending(ended, reason)

    def merge(self, delta: Delta) -> None:
        """Merge a delta, and end the run when it says that a scenario failed or asked for it."""
        self.aggregate.merge(delta)
        if delta.final and delta.process != self.session.process and not self.draining:
            self.left_early.add(delta.process)
        for kind, detail in delta.notes:
            if kind in _NOTE_ENDINGS and self.ending.ended is Ended.COMPLETED:
                self.end(_NOTE_ENDINGS[kind], detail)
                self._stop_load()

    def merge_report(self, wire: Mapping[str, object]) -> None:
        """Merge a worker's report; one that can't be read is counted, and makes the run invalid."""
        try:
            self.merge(Delta.from_wire(wire))
        except (ValueError, TypeError, LookupError) as error:
            _log.error("a worker's report could not be merged: %s", error)
            self.aggregate.ledger.unreadable += 1

    def snapshot(self) -> Snapshot:
        """Return everything merged so far."""
        return self.aggregate.snapshot(self.session.clock.now_s())

    def finish(self, facts: RunFacts) -> RunResult:
        """Stop recording and return the judged result."""
        self.finished = True
        if self._watcher is not None:
            self._watcher.kill()
        self._health.stop()
        self._runtime.recorder.end()
        ended_at_s = self.session.clock.now_s()
        self.record_users(ended_at_s)
        self._merge_own(ended_at_s, final=True)
        return judged_result(
            self.aggregate,
            self._rules,
            self._runtime.settings,
            facts=facts,
            preflight=self.preflight,
            ending=self.ending,
            ended_at_s=ended_at_s,
        )

    def _watch(self) -> None:
        ticks = 0
        while True:
            gevent.sleep(TICK_S)
            ticks += 1
            at_s = self.session.clock.now_s()
            self.record_users(at_s)
            self._merge_own(at_s, final=False)
            if ticks % TICKS_PER_EVALUATION == 0:
                self._abort_if_hopeless()

    def _abort_if_hopeless(self) -> None:
        lacking = {entry.endpoint: entry.reason for entry in self.preflight.unavailable}
        crossed = abort_reasons(self._rules, self.snapshot(), unavailable_endpoints=lacking)
        if crossed and self.ending.ended is Ended.COMPLETED:
            rules = ", ".join(f"{verdict.selector} {verdict.expression}" for verdict in crossed)
            self.end(Ended.THRESHOLD_ABORT, f"crossed: {rules}")
            self._stop_load()

    def record_users(self, at_s: float) -> None:
        """Record how many users there are now; call it before they are stopped, too."""
        runner = self._runtime.environment.runner
        users, wanted = (runner.user_count, runner.target_user_count) if runner is not None else (0, 0)
        self.load.see(users, wanted, at_s - self.plan.started_at_s)
        self.session.add("vus", users, (), at_s)
        self.session.add("vus_max", self.load.peak_users, (), at_s)

    def _merge_own(self, at_s: float, *, final: bool) -> None:
        delta = self.session.delta(at_s, final=final)
        if delta is not None:
            self.merge(delta)
