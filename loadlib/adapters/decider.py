"""The deciding node's part: begin a run after its preflight, drain it, judge it, publish it.

The node is Locust's local runner or its master. This file decides when; what is judged and how is elsewhere.
"""

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, Runner

from loadlib.adapters.drain import Drain
from loadlib.adapters.judging import RunFacts
from loadlib.adapters.masking import without_credentials
from loadlib.adapters.needs import Need
from loadlib.adapters.outcome import Ended
from loadlib.adapters.preflight import Preflight, probe, reachable
from loadlib.adapters.profiles import Stages
from loadlib.adapters.progress import Progress
from loadlib.adapters.run import Run
from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime
from loadlib.adapters.scenario_tag import scenario_of
from loadlib.adapters.worker import DELTA
from loadlib.core.result import RunResult
from loadlib.settings import masked
from loadlib.thresholds.rule import RuleSet

_log = logging.getLogger("loadlib")

Publish = Callable[[RunResult], None]


class Decider:
    """Listens to the deciding node's Locust events. ``publish`` gets every finished run's result."""

    def __init__(
        self,
        runtime: Runtime,
        runner: Runner,
        rules: RuleSet,
        *,
        scenario: str,
        stages: Stages | None,
        publish: Publish,
        interrupted: Callable[[], bool],
    ) -> None:
        self.run: Run | None = None
        self.result: RunResult | None = None
        """The last run's, once it is judged and published; ``None`` when either of these crashed."""
        self.asked = False
        """Whether any run was asked for."""
        self.probing = False
        """Whether the last one asked for has not begun: its preflight is on, or was cut off."""
        self._runtime = runtime
        self._runner = runner
        self._rules = rules
        self._scenario = scenario
        self._stages = stages
        self._publish = publish
        self._interrupted = interrupted
        self._progress: Progress | None = None
        self._judging: gevent.Greenlet[..., Any] | None = None
        self._drain: Drain | None = None
        if isinstance(runner, MasterRunner):
            self._drain = Drain(runner)
            runner.register_message(DELTA, self.on_delta)

    def on_test_start(self, environment: Environment, **_: Any) -> None:
        """Probe the target, then begin a run; when the target is not there, end it before any load."""
        self.asked = self.probing = True
        self.result = None
        try:
            self._probe_and_begin(environment)
        except Exception:
            self.probing = False
            raise

    def _probe_and_begin(self, environment: Environment) -> None:
        unreachable, is_reference = reachable(self._runtime.target_urls(), self._runtime.settings)
        if unreachable:
            self._begin(RunPlan(uuid.uuid4().hex, time.time()), Preflight(unreachable))
            self._refuse("what its users talk to is not there")
        plan = RunPlan(
            run_id=uuid.uuid4().hex,
            started_at_s=time.time(),
            reference_credentials=is_reference,
            workers=len(self._clients()) or 1,
        )
        self._runtime.begin(plan)
        found = probe(
            self._needs(),
            self._runtime.service_urls(),
            self._runtime.settings,
            self._runtime.identity(0),
        )
        plan = RunPlan(
            run_id=plan.run_id,
            started_at_s=time.time(),
            unavailable=tuple(sorted({entry.endpoint for entry in found.unavailable})),
            reference_credentials=plan.reference_credentials,
            workers=plan.workers,
        )
        if environment.parsed_options is not None:
            plan.put(environment.parsed_options)
        self._runtime.begin(plan)
        if environment.shape_class is not None:
            environment.shape_class.reset_time()
        self._begin(plan, found).start()
        self._progress = Progress(self._runtime, self._scenario, self._stages, self._live_run())
        self._progress.start()

    def on_worker_connect(self, client_id: str, **_: Any) -> None:
        """Expect the final report of a worker that joins a running test."""
        draining = self._drain is not None and self._drain.is_on
        if self.run is not None and not self.run.finished and not draining:
            self.run.expected.add(self._process_name(client_id))

    def on_delta(self, msg: Any, **_: Any) -> None:
        """Merge a worker's report."""
        if self.run is not None and not self.run.finished:
            self.run.merge_report(msg.data)

    def on_test_stopping(self, **_: Any) -> None:
        """On a master: let the workers' iterations end and wait, bounded, for every final report."""
        run = self.run
        if run is None or run.finished:
            return
        run.record_users(run.session.clock.now_s())
        run.draining = True
        run.load_problems = tuple(run.load.problems(self._stages))
        if self._drain is None:
            return
        self._drain.run(
            run.plan,
            is_complete=lambda client_id: self._is_final(run, client_id),
            timeout_s=self._runtime.environment.stop_timeout + self._runtime.settings.drain_timeout_s,
        )

    def on_test_stop(self, **_: Any) -> None:
        """Judge the run and publish the result."""
        self.finish()

    def on_quitting_first(self, **_: Any) -> None:
        """Before anything else at the end of the process: a run that is still on was interrupted."""
        if self.run is not None and not self.run.finished:
            self.run.end(Ended.INTERRUPTED, "a signal ended the run before its time")

    def on_quitting_last(self, **_: Any) -> None:
        """After everybody else: stop what still runs and make sure that the run is judged."""
        if self.run is not None and not self.run.finished:
            self._runner.stop()
        self.finish()

    def finish(self) -> None:
        """Judge and publish the current run and wait for it, whoever began; once is enough.

        It goes on in a greenlet of its own, so that nobody who stops Locust's greenlets stops it half-way.
        """
        if self.run is None:
            return
        if self._judging is None:
            self._judging = gevent.spawn(self._judge, self.run)
        self._judging.join()

    def _judge(self, run: Run) -> None:
        if self._progress is not None:
            self._progress.stop()
        if self._interrupted():
            run.end(Ended.INTERRUPTED, "a signal ended the run before its time")
        try:
            result = run.finish(self._facts(run))
            self._publish(result)
        except Exception:
            _log.exception("the run could not be judged or published")
        else:
            self.result = result

    def stop_load(self) -> None:
        """End the load early, from any greenlet: quit a headless process, stop the test of a web UI."""
        options = self._runtime.environment.parsed_options
        headless = options is not None and bool(getattr(options, "headless", False))
        gevent.spawn(self._runner.quit if headless else self._runner.stop)

    def _begin(self, plan: RunPlan, found: Preflight) -> Run:
        self.finish()
        self.result = self._judging = None
        self.probing = False
        local = not isinstance(self._runner, MasterRunner)
        self.run = Run(
            self._runtime,
            plan,
            self._rules,
            found,
            process="local" if local else "master",
            stop_load=self.stop_load,
        )
        self.run.expected |= {self._process_name(client_id) for client_id in self._clients()}
        return self.run

    def _refuse(self, reason: str) -> None:
        run = self._live_run()
        run.end(Ended.NOT_STARTED, reason)
        gevent.spawn(self._end_refused)
        raise gevent.GreenletExit

    def _end_refused(self) -> None:
        self.finish()
        self.stop_load()

    def _live_run(self) -> Run:
        assert self.run is not None  # noqa: S101 - set by _begin
        return self.run

    def _clients(self) -> list[str]:
        if not isinstance(self._runner, MasterRunner):
            return []
        clients = self._runner.clients
        return [node.id for node in clients.ready + clients.spawning + clients.running]

    def _process_name(self, client_id: str) -> str:
        assert isinstance(self._runner, MasterRunner)  # noqa: S101 - only masters have workers
        return f"worker-{self._runner.get_worker_index(client_id)}"

    def _is_final(self, run: Run, client_id: str) -> bool:
        state = run.aggregate.ledger.processes.get(self._process_name(client_id))
        return state is not None and state.final

    def _needs(self) -> list[tuple[str, Need]]:
        return [
            (scenario_of(user), need)
            for user in self._runtime.environment.user_classes
            for need in getattr(user, "needs", ())
        ]

    def _facts(self, run: Run) -> RunFacts:
        settings = self._runtime.settings
        distributed = isinstance(self._runner, MasterRunner)
        urls = self._runtime.target_urls()
        completed = run.ending.ended is Ended.COMPLETED
        return RunFacts(
            scenario=self._scenario,
            scenarios=tuple(sorted({scenario_of(user) for user in self._runtime.environment.user_classes})),
            profile=settings.profile if self._stages is not None else "",
            mode="distributed" if distributed else "local",
            expected=tuple(sorted(run.expected)),
            left_early=tuple(sorted(run.left_early)) if completed else (),
            load_problems=run.load_problems if completed else (),
            peak_users=run.load.peak_users,
            targets={name: without_credentials(url) for name, url in sorted(urls.items())},
            settings=masked(settings),
        )
