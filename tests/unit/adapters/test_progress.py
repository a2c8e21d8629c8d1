"""Progress lines: one per interval for a log, one that replaces the last for a terminal."""

import io
import re
import time
from types import SimpleNamespace

import gevent
import pytest

from loadlib.adapters import progress
from loadlib.adapters.profiles import Stage
from loadlib.core.aggregate import Aggregate
from loadlib.core.metrics import BUILTIN, MetricRegistry

INTERVAL_S = 0.05


class Screen(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        return True


def progress_of(scenario: str) -> progress.Progress:
    """Return the progress of a run of a minute that begins now."""
    now_s = time.time()
    aggregate = Aggregate("run", MetricRegistry(BUILTIN), started_at_s=now_s)
    run = SimpleNamespace(
        plan=SimpleNamespace(started_at_s=now_s), snapshot=lambda: aggregate.snapshot(time.time())
    )
    environment = SimpleNamespace(runner=SimpleNamespace(user_count=3), parsed_options=None)
    return progress.Progress(
        SimpleNamespace(environment=environment),  # type: ignore[arg-type] # all that it reads
        scenario,
        (Stage(60, 3),),
        run,  # type: ignore[arg-type] # all that it reads
    )


def printed(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, lines: int) -> str:
    """Return what is printed until there are some lines, and after the end.

    Another run's progress, begun at the end of the first, shows that time goes on while that is silent.
    """
    monkeypatch.setattr(progress, "LOG_INTERVAL_S", INTERVAL_S)
    monkeypatch.setattr(progress, "TERMINAL_INTERVAL_S", INTERVAL_S)
    monkeypatch.setattr("sys.stderr", stderr)
    shown, other = progress_of("a2a"), progress_of("ccr")
    shown.start()
    until_shown(stderr, "a2a", lines)
    shown.stop()
    shown.stop()
    at_the_end = stderr.getvalue()
    other.start()
    until_shown(stderr, "ccr", 3)
    other.stop()
    assert stderr.getvalue().count("a2a") == at_the_end.count("a2a")
    return at_the_end


def until_shown(stderr: io.StringIO, scenario: str, lines: int) -> None:
    with gevent.Timeout(30):
        while stderr.getvalue().count(scenario) < lines:
            gevent.sleep(INTERVAL_S / 5)


def test_log_gets_a_plain_line_for_each_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, io.StringIO(), 3)
    assert re.fullmatch(r"(00:\d\d/01:00 users=3 rps=\S+ p95=\S+ failed=\S+ scenario=a2a\n){3,}", text)


def test_terminal_gets_a_bar_that_replaces_itself_and_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = printed(monkeypatch, Screen(), 3)
    assert text.count("\n") == 0
    assert text.count("\r\x1b[2Ka2a [") >= 3
    assert text.endswith("\r\x1b[2K")
