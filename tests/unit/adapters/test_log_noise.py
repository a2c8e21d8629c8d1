"""Exceptions of scenarios in the log: each once, an abort without its traceback."""

import logging

import pytest

from loadlib.adapters import log_noise
from loadlib.errors import ScenarioAbort

TRACE = "Traceback (most recent call last): ..."


def logged(caplog: pytest.LogCaptureFixture, *errors: Exception) -> list[str]:
    quiet = log_noise.install()
    try:
        for error in errors:
            logging.getLogger("locust.user.task").error("%s\n%s", error, TRACE)
    finally:
        log_noise.remove(quiet)
    return [record.getMessage() for record in caplog.records]


def test_an_exception_that_comes_again_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    messages = logged(caplog, ValueError("a"), ValueError("a"), KeyError("b"), ValueError("a"))
    assert messages == [f"a\n{TRACE}", f"'b'\n{TRACE}"]


def test_an_abort_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, ScenarioAbort("enough")) == ["the scenario asked for the abort: enough"]


def test_what_is_no_exception_is_always_logged(caplog: pytest.LogCaptureFixture) -> None:
    quiet = log_noise.install()
    try:
        for _ in range(2):
            logging.getLogger("locust.user.users").warning("plain %s", "words")
    finally:
        log_noise.remove(quiet)
    assert [record.getMessage() for record in caplog.records] == ["plain words"] * 2


def test_removal_leaves_no_filter() -> None:
    log_noise.remove(log_noise.install())
    assert not any(logging.getLogger(name).filters for name in log_noise.LOGGERS)
