"""HTTP settings in whole runs: each reaches the users, the preflight and the result."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.bench import Ended, bench, requests_of
from tests.unit.client.support import make_certificate

LOAD = "--users 2 --duration 3s"


@dataclass
class Shop:
    """What a TLS server has seen: path, cookie and client port of every request."""

    port: int = 0
    visits: list[tuple[str, str, int]] = field(default_factory=list)

    def seen(self, path: str) -> list[tuple[str, int]]:
        return [(cookie, port) for name, cookie, port in self.visits if name == path]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Serve https with a certificate that nobody vouches for, and give every caller a cookie."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            shop.visits.append((self.path, self.headers.get("Cookie", ""), self.client_address[1]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            if self.path == "/come":
                self.send_header("Set-Cookie", f"visit={len(shop.visits)}")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Take a client that refuses the certificate as it is."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = tmp_path_factory.mktemp("certificates")
    context.load_cert_chain(*make_certificate(folder, "shop", host="shop.example.com"))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    shop.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield shop
    server.shutdown()
    server.server_close()


def visit(shop: Shop, folder: Path, **settings: str) -> Ended:
    """Run visitors of a host that only ``hosts`` can find."""
    shop.visits.clear()
    env = {
        "LOADLIB_BASE_URL": "https://shop.example.com",
        "LOADLIB_HOSTS": f"*.example.com=127.0.0.1:{shop.port}",
        "LOADLIB_INSECURE_SKIP_TLS_VERIFY": "true",
        **{f"LOADLIB_{name.upper()}": value for name, value in settings.items()},
    }
    with bench(folder, env) as runs:
        return runs.ended(runs.loadlib("visits.py", LOAD))


def test_user_keeps_cookies_and_connections_unless_told_otherwise(shop: Shop, tmp_path: Path) -> None:
    """And a run without verification says so, in words and in its result."""
    ended = visit(shop, tmp_path / "default", rps="30")
    assert ended.code == 0
    assert [one.kind for one in ended.result.problems] == ["tls_unverified"]
    assert "insecure_skip_tls_verify" in ended.stdout
    comers = shop.seen("/come")
    assert sum(not cookie for cookie, _ in comers) == 2
    assert len({port for _, port in comers}) <= 2 * 2
    asked = requests_of(ended.result)
    assert 30 <= asked <= 30 * (ended.result.run.duration_s + 1)


def test_user_begins_each_iteration_as_new_when_told_so(shop: Shop, tmp_path: Path) -> None:
    """Within an iteration the cookie is kept and the connection reused."""
    ended = visit(shop, tmp_path / "fresh", reset_cookies="true", no_user_connection_reuse="true", rps="40")
    assert ended.code == 0
    comers = shop.seen("/come")
    assert len(comers) > 5
    assert {cookie for cookie, _ in comers} == {""}
    assert all(cookie for cookie, _ in shop.seen("/look"))
    assert len({port for _, port in comers}) == len(comers)
    assert {port for _, port in comers} & {port for _, port in shop.seen("/look")}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"block_hostnames": "*.example.com"}, "shop.example.com is blocked by '*.example.com'"),
        ({"insecure_skip_tls_verify": "false"}, "self-signed certificate"),
    ],
    ids=["blocked", "not trusted"],
)
def test_target_that_must_not_be_reached_is_not(
    shop: Shop, tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    """The preflight keeps to the same rules as the users: there is no run, and no request."""
    ended = visit(shop, tmp_path / "refused", **settings)
    assert ended.code == 111
    assert said in ended.result.problems[0].detail
    assert shop.visits == []


def test_certificate_that_cannot_be_read_ends_the_run_before_it_begins(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "certificate"
    folder.mkdir()
    (folder / "client.pem").write_text("nothing")
    ended = visit(shop, folder, client_certs='[{"domains": ["*"], "cert": "client.pem"}]')
    assert ended.code == 104
    assert "error: client_certs client.pem" in ended.stderr
    assert shop.visits == []
