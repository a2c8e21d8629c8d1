"""What a process shares between plugin and users: user numbers over all workers, whose credentials, URLs."""

from itertools import islice
from pathlib import Path

import pytest
from locust import User
from locust.env import Environment

from loadlib.adapters.run_plan import RunPlan
from loadlib.adapters.runtime import Runtime, user_numbers
from loadlib.settings import load_settings

EACH = 1000
PUBLISHED = RunPlan("first", 1.0, reference_credentials=True)
PLAIN = RunPlan("second", 2.0)


def runtime(cwd: Path, *users: type[User], host: str | None = None, **overrides: object) -> Runtime:
    """Return the runtime of these users under these settings."""
    settings = load_settings(overrides, environ={}, cwd=cwd)
    return Runtime(Environment(user_classes=list(users), host=host), settings)


def test_user_numbers_are_unique_over_first_and_late_workers_and_dense_over_the_first() -> None:
    """Workers that join a running test know how many there were at its start."""
    first = [number for worker in (0, 1) for number in islice(user_numbers(worker, 2), EACH)]
    late = [number for worker in (2, 3, 4) for number in islice(user_numbers(worker, 2), EACH)]
    assert sorted(first) == list(range(2 * EACH))
    assert len({*first, *late}) == 5 * EACH


def test_user_gets_the_identity_of_its_number_and_a_run_begins_anew(tmp_path: Path) -> None:
    shared = runtime(tmp_path)
    shared.begin(PLAIN)
    assert [shared.next_identity()[0] for _ in range(3)] == [0, 1, 2]
    shared.begin(RunPlan("third", 3.0))
    number, identity = shared.next_identity()
    assert (number, identity.user_id) == (0, "load-user-00000")


def test_published_credentials_serve_the_run_against_the_reference_platform_alone(tmp_path: Path) -> None:
    """The next run may be against another host."""
    shared = runtime(tmp_path)
    shared.begin(PUBLISHED)
    assert shared.identity(0).authorization() is not None
    shared.begin(PLAIN)
    assert shared.identity(0).authorization() is None
    assert shared.next_identity()[1].session_token() is None


def test_configured_credentials_go_before_published_ones(tmp_path: Path) -> None:
    shared = runtime(tmp_path, auth_token="a.b.c")
    for plan in (PUBLISHED, PLAIN):
        shared.begin(plan)
        assert shared.identity(0).authorization() == "Bearer a.b.c"


def test_host_of_ordinary_users_is_a_target_by_its_url_without_credentials(tmp_path: Path) -> None:
    class Ordinary(User):
        host = "http://ann:s3cret@example.com:81"

    class Suites(User):
        services = ("web",)

    urls = runtime(tmp_path, Ordinary, Suites, web_url="http://127.0.0.1:5").target_urls()
    assert urls == {
        "http://example.com:81": "http://ann:s3cret@example.com:81",
        "web": "http://127.0.0.1:5",
    }


def test_process_without_the_suite_is_told_what_is_missing() -> None:
    with pytest.raises(RuntimeError, match=r"loadlib\.install"):
        Runtime.of(Environment())
