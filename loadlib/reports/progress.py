"""The line that says how a run goes while it is on: with a bar for a terminal, plain for a log.

Requests per second and failures are those since the line before; p95 is of the whole run so far. This file
prints nothing and decides no interval.
"""

from dataclasses import dataclass
from typing import Final

from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import Counter, Rate
from loadlib.reports.figures import per_second_text, percent_text, plural, quantile_text
from loadlib.reports.layout import display_width, fitting, shorten

_MAX_BAR: Final = 30
_MIN_BAR: Final = 10
_MAX_NAME: Final = 24


@dataclass(frozen=True, slots=True)
class _Totals:
    requests: float
    failed: Rate
    elapsed_s: float


def progress_line(
    *,
    scenario: str,
    elapsed_s: float,
    total_s: float | None,
    users: int,
    snapshot_now: Snapshot,
    snapshot_before: Snapshot | None,
    width: int,
    bar: bool,
) -> str:
    """Return the line, without line break.

    With ``bar`` it takes less than ``width`` columns; without, it is ``00:20/01:00 users=10 rps=123 ...``, of
    whatever length. ``total_s`` is ``None`` for a run of no set length.
    """
    rate, failed = _since(_totals(snapshot_now), _totals(snapshot_before))
    times = snapshot_now.select("http_req_duration", {"expected_response": "true"})
    p95 = quantile_text(times if isinstance(times, Sketch) else None, 0.95)
    clock = _clock(elapsed_s) if total_s is None else f"{_clock(elapsed_s)}/{_clock(total_s)}"
    name = shorten(scenario, _MAX_NAME)
    if not bar:
        return f"{clock} users={users} rps={rate} p95={p95} failed={failed} scenario={name}"
    figures = f"{clock}  {plural(users, 'user')}  {rate} req/s  p95 {p95}  failed {failed}"
    room = width - 1
    done = _bar(elapsed_s, total_s, room - display_width(name) - len(figures) - 2)
    return fitting(f"{name} {done}{figures}", room)


def _totals(snapshot: Snapshot | None) -> _Totals:
    if snapshot is None:
        return _Totals(0.0, Rate(), 0.0)
    requests = snapshot.select("http_reqs")
    failed = snapshot.select("http_req_failed")
    return _Totals(
        requests.total if isinstance(requests, Counter) else 0.0,
        failed if isinstance(failed, Rate) else Rate(),
        snapshot.elapsed_s,
    )


def _since(now: _Totals, before: _Totals) -> tuple[str, str]:
    rate = per_second_text(now.requests - before.requests, now.elapsed_s - before.elapsed_s)
    judged = now.failed.samples - before.failed.samples
    failed = now.failed.passes - before.failed.passes
    return rate, percent_text(failed / judged if judged > 0 else None)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def _bar(elapsed_s: float, total_s: float | None, room: int) -> str:
    inside = min(_MAX_BAR, room - 2)
    if not total_s or inside < _MIN_BAR:
        return ""
    done = min(inside, max(0, int(inside * elapsed_s / total_s)))
    head = ">" if 0 < done < inside else ""
    return f"[{('=' * (done - len(head)) + head).ljust(inside)}] "
