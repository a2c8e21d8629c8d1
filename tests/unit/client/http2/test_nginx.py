"""Against nginx: a server whose HTTP/2 is nobody's of ours, over TLS and by prior knowledge."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gevent
import pytest

from tests.support.net import free_port
from tests.support.require import require_or_skip
from tests.support.waiting import wait_until
from tests.unit.client.support import client_of, make_certificate

BIG = bytes(range(256)) * 40_000

CONFIGURATION = """
daemon off; {user} pid {folder}/pid; worker_processes 1; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log combined; keepalive_requests {requests}; client_max_body_size 64m;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; http2_max_concurrent_streams {streams};
  server {{
    listen 127.0.0.1:{plain} http2; listen 127.0.0.1:{secure} ssl http2;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    root {folder}/www;
    location /ok {{ return 200 ok; }}
    location /none {{ return 204; }}
    location /moved {{ return 302 /ok; }}
    location /length {{ proxy_pass http://127.0.0.1:{behind}; }}
  }}
  server {{ listen 127.0.0.1:{behind}; location / {{ return 200 "$http_content_length"; }} }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its URLs, and the lines of its access log."""

    plain: str
    secure: str
    certificate: str
    log: Path

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()


@contextmanager
def nginx(folder: Path, requests: int = 100_000, streams: int = 128) -> Iterator[Nginx]:
    """Run nginx until the end of the block."""
    require_or_skip(shutil.which("nginx"), "nginx", "install the package nginx-light")
    certificate, key = make_certificate(folder, "server", host="127.0.0.1")
    (folder / "www").mkdir()
    (folder / "www" / "big").write_bytes(BIG)
    ports = {name: free_port() for name in ("plain", "secure", "behind")}
    user = "" if os.getuid() else "user root;"
    text = CONFIGURATION.format(
        folder=folder,
        user=user,
        certificate=certificate,
        key=key,
        requests=requests,
        streams=streams,
        **ports,
    )
    (folder / "nginx.conf").write_text(text)
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: (folder / "pid").exists() or process.poll() is not None, 10, "nginx starts")
            assert process.poll() is None, (folder / "error.log").read_text()
            yield Nginx(
                f"http://127.0.0.1:{ports['plain']}",
                f"https://127.0.0.1:{ports['secure']}",
                certificate,
                folder / "access.log",
            )
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("nginx")
    with nginx(folder) as running:
        yield running


@pytest.mark.parametrize("secure", [False, True], ids=["h2c", "tls"])
def test_requests_of_all_kinds_get_their_answers(server: Nginx, secure: bool) -> None:
    url = server.secure if secure else server.plain
    with client_of(url, http_version="2", ca_file=server.certificate) as (client, records):
        for _ in range(3):
            assert client.get("/ok").content == b"ok"
        assert client.head("/ok").content == b""
        assert client.get("/none").status_code == 204
        assert client.get("/missing").status_code == 404
        assert client.get("/moved").history[0].status_code == 302
        assert client.post("/length", data=bytes(3_000_000)).text == "3000000"
        assert client.get("/big").content == BIG
        assert client.connections_opened == 1
        assert {dict(sample.tags)["proto"] for sample in records.samples} == {"HTTP/2"}
        assert [sample.error_kind for sample in records.samples if not sample.expected] == ["not_found"]


def test_a_hundred_requests_at_once_share_a_connection(server: Nginx) -> None:
    before = len(server.lines())
    with client_of(server.secure, http_version="auto", ca_file=server.certificate) as (client, records):
        users = [gevent.spawn(client.get, "/big" if one % 10 == 0 else "/ok") for one in range(100)]
        gevent.joinall(users, raise_error=True)
        assert [len(user.value.content) for user in users] == [
            len(BIG) if one % 10 == 0 else 2 for one in range(100)
        ]
        assert (client.connections_opened, records.kinds) == (1, [""] * 100)
    new = [re.findall(r"HTTP/\S+\"", line) for line in server.lines()[before:]]
    wait_until(lambda: len(server.lines()) == before + 100, 10, "nginx has logged every request once")
    assert all(version == ['HTTP/2.0"'] for version in new)


def test_connections_that_the_server_ends_after_some_requests_cost_none(tmp_path: Path) -> None:
    """Keepalive_requests: nginx says GOAWAY with the last answer, and the next request dials anew."""
    with (
        nginx(tmp_path, requests=10) as server,
        client_of(server.plain, http_version="2") as (client, records),
    ):
        for _ in range(45):
            assert client.get("/ok").content == b"ok"
        assert (client.connections_opened, records.kinds) == (5, [""] * 45)
        wait_until(lambda: len(server.lines()) == 45, 10, "nginx has logged every request once")


def test_requests_beyond_the_server_s_streams_wait(tmp_path: Path) -> None:
    with (
        nginx(tmp_path, streams=2) as server,
        client_of(server.plain, http_version="2") as (client, records),
    ):
        gevent.joinall([gevent.spawn(client.get, "/ok") for _ in range(40)], raise_error=True)
        assert (client.connections_opened, records.kinds) == (1, [""] * 40)
