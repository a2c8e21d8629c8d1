"""Several requests of one user at once, bounded in all and by host, their answers in the order asked.

The requests run in greenlets that do not outlive the call: whatever ends it, a stopped user included, ends
them, and each records its own sample. Does not know how a request is sent.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import gevent

from loadlib.client.eventloop import Event

T = TypeVar("T")

Item = str | tuple[str, str] | tuple[str, str, Mapping[str, Any]] | Mapping[str, Any]
"""A URL to get; method and URL; these and keyword arguments of `HttpClient.request`; or all by keyword."""

_SHAPES: Final = "a URL, (method, URL), (method, URL, keyword arguments), or a mapping with a url"


class Asked(NamedTuple):
    """One request of a batch."""

    method: str
    url: str
    arguments: Mapping[str, Any]


def asked(item: Item) -> Asked:
    """Return what an item of a batch asks for.

    Raises:
        ValueError: it is not one of the shapes of `Item`.
    """
    match item:
        case str():
            return Asked("GET", item, {})
        case (str(method), str(url)):
            return Asked(method, url, {})
        case (str(method), str(url), Mapping() as arguments):
            return Asked(method, url, arguments)
        case Mapping():
            rest = dict(item)
            method, url = rest.pop("method", "GET"), rest.pop("url", None)
            if isinstance(method, str) and isinstance(url, str):
                return Asked(method, url, rest)
    raise ValueError(f"a request of a batch is {_SHAPES}, not {item!r}"[:300])


class Job(NamedTuple, Generic[T]):
    """Something to run: ``group`` names what its ``limit`` counts, such as a host."""

    group: object
    run: Callable[[], T]


def run_together(jobs: Sequence[Job[T]], *, limit: int, group_limit: int) -> list[T]:
    """Run jobs in greenlets, ``limit`` at a time and ``group_limit`` of a group, and return their results.

    Jobs start in order, but one whose group is full lets later ones of other groups go first.

    Raises:
        BaseException: the first that a job raised, be it a timeout or its end; the others are stopped before.
    """
    return _Batch(jobs, limit, group_limit).run()


class _Batch(Generic[T]):
    def __init__(self, jobs: Sequence[Job[T]], limit: int, group_limit: int) -> None:
        self._waiting = dict(enumerate(jobs))
        self._limit = limit
        self._group_limit = group_limit
        self._running: dict[int, Any] = {}
        self._busy: Counter[object] = Counter()
        self._results: dict[int, T] = {}
        self._error: BaseException | None = None
        self._ended = Event()

    def run(self) -> list[T]:
        try:
            while self._error is None and (self._waiting or self._running):
                self._start()
                self._ended.wait()
                self._ended.clear()
        finally:
            gevent.killall(list(self._running.values()))
        if self._error is not None:
            raise self._error
        return [result for _, result in sorted(self._results.items())]

    def _start(self) -> None:
        for index, job in tuple(self._waiting.items()):
            if len(self._running) >= self._limit:
                return
            if self._busy[job.group] < self._group_limit:
                del self._waiting[index]
                self._busy[job.group] += 1
                self._running[index] = gevent.spawn(self._run_one, index, job)

    def _run_one(self, index: int, job: Job[T]) -> None:
        try:
            self._results[index] = job.run()
        except BaseException as error:
            if self._error is None:
                self._error = error
        finally:
            self._busy[job.group] -= 1
            self._running.pop(index, None)
            self._ended.set()
