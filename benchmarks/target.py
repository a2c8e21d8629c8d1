"""The server that all generators of a run are measured against, and its own count of requests.

nginx where there is one, else a small server of this package in a process of its own. Both count requests and
connections themselves, so that every generator is measured by the same count, and none by its own.
"""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

ROOT: Final = Path(__file__).resolve().parents[1]
LOOPBACK: Final = "127.0.0.1"
PATH: Final = "/item"
STATUS_PATH: Final = "/status"
MARK: Final = b'"status":"ok"'
"""What the check of a body looks for."""
BODY: Final = (
    b'{"id":"7f3c2a10-5b1e-4c7e-9d55-0c6a1f2e8b44","status":"ok","name":"quarterly report",'
    b'"owner":"user-42","tokens":1287,"created_at":"2025-01-15T09:30:00Z","tags":["demo","loopback"]}'
)
START_WITHIN_S: Final = 15.0
POLL_S: Final = 0.02
_COUNTERS: Final = re.compile(rb"Active connections: (\d+)\s+server accepts handled requests\s+\d+ \d+ (\d+)")

_NGINX: Final = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {directory}/nginx.pid;
error_log stderr error;
events {{ worker_connections 12000; }}
http {{
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  server {{
    listen {host}:{port} backlog=8192;
    listen {host}:{http2_port} http2 backlog=8192;
    location = {status} {{ stub_status; }}
    location / {{ return 200 '{body}'; }}
  }}
}}
"""


class TargetError(RuntimeError):
    """The server did not start or does not answer."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What the server has counted, the questions for it left out."""

    requests: int
    connections: int


class Target:
    """A running server. ``description`` says what it is, as the result states it.

    ``http2_url`` is where it speaks HTTP/2 without TLS, empty where it does not.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], port: int, description: str, http2_port: int = 0
    ) -> None:
        self.port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self.http2_url = f"http://{LOOPBACK}:{http2_port}" if http2_port else ""
        self.description = description
        self._process = process
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
        self._asked = 0

    @property
    def pids(self) -> list[int]:
        """The server's processes."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        return [self._process.pid, *(child.pid for child in children)]

    def counters(self) -> Counters:
        """Ask the server; a few tenths of a millisecond.

        Raises:
            TargetError: no answer, or none of that form.
        """
        try:
            self._connection.request("GET", STATUS_PATH)
            answer = self._connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise TargetError(f"{self.description} does not answer: {error}") from error
        self._asked += 1
        found = _COUNTERS.search(answer)
        if found is None:
            raise TargetError(f"{self.description} answered {answer[:80]!r} for its counters")
        return Counters(requests=int(found[2]) - self._asked, connections=int(found[1]) - 1)

    def wait_until_up(self) -> None:
        """Wait for the first answer to a question for the counters.

        Raises:
            TargetError: the server ended, or nothing came in `START_WITHIN_S` seconds.
        """
        deadline_s = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
            except OSError:
                time.sleep(POLL_S)
            else:
                self.counters()
                return
        raise TargetError(f"{self.description} did not start")

    def close(self) -> None:
        """End the server."""
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running_target(*, nginx: str | None = None) -> Iterator[Target]:
    """Run nginx, else the server of this package, for the length of the block.

    ``nginx`` is its program, by default that on PATH; an empty one stands for none.

    Raises:
        TargetError: it does not start.
    """
    program = shutil.which("nginx") if nginx is None else nginx
    if not program:
        with running_module("benchmarks.fallback_server", describe="fallback: no nginx on PATH") as target:
            yield target
        return
    with (
        tempfile.TemporaryDirectory(prefix="loadlib-bench-") as folder,
        _up(_nginx(program, folder)) as target,
    ):
        yield target


@contextmanager
def running_module(module: str, *arguments: str, describe: str = "") -> Iterator[Target]:
    """Run a server of this package, which takes its port and then ``arguments``, for the length of the block.

    Raises:
        TargetError: it does not start.
    """
    description = f"asyncio server of this package{describe and f' ({describe})'}"
    with tempfile.TemporaryDirectory(prefix="loadlib-bench-") as folder:
        port = free_port()
        process = _start([sys.executable, "-m", module, str(port), *arguments], folder)
        with _up(Target(process, port, description)) as target:
            yield target


@contextmanager
def _up(target: Target) -> Iterator[Target]:
    try:
        target.wait_until_up()
        yield target
    finally:
        target.close()


def nginx_configuration(directory: str, port: int, http2_port: int) -> str:
    """Return the configuration of an nginx that keeps all its files in ``directory``."""
    return _NGINX.format(
        directory=directory,
        host=LOOPBACK,
        port=port,
        http2_port=http2_port,
        status=STATUS_PATH,
        body=BODY.decode(),
    )


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _nginx(program: str, folder: str) -> Target:
    port, http2_port = free_port(), free_port()
    configuration = Path(folder, "nginx.conf")
    configuration.write_text(nginx_configuration(folder, port, http2_port))
    version = subprocess.run([program, "-v"], capture_output=True, text=True, check=False)  # noqa: S603 - from PATH
    name = version.stderr.strip().rpartition(" ")[2] or "nginx"
    command = [program, "-p", folder, "-e", "stderr", "-c", str(configuration)]
    return Target(_start(command, folder), port, f"{name}, 1 worker", http2_port)


def _start(command: list[str], folder: str) -> subprocess.Popen[bytes]:
    with Path(folder, "output").open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
