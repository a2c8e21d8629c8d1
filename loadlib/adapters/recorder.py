"""What users record through: one sample into the suite's store and one event into Locust's own statistics."""

from collections.abc import Mapping

from locust.env import Environment
from locust.event import EventHook

from loadlib.adapters.locust_tables import Listener, LocustTables, OwnContext
from loadlib.adapters.recording import RecordingSession
from loadlib.client.sample import HttpSample
from loadlib.core.failures import comparable
from loadlib.core.sketch import Sketch
from loadlib.core.store import Tags, make_tags


class RequestFailed(Exception):  # noqa: N818 - Locust shows it as the failure's text
    """The failure that Locust's tables show; equal texts are one row there."""


class Recorder:
    """The recorder of one process; between runs nothing is recorded."""

    def __init__(self, environment: Environment) -> None:
        self._session: RecordingSession | None = None
        self._tables = LocustTables(environment)

    @property
    def session(self) -> RecordingSession | None:
        """The run that is being recorded."""
        return self._session

    def begin(self, session: RecordingSession) -> None:
        """Record into a run from now on."""
        self.end()
        self._session = session
        self._tables.follow(session)

    def end(self) -> None:
        """Record nothing from now on."""
        self._tables.unfollow()
        self._session = None

    def close(self) -> None:
        """Record nothing from now on, and leave Locust's request event as it was."""
        self.end()
        self._tables.close()

    def http(self, sample: HttpSample) -> None:
        """Record a request, once, and show it to Locust, unless the end of the run has cut it off."""
        session, tables = self._session, self._tables
        if session is None:
            tables.add_one(sample)
        elif not session.http(sample):
            return
        failure = None
        if sample.error_kind:
            failure = _failure(sample)
            tables.add_error(sample.endpoint, failure)
        if tables.others:
            _show(tables.others, sample, failure)

    def iteration(self, scenario: str, duration_s: float, *, failed: bool) -> None:
        """Record one iteration."""
        if self._session is not None:
            self._session.iteration(scenario, duration_s, failed=failed)

    def check(self, name: str, passed: bool, tags: Tags = ()) -> None:
        """Record one check."""
        if self._session is not None:
            self._session.check(name, passed, tags)

    def add(self, metric: str, value: float, tags: Tags | Mapping[str, object] = ()) -> None:
        """Record one value of any metric, now; times in seconds, ratios in 0..1, rates as truth values.

        Raises ``KeyError`` for a metric that is neither built in nor defined by a scenario.
        """
        if self._session is not None:
            self._session.add(metric, value, _pairs(tags), self._session.clock.now_s())

    def add_all(self, metric: str, values: Sketch, tags: Tags | Mapping[str, object] = ()) -> None:
        """Record many values of a trend, now, looking its series up only once."""
        if self._session is not None:
            self._session.add_all(metric, values, make_tags(dict(tags)), self._session.clock.now_s())

    def fail(self, endpoint: str, kind: str, message: str) -> None:
        """Add a failure to the list that people read."""
        if self._session is not None:
            self._session.fail(endpoint, kind, message, self._session.clock.now_s())

    def note(self, kind: str, detail: str) -> None:
        """Tell the deciding node something that bears on how the run ends."""
        if self._session is not None:
            self._session.note(kind, detail)


def _show(others: tuple[Listener, ...], sample: HttpSample, failure: RequestFailed | None) -> None:
    """Fire Locust's request event for some of its listeners, for half of what its ``fire`` costs."""
    event = {
        "request_type": sample.method,
        "name": sample.endpoint[len(sample.method) + 1 :],
        "response_time": 1000 * (sample.sending_s + sample.waiting_s + sample.receiving_s),
        "response_length": sample.response_bytes,
        "response": None,
        "context": OwnContext(sample.context) if sample.context else OwnContext(),
        "exception": failure,
        "start_time": sample.started_at_s,
        "url": sample.url,
    }
    for listener in others:
        try:
            listener(**event)
        except Exception as error:
            _treat_as_locust_does(error)


def _treat_as_locust_does(error: Exception) -> None:
    """Let Locust decide about a listener's error: it is raised on when it steers the user, else logged."""

    def raise_again() -> None:
        raise error

    hook = EventHook()
    hook.add_listener(raise_again)
    hook.fire()


def _pairs(tags: Tags | Mapping[str, object]) -> Tags:
    """Return tags as something that looks a series up; equal pairs must mean equal texts."""
    return tags if isinstance(tags, tuple) else make_tags(tags)


def _failure(sample: HttpSample) -> RequestFailed:
    """Return what Locust lists; equal texts are one row there, so ids are folded."""
    return RequestFailed(f"{sample.error_kind}: {comparable(sample.error)}")
