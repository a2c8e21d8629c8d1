"""``install()``: what a locustfile calls to be recorded, judged and gated.

Installing only registers listeners; everything else happens when Locust says ``init``. The exit code is an
internal error from then on, until a completed evaluation replaces it: the gate fails closed.
"""

import atexit
import logging
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

import gevent
import gevent.event
import locust
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

from loadlib.adapters import log_noise
from loadlib.adapters.client_options import client_options
from loadlib.adapters.decider import Decider
from loadlib.adapters.foreign_requests import ForeignRequests
from loadlib.adapters.forked_workers import end_forked_workers, kill_forked_workers
from loadlib.adapters.garbage import GarbageRules
from loadlib.adapters.iterations import end_iteration, instrument
from loadlib.adapters.options import add_options, overrides
from loadlib.adapters.profiles import Stages, stages_for
from loadlib.adapters.publishing import publish
from loadlib.adapters.recorder import Recorder
from loadlib.adapters.runtime import Runtime
from loadlib.adapters.scenario_tag import scenario_of
from loadlib.adapters.shape import HeldShape, ProfileShape
from loadlib.adapters.signals import Interrupts
from loadlib.adapters.worker import Worker
from loadlib.core.result import RunResult
from loadlib.errors import LoadlibError
from loadlib.exitcodes import ExitCode, describe
from loadlib.settings import Settings, load_settings
from loadlib.thresholds.loader import load
from loadlib.thresholds.rule import RuleSet
from loadlib.thresholds.rules import resolve

_log: Final = logging.getLogger("loadlib")


class Plugin:
    """The suite inside one Locust process."""

    def __init__(self, events: locust.events.__class__) -> None:  # type: ignore[name-defined]
        self._events = events
        self._listeners: list[tuple[EventHook, Any]] = []
        self._decider: Decider | None = None
        self._interrupts = Interrupts()
        self._environment: Environment | None = None
        self._recorder: Recorder | None = None
        self._worker: Worker | None = None
        self._garbage = GarbageRules()
        self._quiet: log_noise.OncePerException | None = None
        self._started = gevent.event.Event()

    @property
    def started(self) -> bool:
        """Whether Locust's ``init`` has been seen."""
        return self._environment is not None

    def install(self) -> None:
        """Register what must be registered before Locust starts."""
        self._listen(self._events.init_command_line_parser, add_options)
        self._listen(self._events.quitting, self._on_quitting_last)
        self._listen(self._events.init, self._on_init)
        self._listen(self._events.test_start, self._on_test_start)
        self._listen(self._events.test_stop, self._on_test_stop)
        self._listen(self._events.quit, self._on_quit)

    def _on_init(
        self, environment: Environment, runner: Runner, web_ui: WebUI | None = None, **_: Any
    ) -> None:
        if isinstance(runner, MasterRunner):
            atexit.register(end_forked_workers)
        try:
            self._start(environment, runner)
        except LoadlibError as error:
            for line in str(error).splitlines():
                print(f"error: {line}" if not line.startswith(" ") else line, file=sys.stderr)
            _leave(error.exit_code)
        except Exception:
            _log.exception("the suite could not start")
            _leave(ExitCode.INTERNAL)
        self._started.set()
        if web_ui is not None:
            host = web_ui.host or "0.0.0.0"  # noqa: S104 - printed, not bound
            print(f"web UI: http://{host}:{web_ui.port} (Ctrl-C ends it)", file=sys.stderr, flush=True)

    def _on_test_start(self, environment: Environment, **_: Any) -> None:
        """Begin a worker's part, or the deciding one.

        A worker that joins a running test is told to spawn users before ``init`` is fired in it: wait for it.
        """
        self._started.wait()
        begins = self._worker or self._decider
        if begins is None:
            return
        self._garbage.apply()
        try:
            begins.on_test_start(environment)
        except Exception:
            _log.exception("the run could not begin; no user is started")
            gevent.spawn(begins.stop_load)
            raise gevent.GreenletExit from None

    def _on_test_stop(self, **_: Any) -> None:
        self._garbage.restore()

    def _start(self, environment: Environment, runner: Runner) -> None:
        environment.process_exit_code = int(ExitCode.INTERNAL)
        gevent.get_hub().loop.update_now()  # stood still during the imports; Locust's run time would shrink
        self._environment = environment
        settings = load_settings(overrides(environment.parsed_options))
        client_options(settings)  # what no client could use ends the run here
        runtime = Runtime(environment, settings)
        self._recorder = runtime.recorder
        self._interrupts.install(self._waits_for_workers)
        for user_class in environment.user_classes:
            user_class.host = user_class.host or settings.base_url
            instrument(
                user_class,
                runtime.recorder,
                dephase_s=settings.dephase_s,
                after_iteration=end_iteration if settings.fresh_iterations else None,
            )
        self._quiet = log_noise.install()
        self._listen(environment.events.request, ForeignRequests(runtime.recorder))
        if isinstance(runner, WorkerRunner):
            self._be_worker(Worker(runtime, runner))
        else:
            self._be_decider(environment, runtime, runner, settings)
        self._listen(self._events.quitting, self._on_quitting_first)

    def _waits_for_workers(self) -> bool:
        """Tell whether a headless run has not been asked for yet: Locust's master waits for its workers."""
        options = self._environment.parsed_options if self._environment is not None else None
        waits = self._decider is not None and not self._decider.asked and getattr(options, "headless", False)
        if waits:
            kill_forked_workers()
            print(f"no run was made: {describe(ExitCode.INTERRUPTED)}", file=sys.stderr)
        return bool(waits)

    def _be_worker(self, worker: Worker) -> None:
        self._worker = worker
        self._listen(self._events.test_stop, worker.on_test_stop)
        self._listen(self._events.quitting, worker.on_quitting)

    def _be_decider(
        self, environment: Environment, runtime: Runtime, runner: Runner, settings: Settings
    ) -> None:
        scenario = settings.scenario or Path(environment.locustfile or "run").stem
        stages = _stages(environment, settings, scenario)
        decider = self._decider = Decider(
            runtime,
            runner,
            _rules(runtime, scenario),
            scenario=scenario,
            stages=stages,
            publish=self._publish,
            interrupted=lambda: self._interrupts.received,
        )
        shape = environment.shape_class or (ProfileShape(stages) if stages is not None else None)
        if shape is not None:
            environment.shape_class = HeldShape(shape, lambda: decider.probing)
        if not environment.stop_timeout:
            environment.stop_timeout = settings.stop_timeout_s
        if stages is None:
            _take_load_settings(environment, settings)
        _quiet_own_tables(environment)
        self._listen(self._events.worker_connect, decider.on_worker_connect)
        self._listen(self._events.test_stopping, decider.on_test_stopping)
        self._listen(self._events.test_stop, decider.on_test_stop)
        self._listen(self._events.quitting, decider.on_quitting_first)

    def _publish(self, result: RunResult) -> None:
        assert self._environment is not None  # noqa: S101 - set before anything can be published
        runtime = Runtime.of(self._environment)
        publish(result, Path(runtime.settings.results_dir))

    def _on_quitting_first(self, **_: Any) -> None:
        self._interrupts.close()

    def _on_quitting_last(self, environment: Environment, **_: Any) -> None:
        decider = self._decider
        if decider is None:
            return
        decider.on_quitting_last()
        if decider.result is not None:
            environment.process_exit_code = decider.result.exit_code
            return
        code, words = _without_result(decider)
        environment.process_exit_code = int(code)
        print(f"{words}: {describe(code)}", file=sys.stderr)

    def _on_quit(self, **_: Any) -> None:
        if self._quiet is not None:
            log_noise.remove(self._quiet)
        if self._recorder is not None:
            self._recorder.close()
        for hook, listener in self._listeners:
            if listener in hook._handlers:
                hook.remove_listener(listener)
        self._listeners.clear()

    def _listen(self, hook: EventHook, listener: Any) -> None:
        hook.add_listener(listener)
        self._listeners.append((hook, listener))


def _leave(code: ExitCode) -> NoReturn:
    """End a process that cannot take part in a run, and the workers that it forked."""
    kill_forked_workers()
    print(describe(code), file=sys.stderr)
    sys.exit(int(code))


def install() -> None:
    """Join the suite to Locust in this process; a locustfile calls it once. Repeating changes nothing."""
    if not getattr(locust.events, "_loadlib_plugin", None):
        plugin = Plugin(locust.events)
        locust.events._loadlib_plugin = plugin  # type: ignore[attr-defined] # one plugin per Locust
        plugin.install()


def has_started() -> bool:
    """Whether the suite has begun its part in this process, so that exit codes are its own."""
    plugin = getattr(locust.events, "_loadlib_plugin", None)
    return isinstance(plugin, Plugin) and plugin.started


def _without_result(decider: Decider) -> tuple[ExitCode, str]:
    """Return why there is no result to take the exit code from."""
    if not decider.asked:
        return ExitCode.INVALID_EVIDENCE, "no run was made"
    if decider.probing:
        return ExitCode.INTERRUPTED, "the preflight was cut off"
    return ExitCode.INTERNAL, "the run was not judged"


def _rules(runtime: Runtime, scenario: str) -> RuleSet:
    settings = runtime.settings
    rules = resolve(
        load(Path(settings.thresholds)),
        metrics=runtime.metrics,
        environment=settings.environment,
        scenarios={scenario_of(user) for user in runtime.environment.user_classes},
        run_scenario=scenario,
    )
    for warning in rules.warnings:
        _log.warning("%s", warning)
    return rules


def _stages(environment: Environment, settings: Settings, scenario: str) -> Stages | None:
    """Return the profile's stages, when one was asked for or ``loadlib run`` starts without a web UI."""
    headless = bool(getattr(environment.parsed_options, "headless", False))
    if settings.origin("profile") == "default" and not (headless and settings.scenario):
        return None
    return stages_for(scenario, settings.profile, users=settings.users, duration_s=settings.duration)


def _take_load_settings(environment: Environment, settings: Settings) -> None:
    """Without a profile, let the settings fill what Locust's own command line left open."""
    given = {
        "num_users": settings.users,
        "spawn_rate": settings.spawn_rate or settings.users,
        "run_time": settings.duration,
    }
    for option, value in given.items():
        if value is not None and getattr(environment.parsed_options, option, None) is None:
            setattr(environment.parsed_options, option, value)


def _quiet_own_tables(environment: Environment) -> None:
    """When Locust is told to be quiet, leave its closing tables out too: the summary stands in for them."""
    if str(getattr(environment.parsed_options, "loglevel", "")).upper() in ("WARNING", "ERROR", "CRITICAL"):
        logging.getLogger("locust.stats_logger").setLevel(logging.CRITICAL)
