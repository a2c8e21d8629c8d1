"""Raw-byte servers on loopback and a recorder that keeps everything; what all tests of the client share."""

import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import gevent
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from gevent import ssl as gevent_ssl
from gevent.server import StreamServer

from loadlib.client import ClientOptions, HttpClient, HttpSample, Tags

T = TypeVar("T")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Frame a chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


@dataclass
class Records:
    """A recorder that keeps what it is given."""

    samples: list[HttpSample] = field(default_factory=list)
    checks: list[tuple[str, bool, Tags]] = field(default_factory=list)

    def http(self, sample: HttpSample) -> None:
        self.samples.append(sample)

    def check(self, name: str, passed: bool, tags: Tags) -> None:
        self.checks.append((name, passed, tags))

    @property
    def only(self) -> HttpSample:
        """The one sample there is."""
        assert len(self.samples) == 1, self.samples
        return self.samples[0]

    @property
    def kinds(self) -> list[str]:
        return [sample.error_kind for sample in self.samples]


@dataclass(frozen=True)
class Request:
    """What the server read: the head's lines and the body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]


class Peer:
    """The server's side of one connection."""

    def __init__(self, sock: Any, server: "Server") -> None:
        self.sock = sock
        self._server = server
        self._buffer = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self) -> Request | None:
        """Read one request, or None when the client has gone."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in fields)}
        length = int(headers.get("content-length", 0))
        while len(self._buffer) < length:
            if not self._more():
                return None
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        request = Request(line, headers, body)
        self._server.requests.append(request)
        return request

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def dribble(self, data: bytes, size: int = 1, pause_s: float = 0.0) -> None:
        """Send in pieces that reach the client one by one."""
        for start in range(0, len(data), size):
            self.sock.sendall(data[start : start + size])
            gevent.sleep(pause_s)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_for_close(self) -> bool:
        """Wait until the client has closed its side."""
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass
        return True

    def _more(self) -> bool:
        try:
            data = self.sock.recv(65536)
        except OSError:
            return False
        self._buffer += data
        return bool(data)


@dataclass
class Server:
    """What a server has seen."""

    port: int = 0
    scheme: str = "http"
    connections: int = 0
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


Handler = Callable[[Peer], None]
Answer = bytes | Callable[[Request], bytes]


@contextmanager
def serving(handler: Handler, certificate: tuple[str, str] | None = None) -> Iterator[Server]:
    """Run ``handler`` for every connection; the connection is closed when it returns."""
    server = Server(scheme="https" if certificate else "http")
    tls: dict[str, Any] = {}
    if certificate:
        tls["ssl_context"] = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls["ssl_context"].load_cert_chain(*certificate)

    def handle(sock: Any, _address: Any) -> None:
        server.connections += 1
        try:
            handler(Peer(sock, server))
        except OSError:
            pass
        finally:
            sock.close()

    listener = StreamServer(("127.0.0.1", 0), handle, backlog=2048, **tls)
    listener.start()
    server.port = listener.server_port
    try:
        yield server
    finally:
        listener.stop(timeout=0)


def answering(*answers: Answer, repeat: bool = True) -> Handler:
    """Return a handler that answers the requests of a connection in turn, the last answer repeating."""

    def handle(peer: Peer) -> None:
        turn = 0
        while (request := peer.request()) is not None:
            answer = answers[min(turn, len(answers) - 1)]
            peer.send(answer(request) if callable(answer) else answer)
            turn += 1
            if turn == len(answers) and not repeat:
                return

    return handle


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Return a response; underscores in header names become hyphens."""
    fields = {"Content-Length": str(len(body)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode("latin-1") + body


def echo(request: Request) -> bytes:
    """Answer with what was asked."""
    seen = {"line": request.line, "headers": request.headers, "body": request.body.decode("latin-1")}
    return reply(200, json.dumps(seen).encode())


@contextmanager
def client_of(server: Server | str, **arguments: Any) -> Iterator[tuple[HttpClient, Records]]:
    """Give a client of a server and its records; options may be given by their names."""
    names = set(ClientOptions.__dataclass_fields__) - {"headers"}
    options = ClientOptions(**{key: arguments.pop(key) for key in list(arguments) if key in names})
    records = Records()
    url = server if isinstance(server, str) else server.url
    with gevent.Timeout(30), HttpClient(url, recorder=records, options=options, **arguments) as client:
        yield client, records


def eventually(predicate: Callable[[], T], what: str, timeout_s: float = 10.0) -> T:
    """Let the event loop run until ``predicate`` holds."""
    deadline = perf_counter() + timeout_s
    while not (result := predicate()):
        assert perf_counter() < deadline, f"not within {timeout_s:g} s: {what}"
        gevent.sleep(0.002)
    return result


def make_certificate(folder: Path, name: str, *, host: str, days_valid: int = 1) -> tuple[str, str]:
    """Write a self-signed certificate for ``host`` and its key; a negative validity makes an expired one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    alternative: x509.GeneralName = (
        x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days_valid))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, key_pem = folder / f"{name}.pem", folder / f"{name}.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(pem), str(key_pem)
