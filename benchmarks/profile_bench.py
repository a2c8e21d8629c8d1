"""The benchmark ``profile``: where a request's processor time goes, by sampling the generator from outside.

py-spy takes the stack of the generator a few hundred times a second. A sample belongs to the Python function
that is innermost in it, and so does the time of what that function has called in C: a system call is the
cost of the function that makes it. Shares are applied to the cost per request that is measured without
the sampler, just before.
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import tables
from benchmarks.generators import GENERATORS
from benchmarks.options import Options
from benchmarks.part import Part, Say
from benchmarks.session import MeasurementError, Timing, measure, running
from benchmarks.target import Target, running_target

PROFILED: Final = "loadlib-event"
SAMPLES_PER_S: Final = 400
SAMPLED_S: Final = 6
_FRAME: Final = re.compile(r"(?P<function>.*) \((?P<file>[^()]*?)(:\d+)?\)")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the work: the files whose functions do it, or some functions of theirs."""

    title: str
    files: tuple[str, ...]
    functions: tuple[str, ...] = ()

    def holds(self, file: str, function: str) -> bool:
        """Tell whether a function is of this part."""
        return file.endswith(self.files) and (not self.functions or function in self.functions)


_WAITING: Final = ("_suspend", "_on_readable", "_wake")
_REQUEST: Final = tuple(
    f"client/{name}.py"
    for name in (
        *("verbs", "http", "outgoing", "call", "sender", "head", "headers", "plan"),
        *("pool", "attempt", "response", "judging", "connection", "sample", "cookies"),
    )
)
PLACES: Final = (
    Place("kernel: sending, and waking the server", ("client/connection.py",), ("send",)),
    Place("kernel: receiving", ("client/connection.py",), ("receive",)),
    Place("event loop and switches of greenlets", ("client/connection.py",), _WAITING),
    Place("event loop and switches of greenlets", ("gevent/hub.py", "gevent/greenlet.py", "gevent/event.py")),
    Place("reading the answer", ("client/parsing.py",)),
    Place("the scenario's own code", ("benchmarks/loadfiles/loadlib_http.py", "loadfiles/loadlib_event.py")),
    Place("Locust's event", ("locust/event.py",)),
    Place("Locust's event", ("adapters/recorder.py",), ("_show",)),
    Place("Locust's tables", ("adapters/locust_tables.py", "locust/stats.py", "collections/__init__.py")),
    Place("checks", ("adapters/recorder.py", "adapters/recording.py"), ("check",)),
    Place("checks", ("client/judging.py",), ("run_checks",)),
    Place("iterations, waits, tasks", ("adapters/recorder.py", "adapters/recording.py"), ("iteration",)),
    Place("iterations, waits, tasks", ("adapters/user_loop.py", "adapters/iteration_series.py")),
    Place("iterations, waits, tasks", ("locust/user/task.py", "locust/user/users.py", "task_choice.py")),
    Place(
        "recording: series and sketches", ("adapters/recorder.py", "adapters/recording.py", "http_series.py")
    ),
    Place(
        "recording: series and sketches", ("core/sketch.py", "core/store.py", "core/values.py", "clock.py")
    ),
    Place("the request: arguments, head, phases, response", ("adapters/identities.py", *_REQUEST)),
)
REST: Final = "all else"


def profile_part(options: Options, say: Say) -> Part:
    """Measure and sample the suite's client, with a listener of Locust's event.

    Raises:
        MeasurementError, TargetError: something could not be measured; without py-spy nothing can.
    """
    generator = GENERATORS[PROFILED]
    found: dict[int, dict[str, float]] = {}
    strangers = []
    with running_target() as target:
        say(f"profile: target {target.description}")
        for users in options.users:
            steady = measure(generator, target, users, 1, Timing(window_s=options.window_s))
            strangers.append(steady.others_cpu_ratio)
            shares = shares_of(_sampled(target, users))
            found[users] = {title: share * steady.cpu_us_per_request for title, share in shares.items()}
            say(f"{tables.counted(users)}: {steady.cpu_us_per_request:.1f} us CPU/request")
        described = target.description
    record = {"generator": PROFILED, "us_per_request": found}
    return Part("profile", _table(found), record, described, others_cpu_ratios=tuple(strangers))


def shares_of(stacks: Iterable[str]) -> dict[str, float]:
    """Return the share of each part, 0..1, of py-spy's raw lines: ``outer;...;inner count``."""
    counts: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        counts[_place(stack.rpartition(";")[2])] += int(count)
    total = sum(counts.values())
    if not total:
        raise MeasurementError("the sampler saw nothing")
    titles = dict.fromkeys([*(place.title for place in PLACES), REST])
    return {title: counts[title] / total for title in titles}


def _place(frame: str) -> str:
    match = _FRAME.fullmatch(frame)
    if match is None:
        return REST
    function = match["function"].rpartition(".")[2]
    return next((place.title for place in PLACES if place.holds(match["file"], function)), REST)


def _sampled(target: Target, users: int) -> list[str]:
    """Let a generator run and return the stacks that were seen of it."""
    program = shutil.which("py-spy", path=f"{Path(sys.executable).parent}:/usr/bin:/usr/local/bin")
    if program is None:
        raise MeasurementError("profile needs py-spy, which the extra dev brings")
    with running(GENERATORS[PROFILED], target, users) as session:
        session.wait_for_start()
        session.wait_for_users()
        seen = session.job.directory / "stacks"
        options = ["-d", str(SAMPLED_S), "-r", str(SAMPLES_PER_S), "-f", "raw", "-o", str(seen)]
        command = [program, "record", "--pid", str(session.pid), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        if done.returncode or not seen.exists():
            raise MeasurementError(f"py-spy could not look: {done.stderr.strip()[-300:]}")
        return seen.read_text().splitlines()


def _table(found: Mapping[int, Mapping[str, float]]) -> str:
    counts = list(found)
    lines = [
        (title, *(f"{found[users][title]:.1f}" for users in counts)) for title in next(iter(found.values()))
    ]
    total = ("together", *(f"{sum(found[users].values()):.1f}" for users in counts))
    head = ("us CPU/request", *(tables.counted(users) for users in counts))
    return "Where a request's time goes\n" + tables.table(head, [*lines, total])
