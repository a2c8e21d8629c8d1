"""The server and its outermost layer: true latencies, injected faults, traces, busy ports, a prompt stop."""

import argparse
import os
import signal
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from loadlib.errors import ConfigurationError
from loadlib.target import cli
from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.rules import parse_error_rule, parse_latency_rule, parse_stream_fault_rule
from loadlib.target.server import running_target, serve
from tests.support.waiting import wait_until
from tests.unit.target.client import Target

OPTIONS = {
    "latency": (parse_latency_rule("GET /ready=constant:30ms"),),
    "errors": (
        parse_error_rule("GET /status=1:503"),
        parse_error_rule("GET /docs=1:cut"),
        parse_error_rule("GET /redoc=1:hang"),
    ),
}


def truth(target: Target) -> dict[str, dict[str, object]]:
    return target.http.get("/__target/truth").json()["routes"]


def test_truth_holds_the_injected_latency_at_the_least(target: Target) -> None:
    target.http.post("/__target/truth/reset")
    for _ in range(5):
        assert target.http.get("/ready").status_code == 200
    account = truth(target)["agentos GET /ready"]
    assert account["count"] == 5
    assert account["statuses"] == {"200": 5}
    assert account["duration"]["p50_ms"] >= 30
    assert account["duration"]["mean_ms"] >= 30
    assert account["ttfb"]["p50_ms"] >= 30


def test_reset_forgets_what_was_recorded(target: Target) -> None:
    target.http.get("/health")
    target.http.post("/__target/truth/reset")
    assert "agentos GET /health" not in truth(target)


def test_requests_of_one_template_share_an_account(target: Target) -> None:
    target.http.post("/__target/truth/reset")
    for agent in ("navi", "pulse"):
        target.rpc(agent)
    assert truth(target)["agentos POST /a2a/{agent}/rpc"]["count"] == 2


def test_unknown_paths_share_one_account(target: Target) -> None:
    target.http.post("/__target/truth/reset")
    for path in ("/x", "/y"):
        assert target.http.get(path).status_code == 404
    assert account_of(target, "agentos GET (no route)")["statuses"] == {"404": 2}


def account_of(target: Target, route: str) -> Any:
    """Return the target's account of a route; it is written behind the answer's last byte."""
    return wait_until(lambda: truth(target).get(route), 10, f"{route} was recorded")


def test_truth_of_a_stream_reaches_to_its_last_byte(target: Target) -> None:
    target.http.post("/__target/truth/reset")
    assert target.agui("chunks=3 ttft=60 delay=40").status_code == 200
    account = account_of(target, "agentos POST /agui")
    assert account["duration"]["p50_ms"] >= 60 + 2 * 40
    assert account["ttfb"]["p50_ms"] < account["duration"]["p50_ms"]


def test_targets_own_pages_are_neither_recorded_nor_disturbed() -> None:
    options = TargetOptions(**port_layout(0), services=("agentos",), errors=(parse_error_rule("*=1:500"),))
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        assert http.get("/health").status_code == 500
        assert http.post("/__target/streams/agui").status_code == 200
        assert http.get("/__target/info").status_code == 200
        routes = http.get("/__target/truth").json()["routes"]
    assert set(routes) == {"agentos GET /health", "agentos POST /__target/streams/{protocol}"}


def test_injected_status_is_answered_and_recorded(target: Target) -> None:
    response = target.http.get("/status")
    assert (response.status_code, response.json()["detail"]) == (503, "Injected error")
    assert account_of(target, "agentos GET /status")["statuses"] == {"503": 1}


def test_injected_cut_ends_the_connection_and_is_recorded_as_incomplete(target: Target) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        target.http.get("/docs")
    assert account_of(target, "agentos GET /docs")["incomplete"] == 1


def test_injected_hang_never_answers(target: Target) -> None:
    with pytest.raises(httpx.ReadTimeout):
        target.http.get("/redoc", timeout=0.3)
    account = account_of(target, "agentos GET /redoc")
    assert account["statuses"] == {"0": 1}


def test_every_response_is_marked(target: Target) -> None:
    for path in ("/health", "/nowhere", "/status"):
        assert target.http.get(path).headers["X-Reference-Platform"] == "1"


def test_info_names_urls_and_switches_without_secrets(target: Target) -> None:
    response = target.http.get("/__target/info")
    info = response.json()
    assert info["urls"]["agentos"] == target.ctx.urls.agentos
    assert info["options"]["seed"] == 1
    assert target.ctx.options.jwt_secret not in response.text
    assert target.ctx.options.session_secret not in response.text


def test_caller_trace_is_remembered_with_its_route(target: Target) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    target.http.get("/health", headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    traces = target.http.get("/__target/traces").json()["traces"]
    [found] = [trace for trace in traces if trace["trace_id"] == trace_id]
    assert (found["route"], found["status"], found["sampled"]) == ("agentos GET /health", 200, True)


def test_trace_is_ignored_when_switched_off() -> None:
    options = TargetOptions(**port_layout(0), services=("agentos",), traceparent=False)
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        assert http.get("/health", headers={"traceparent": header}).status_code == 200
        assert http.get("/__target/traces").json()["traces"] == []


def test_busy_port_is_one_readable_configuration_error() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(
            ConfigurationError, match=rf"agentos: cannot listen on 127\.0\.0\.1:{port}"
        ) as caught:
            serve(TargetOptions(port=port, services=("agentos",)))
    assert len(caught.value.problems) == 1


def test_stream_fault_that_cannot_be_played_is_refused_before_serving() -> None:
    faults = (parse_stream_fault_rule("agui=nonsense:0.1"),)
    options = TargetOptions(**port_layout(0), services=("agentos",), stream_faults=faults)
    with pytest.raises(ConfigurationError, match="not a fault of agui: 'nonsense'"), running_target(options):
        pass


SCRIPT = """
import argparse, sys
from loadlib.target import cli
parser = argparse.ArgumentParser()
cli.add_arguments(parser)
sys.exit(cli.main(parser.parse_args()))
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_process_announces_itself_and_stops_promptly_with_a_stream_open(signum: signal.Signals) -> None:
    """The bound is wide; what matters is that an endless stream does not hold the process."""
    command = [sys.executable, "-c", SCRIPT, "--port", "0", "--services", "agentos"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        name, _, url = process.stdout.readline().strip().partition("=")
        assert name == "LOADLIB_BASE_URL"
        with httpx.stream("POST", f"{url}/__target/streams/agui?mode=hang", timeout=10) as stream:
            assert b"RUN_STARTED" in next(stream.iter_bytes())
            os.kill(process.pid, signum)
            assert process.wait(timeout=10) == 0
        assert process.communicate()[1] == ""
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_wrong_arguments_exit_with_the_code_of_invalid_configuration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    assert cli.main(parser.parse_args(["--latency", "nonsense"])) == 104
    assert capsys.readouterr().err.startswith("error: --latency: not a rule: 'nonsense'")


def test_agentos_reports_what_the_router_served() -> None:
    options = TargetOptions(**port_layout(0), services=("agentos", "ccr"))
    with running_target(options) as ctx, httpx.Client(timeout=10) as http:
        asked = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
        answer = http.post(f"{ctx.urls.ccr}/v1/chat/completions", json=asked).json()
        body = http.get(f"{ctx.urls.agentos}/ccr/metrics").json()
    assert body["metrics"]["requests_by_provider"] == {"claude": 1}
    assert body["quota"]["used"] == answer["usage"]["total_tokens"] > 0
