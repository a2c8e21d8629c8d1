"""What is wrong before a run ends it with 104 and without a single request, by Locust itself as well."""

from collections.abc import Mapping

import psutil
import pytest

from loadlib.exitcodes import describe
from tests.integration.bench import (
    PASSING,
    PATIENCE_S,
    Bench,
    Case,
    Ended,
    Together,
    Truth,
    children_of,
    left_of,
)
from tests.support import TargetServer, wait_until

HEADLESS = "--headless -u 2 -r 50 -t 5s"
MISSPELLED = 'version: 1\nthresholds:\n  http_req_duratoin: ["p(95)<1s"]\n'
FOR_OTHERS = 'version: 1\nscenarios:\n  plian:\n    thresholds:\n      http_reqs: ["count>0"]\n'
BROKEN = "version: 1\nthresholds: [\n"
MISTAKES = [
    ("a misspelled metric", MISSPELLED, "", {}, "did you mean 'http_req_duration'?"),
    ("thresholds of other scenarios", FOR_OTHERS, "", {}, "none of its thresholds applies to scenario plain"),
    ("a host with a password", PASSING, "--host http://ann:s3cret@127.0.0.1:1", {}, "carry no credentials"),
    ("broken YAML", BROKEN, "", {}, "thresholds.yaml:"),
    ("no such file", PASSING, "--thresholds none.yaml", {}, "none.yaml"),
    ("a bad setting", PASSING, "", {"LOADLIB_TIMEOUT_S": "soon"}, "timeout_s: must be a duration"),
    ("an unknown setting", PASSING, "", {"LOADLIB_TIMEOUTS": "1"}, "LOADLIB_TIMEOUTS"),
    ("a bad profile", PASSING, "--load-profile smok", {}, "did you mean 'smoke'?"),
]


def with_a_mistake(thresholds: str, options: str, env: Mapping[str, str]) -> Case:
    def case(runs: Bench) -> Ended:
        runs.write("thresholds.yaml", thresholds)
        return runs.ended(runs.locust("plain.py", f"{HEADLESS} {options}", env))

    return case


def with_workers(runs: Bench) -> Ended:
    """Run a master that forks workers, none of which may outlive it."""
    runs.write("thresholds.yaml", MISSPELLED)
    process = runs.loadlib("plain.py", "--users 2 --processes 2")
    workers: set[psutil.Process] = set()

    def has_ended() -> bool:
        workers.update(children_of(process.pid))
        return process.poll() is not None

    wait_until(has_ended, PATIENCE_S, "the process ends")
    wait_until(lambda: not left_of(list(workers)), 10, "no worker is left")
    assert workers
    return runs.ended(process)


CASES = {
    **{name: with_a_mistake(thresholds, options, env) for name, thresholds, options, env, _ in MISTAKES},
    "workers": with_workers,
    "dry run": lambda runs: runs.ended(runs.loadlib("a2a", "--dry-run")),
}
"""None of them may send a request, so what the target counts is theirs together."""


@pytest.mark.parametrize(("name", "words"), [(mistake[0], mistake[-1]) for mistake in MISTAKES])
def test_mistake_is_104_and_sends_no_request(
    together: Together, platform: TargetServer, name: str, words: str
) -> None:
    ended = together[name]
    assert ended.code == 104, ended.stderr
    assert words in ended.stderr
    assert describe(104) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "s3cret" not in ended.stderr
    assert (ended.results, Truth(platform).total()) == ([], 0)


def test_mistake_ends_the_workers_of_the_process_too(together: Together, platform: TargetServer) -> None:
    assert together["workers"].code == 104
    assert Truth(platform).total() == 0


def test_dry_run_sends_nothing_and_shows_no_secret(together: Together, platform: TargetServer) -> None:
    ended = together["dry run"]
    assert ended.code == 0
    assert (ended.results, Truth(platform).total()) == ([], 0)
    secrets = [value for name, value in platform.env.items() if name.endswith("_SECRET")]
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in ended.stdout + ended.stderr]
