"""When a response counts as failed: status, judge, checks and blocks; always exactly one sample."""

from dataclasses import dataclass

import gevent
import pytest

from loadlib.client import ERROR_KINDS, Response
from tests.unit.client.support import OK, answering, client_of, reply, serving


@dataclass(frozen=True)
class Failure:
    """A protocol failure, as the protocols return it."""

    kind: str
    detail: str


@pytest.mark.parametrize(
    ("status", "rules", "kind"),
    [
        (200, None, ""),
        (302, None, ""),
        (399, None, ""),
        (400, None, "client_error"),
        (401, None, "auth"),
        (403, None, "auth"),
        (404, None, "not_found"),
        (422, None, "client_error"),
        (429, None, "throttled"),
        (500, None, "server_error"),
        (503, None, "server_error"),
        (700, None, "unexpected_status"),
        (404, [404], ""),
        (404, [200, (400, 404)], ""),
        (200, [404], "unexpected_status"),
        (302, [(200, 299)], "redirect"),
        (200, [], "unexpected_status"),
    ],
)
def test_status_decides_unless_the_call_expects_others(
    status: int, rules: list[int | tuple[int, int]] | None, kind: str
) -> None:
    """Each unexpected status has its kind."""
    with serving(answering(reply(status))) as server, client_of(server) as (client, records):
        response = client.get("/", expected_statuses=rules)
        assert (response.status_code, response.error_kind, response.ok) == (status, kind, not kind)
        sample = records.only
        assert (sample.status, sample.error_kind, sample.expected) == (status, kind, not kind)
        assert kind in ERROR_KINDS or kind == ""


@pytest.mark.parametrize(
    ("judgement", "kind", "error"),
    [
        (None, "", ""),
        (Failure("rpc_error", "method not found"), "rpc_error", "method not found"),
        ("wrong_total", "wrong_total", "wrong_total"),
        ("the total is wrong", "judged", "the total is wrong"),
        (ValueError("boom"), "judge_error", "ValueError: boom"),
    ],
)
def test_judge_fails_a_good_status(judgement: object, kind: str, error: str) -> None:
    """HTTP 200 with an error inside is one failed sample; a judge that raises does not lose it."""

    def judge(response: Response) -> Failure | str | None:
        if isinstance(judgement, Exception):
            raise judgement
        assert response.content == b"ok"
        return judgement  # type: ignore[return-value]

    with serving(answering(OK)) as server, client_of(server) as (client, records):
        response = client.get("/", judge=judge)
        assert (response.error_kind, response.error) == (kind, error)
        assert records.only.expected is (not kind)


@pytest.mark.parametrize("answer", [reply(500), b"garbage\r\n\r\n"], ids=["status", "transport"])
def test_judge_is_not_asked_about_what_has_failed_already(answer: bytes) -> None:
    """The first failure names the sample."""
    with serving(answering(answer)) as server, client_of(server) as (client, records):
        client.get("/", judge=lambda response: pytest.fail("asked"))
        assert records.only.error_kind in {"server_error", "bad_response"}


def test_user_stopped_inside_a_judge_keeps_the_sample() -> None:
    """A judge may make requests of its own, and be killed in one."""

    def judge(response: Response) -> None:
        raise gevent.GreenletExit

    with serving(answering(OK)) as server, client_of(server) as (client, records):
        with pytest.raises(gevent.GreenletExit):
            client.get("/", judge=judge)
        assert records.kinds == ["interrupted"]


def test_checks_are_recorded_and_do_not_fail_the_request() -> None:
    """A predicate that raises is a failed check; checks see failed responses too."""
    checks = {
        "status is 200": lambda response: response.status == 200,
        "truthy": lambda response: response.content,
        "is json": lambda response: response.json(),
    }
    with serving(answering(OK, b"")) as server, client_of(server, tags={"a": "1"}) as (client, records):
        client.get("/", checks=checks)
        passed = [(name, passed) for name, passed, _ in records.checks]
        assert passed == [("status is 200", True), ("truthy", True), ("is json", False)]
        assert records.checks[0][2] == (("a", "1"),)
        assert records.only.expected
    with client_of("http://127.0.0.1:1") as (client, records):
        client.get("/", checks=checks)
        assert [passed for _, passed, _ in records.checks] == [False] * 3


@pytest.mark.parametrize(
    ("action", "kind", "error"),
    [
        (lambda response: None, "", ""),
        (lambda response: response.failure("empty list"), "judged", "empty list"),
        (lambda response: response.failure(ValueError("x")), "judged", "x"),
        (lambda response: response.failure(Failure("rpc_error", "no")), "rpc_error", "no"),
        (lambda response: (response.failure("a"), response.success()), "", ""),
    ],
)
def test_block_decides_about_its_response(action: object, kind: str, error: str) -> None:
    """The sample is recorded when the block ends, once."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        with client.get("/", catch_response=True) as response:
            assert records.samples == []
            action(response)  # type: ignore[operator]
        assert (records.only.error_kind, records.only.error, records.only.expected) == (kind, error, not kind)


def test_block_may_accept_a_bad_status() -> None:
    """As Locust's success does."""
    with serving(answering(reply(404))) as server, client_of(server) as (client, records):
        with client.get("/", catch_response=True) as response:
            assert response.error_kind == "not_found"
            response.success()
        assert records.only.expected
        assert records.only.status == 404


class RescheduleError(Exception):
    """How a framework tells its user to go on with another task."""


@pytest.mark.parametrize("error", [RescheduleError(), gevent.GreenletExit()])
@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [(OK, "", None), (reply(500), "server_error", None), (OK, "judged", "empty list")],
)
def test_block_left_by_control_flow_keeps_what_was_judged(
    error: BaseException, answer: bytes, kind: str, reason: str | None
) -> None:
    """The answer was complete: the end of the run, or of the task, makes it neither better nor worse."""
    with (
        serving(answering(answer)) as server,
        client_of(server, control_flow=(RescheduleError,)) as (client, records),
    ):

        def leave() -> None:
            with client.get("/", catch_response=True) as response:
                if reason:
                    response.failure(reason)
                raise error

        with pytest.raises(type(error)):
            leave()
        assert (records.only.error_kind, records.only.expected) == (kind, not kind)


@pytest.mark.parametrize("error", [KeyError("x"), gevent.Timeout(1), RescheduleError()])
def test_block_that_raises_still_records_and_the_exception_goes_on(error: BaseException) -> None:
    """A scenario's bug and a timeout never lose a sample; what is control flow, the client is told."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        with pytest.raises(type(error)), client.get("/", catch_response=True):
            raise error
        assert records.only.error_kind == "scenario_error"
        assert not records.only.expected


def test_response_outside_its_block_cannot_be_judged() -> None:
    """The sample is on its way already."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        response = client.get("/")
        with pytest.raises(RuntimeError, match="catch_response"):
            response.failure("late")
        with pytest.raises(RuntimeError, match="catch_response"), response:
            pass
        with client.get("/", catch_response=True) as caught:
            pass
        with pytest.raises(RuntimeError, match="catch_response"):
            caught.success()
        assert records.kinds == ["", ""]


def test_response_whose_block_never_came_is_recorded_by_close() -> None:
    """Forgetting the with loses nothing."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        client.get("/", catch_response=True)
        assert records.samples == []
        client.close()
        client.close()
        assert records.kinds == [""]
