"""The servers count requests and connections, and leave the questions for the counters out."""

import http.client
import shutil
import socket
from collections.abc import Iterator

import pytest

from benchmarks.target import BODY, MARK, PATH, Target, TargetError, nginx_configuration, running_target
from tests.support import require_or_skip, wait_until


@pytest.fixture(params=["nginx", "fallback"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Return each kind of server, running."""
    program = shutil.which("nginx") if request.param == "nginx" else ""
    require_or_skip(program is not None, "nginx", "install nginx")
    with running_target(nginx=program) as running:
        yield running


def connect(target: Target) -> http.client.HTTPConnection:
    """Return a connection to the server."""
    return http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)


def test_counts_requests_of_others_and_not_its_own_questions(target: Target) -> None:
    connection = connect(target)
    before = target.counters().requests
    for _ in range(5):
        connection.request("GET", PATH)
        assert connection.getresponse().read() == BODY
    assert target.counters().requests - before == 5
    assert target.counters().requests - before == 5


def test_counts_open_connections_of_others(target: Target) -> None:
    wait_until(lambda: target.counters().connections == 0, 5, "no connection is left of the start")
    connections = [connect(target) for _ in range(3)]
    for connection in connections:
        connection.connect()
    wait_until(lambda: target.counters().connections == 3, 5, "three connections are counted")
    connections.pop().close()
    wait_until(lambda: target.counters().connections == 2, 5, "two connections are counted")


def test_answer_is_small_json_that_passes_the_check(target: Target) -> None:
    connection = connect(target)
    connection.request("GET", PATH)
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "application/json"
    assert MARK in answer.read()
    assert 150 <= len(BODY) <= 210


def test_server_says_what_it_is_and_uses_its_processes(target: Target) -> None:
    """A result names the server; nginx's worker is one of its processes."""
    is_nginx = "nginx/" in target.description
    assert is_nginx or "no nginx on PATH" in target.description
    assert len(target.pids) == (2 if is_nginx else 1)


def test_server_that_is_gone_is_an_error() -> None:
    with running_target(nginx="") as target:
        target.counters()
        target.close()
        with pytest.raises(TargetError, match="does not answer"):
            target.counters()


def test_program_that_does_not_serve_is_an_error() -> None:
    with pytest.raises(TargetError, match="did not start"), running_target(nginx=shutil.which("true")):
        pass


def test_pipelined_and_split_heads_are_answered_one_by_one() -> None:
    """The fallback counts heads, however the bytes come."""
    with running_target(nginx="") as target:
        before = target.counters().requests
        with socket.create_connection(("127.0.0.1", target.port), timeout=10) as connection:
            head = b"GET /item HTTP/1.1\r\nHost: x\r\n\r\n"
            connection.sendall(head + head + head[:10])
            connection.sendall(head[10:])
            received = b""
            while received.count(MARK) < 3:
                received += connection.recv(65536)
        assert received.count(b"HTTP/1.1 200 OK") == 3
        assert target.counters().requests - before == 3


def test_nginx_keeps_its_files_in_its_directory_and_logs_no_access() -> None:
    configuration = nginx_configuration("/tmp/somewhere", 1234, 1235)
    assert "access_log off;" in configuration
    assert "worker_processes 1;" in configuration
    assert "listen 127.0.0.1:1234 " in configuration
    assert "listen 127.0.0.1:1235 http2 " in configuration
    paths = [line.split()[1] for line in configuration.splitlines() if "_path " in line or "pid " in line]
    assert len(paths) == 6
    assert all(path.startswith("/tmp/somewhere/") for path in paths)
