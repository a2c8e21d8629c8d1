"""Flaws of Locust's FastHttpUser: shown on it, and shown to be absent from this suite's client.

Both sides get the same probes, in a process of their own. A test that fails on Locust's side alone says that
Locust, or the geventhttpclient below it, has been mended: what the documents say of it must follow then.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.process import REPOSITORY

Seen = dict[str, dict[str, Any]]
TIMEOUT_S = 90

EXPECTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # what is probed: what FastHttpUser makes of it, what this suite's client makes of it
    "hidden_retries": (
        {"requests": 12, "failed": [True]},
        {"requests": 1, "failed": [True]},
    ),
    "high_descriptors": (
        {"connections": 10, "requests": 10, "failed": [False] * 10},
        {"connections": 1, "requests": 10, "failed": [False] * 10},
    ),
    "error_not_in_utf_8": (
        {"raised": "UnicodeDecodeError", "status": None, "content": None, "failed": []},
        {"raised": "", "status": 500, "content": "d\xe9sol\xe9", "failed": [True]},
    ),
    "unknown_coding": (
        {"raised": "ValueError", "failed": []},
        {"raised": "", "failed": [True]},
    ),
    "outer_timeout": (
        {"scenario_went_on": True, "failed": [True]},
        {"scenario_went_on": False, "failed": [True]},
    ),
    "dripping_body": ({"failed": [False]}, {"failed": [True]}),
    "exception_in_a_block": ({"failed": []}, {"failed": [True]}),
    "redirects_of_two_greenlets": ({"status": 302}, {"status": 200}),
    "stream_cut_short": (
        {"raised": True, "failed": [False]},
        {"raised": True, "failed": [True]},
    ),
    "unread_streams": (
        {"held": 2, "third_ended": False},
        {"held": 2, "third_ended": True},
    ),
    "untrusted_certificate": (
        {"requests": 1, "failed": [False]},
        {"requests": 0, "failed": [True]},
    ),
}


@pytest.fixture(scope="module")
def seen() -> dict[str, Seen]:
    """Return what the probes saw on both sides."""
    program = [sys.executable, "-m", "tests.conformance.flaw_probes"]
    run = subprocess.run(program, cwd=REPOSITORY, capture_output=True, timeout=TIMEOUT_S, check=False)
    assert run.returncode == 0, run.stderr.decode()[-4000:]
    result: dict[str, Seen] = json.loads(run.stdout)
    return result


@pytest.mark.parametrize("probe", EXPECTED)
def test_flaw_of_fasthttpuser_is_not_in_this_client(probe: str, seen: dict[str, Seen]) -> None:
    """Requests and connections are counted by the server; an empty list of outcomes is a lost sample."""
    fasthttp, loadlib = EXPECTED[probe]
    assert seen[probe]["loadlib"] == loadlib
    assert seen[probe]["fasthttp"] == fasthttp


def test_users_share_one_tls_context_where_each_fasthttpuser_makes_its_own(seen: dict[str, Seen]) -> None:
    """The CPU time of a user's first request shows it: loading the authorities costs most of it."""
    fasthttp, loadlib = seen["tls_contexts"]["fasthttp"], seen["tls_contexts"]["loadlib"]
    assert loadlib["requests"] == fasthttp["requests"] == loadlib["users"]
    assert (loadlib["contexts"], fasthttp["contexts"]) == (1, fasthttp["users"])
    assert fasthttp["cpu_ms"] > 2 * loadlib["cpu_ms"]


def test_lines_of_a_stream_are_seen_as_they_are_sent_not_all_at_its_end(seen: dict[str, Seen]) -> None:
    """The iter_lines of FastHttpUser waits for 1,024 bytes or the end of the body."""
    fasthttp, loadlib = (seen["stream_in_pieces"][side]["sent_when_seen"] for side in ("fasthttp", "loadlib"))
    assert fasthttp == [4, 4, 4, 4]
    assert len(loadlib) == 4
    assert loadlib[0] < 4
