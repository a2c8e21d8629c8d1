"""The worker's part: record, report every second, and end with a ``final`` that nothing can follow.

Reports are messages of the suite's own, numbered; one whose sending fails is kept and sent again. The final
is sent when Locust says that the last user has ended, so a completed request is in it.
"""

from argparse import Namespace
from typing import Any, Final

import gevent
from locust.env import Environment
from locust.exception import RPCError, RPCSendError
from locust.runners import WorkerRunner

from loadlib.adapters.health import HealthSampler
from loadlib.adapters.recording import RecordingSession
from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime
from loadlib.core.delta import Delta

DELTA: Final = "loadlib.delta"
DRAIN: Final = "loadlib.drain"
REPORT_INTERVAL_S: Final = 1.0


class Worker:
    """Listens to a worker's Locust events and the master's drain message."""

    def __init__(self, runtime: Runtime, runner: WorkerRunner) -> None:
        self._runtime = runtime
        self._runner = runner
        self._session: RecordingSession | None = None
        self._health: HealthSampler | None = None
        self._reporter: gevent.Greenlet[..., Any] | None = None
        self._finishing: gevent.Greenlet[..., Any] | None = None
        self._unsent: list[Delta] = []
        self._start_users = runner.start_worker
        runner.start_worker = self._spawn_unless_drained  # type: ignore[method-assign] # Locust calls it
        runner.register_message(DRAIN, self.on_drain, concurrent=True)

    def on_test_start(self, environment: Environment, **_: Any) -> None:
        """Begin the run whose plan came with the spawn message."""
        plan = RunPlan.read(environment.parsed_options)
        if plan is None:
            raise RuntimeError("the master sent no run plan; does its locustfile call loadlib.install()?")
        self._begin(plan)

    def on_test_stop(self, **_: Any) -> None:
        """Send the final report: every user has ended."""
        self._finish()

    def on_drain(self, msg: Any, **_: Any) -> None:
        """Stop the users, letting iterations end in time, and make sure that a final report goes out."""
        plan = RunPlan.read(Namespace(**msg.data))
        if plan is not None and (self._session is None or self._session.run_id != plan.run_id):
            if self._runtime.plan.run_id == plan.run_id:
                return
            self._begin(plan)
        self._runner.stop()
        self._finish()
        self._runner.environment.stop_timeout = 0.0

    def on_quitting(self, **_: Any) -> None:
        """On a signal to this worker: let iterations end in time, then report."""
        self._runner.stop()
        self._finish()
        self._runner.environment.process_exit_code = 0

    def stop_load(self) -> None:
        """Leave the test, from any greenlet: the process ends and the master is told."""
        self._runner.quit()

    def _begin(self, plan: RunPlan) -> None:
        settings = self._runtime.settings
        name = f"worker-{self._runner.worker_index}"
        self._runtime.begin(plan)
        self._session = RecordingSession(
            plan.run_id,
            name,
            self._runtime.metrics,
            started_at_s=plan.started_at_s,
            max_tagsets=settings.max_series,
        )
        self._finishing = None
        self._unsent = []
        self._runtime.recorder.begin(self._session)
        self._health = HealthSampler(self._runtime.recorder, name)
        self._health.start()
        self._reporter = gevent.spawn(self._report)

    def _finish(self) -> None:
        """Send the final report and wait until it is sent, whoever asked first: nothing may overtake it."""
        if self._finishing is None and self._session is not None:
            self._finishing = gevent.spawn(self._send_final, self._session)
        if self._finishing is not None:
            self._finishing.join()

    def _send_final(self, session: RecordingSession) -> None:
        self._session = None
        if self._health is not None:
            self._health.stop()
        if self._reporter is not None:
            self._reporter.kill()
        self._runtime.recorder.end()
        self._send(session, final=True)

    def _spawn_unless_drained(self, user_classes_count: dict[str, int], **options: Any) -> None:
        """Start users, but none for a run that is drained: a spawn message may come late."""
        if self._finishing is None:
            self._start_users(user_classes_count, **options)

    def _report(self) -> None:
        while True:
            gevent.sleep(REPORT_INTERVAL_S)
            if self._session is not None:
                self._send(self._session, final=False)

    def _send(self, session: RecordingSession, *, final: bool) -> None:
        delta = session.delta(session.clock.now_s(), final=final)
        if delta is not None:
            self._unsent.append(delta)
        try:
            while self._unsent:
                self._runner.send_message(DELTA, self._unsent[0].to_wire())
                self._unsent.pop(0)
        except (RPCError, RPCSendError):
            return
