"""A worker's reports: numbered, kept while the master can't be reached, the final one last and once."""

from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from locust.exception import RPCSendError

from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.worker import DELTA, Worker
from loadlib.core.delta import Delta
from loadlib.core.metrics import BUILTIN, MetricRegistry

PLAN = RunPlan("run-1", 1_700_000_000.0)


class Line:
    """A worker's runner, as far as reports go: it keeps what is sent, or is broken."""

    worker_index = 4

    def __init__(self) -> None:
        self.sent: list[Delta] = []
        self.broken = False
        self.spawned: list[dict[str, int]] = []
        self.environment = SimpleNamespace(stop_timeout=20.0, process_exit_code=None)

    def register_message(self, *_: Any, **__: Any) -> None:
        """Accept a listener."""

    def send_message(self, kind: str, data: dict[str, object]) -> None:
        if self.broken:
            raise RPCSendError("no route to master")
        assert kind == DELTA
        self.sent.append(Delta.from_wire(data))

    def start_worker(self, user_classes_count: dict[str, int], **_: Any) -> None:
        self.spawned.append(user_classes_count)

    def stop(self) -> None:
        """End no users, as there are none."""


class Recorder:
    """Keeps the session that it was given."""

    session: Any = None

    def begin(self, session: Any) -> None:
        self.session = session

    def end(self) -> None:
        self.session = None

    def add(self, *_: Any) -> None:
        """Drop the process's own health."""


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def worker(line: Line) -> Worker:
    runtime = SimpleNamespace(
        settings=SimpleNamespace(max_series=100),
        metrics=MetricRegistry(BUILTIN),
        recorder=Recorder(),
        plan=RunPlan("", 0.0),
        begin=lambda plan: setattr(runtime, "plan", plan),
    )
    return Worker(runtime, line)  # type: ignore[arg-type] # all that it uses


def begin(worker: Worker, plan: RunPlan = PLAN) -> Any:
    options = SimpleNamespace()
    plan.put(options)  # type: ignore[arg-type] # takes attributes
    worker.on_test_start(SimpleNamespace(parsed_options=options))  # type: ignore[arg-type] # all that it reads
    return worker._runtime.recorder.session


def test_reports_are_numbered_and_the_final_is_the_last(worker: Worker, line: Line) -> None:
    session = begin(worker)
    for number in range(3):
        session.note("n", str(number))
        worker._send(session, final=False)
    worker.on_test_stop()
    assert [(delta.sequence, delta.final) for delta in line.sent] == [
        (1, False),
        (2, False),
        (3, False),
        (4, True),
    ]
    assert {delta.process for delta in line.sent} == {"worker-4"}


def test_report_that_could_not_be_sent_is_sent_again_in_its_turn(worker: Worker, line: Line) -> None:
    session = begin(worker)
    line.broken = True
    for number in range(2):
        session.note("n", str(number))
        worker._send(session, final=False)
    assert line.sent == []
    line.broken = False
    worker.on_test_stop()
    assert [delta.sequence for delta in line.sent] == [1, 2, 3]
    assert [note for delta in line.sent for note in delta.notes] == [("n", "0"), ("n", "1")]


def test_everybody_who_ends_the_run_waits_for_the_one_final(worker: Worker, line: Line) -> None:
    """Else the goodbye of a worker that was terminated could overtake it."""
    begin(worker)
    waiting = [
        gevent.spawn(worker.on_test_stop),
        gevent.spawn(worker.on_quitting),
        gevent.spawn(worker.on_test_stop),
    ]
    for finished in gevent.iwait(waiting, timeout=5):
        assert [delta.final for delta in line.sent] == [True], finished
    assert all(greenlet.ready() for greenlet in waiting)


def test_no_user_is_started_for_a_run_that_is_drained(worker: Worker, line: Line) -> None:
    line_start = line.start_worker
    begin(worker)
    line_start({"A": 1})
    worker.on_test_stop()
    line_start({"A": 5})
    assert line.spawned == [{"A": 1}]
    begin(worker, RunPlan("run-2", 1.0))
    line_start({"A": 2})
    assert line.spawned == [{"A": 1}, {"A": 2}]


def test_drain_of_a_run_that_the_worker_never_began_is_answered_with_an_empty_final(
    worker: Worker, line: Line
) -> None:
    options = SimpleNamespace()
    PLAN.put(options)  # type: ignore[arg-type] # takes attributes
    worker.on_drain(SimpleNamespace(data=vars(options)))
    (final,) = line.sent
    assert (final.run_id, final.sequence, final.final) == ("run-1", 1, True)
    worker.on_drain(SimpleNamespace(data=vars(options)))
    assert line.sent == [final]


def test_master_without_a_plan_is_an_error(worker: Worker) -> None:
    with pytest.raises(RuntimeError, match=r"loadlib\.install"):
        worker.on_test_start(SimpleNamespace(parsed_options=None))  # type: ignore[arg-type] # all that it reads
