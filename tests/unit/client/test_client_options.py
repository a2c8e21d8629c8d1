"""What a scenario can switch on, on the wire: batches, files, compression, discarding, limits, the log."""

import gzip
import logging
import tracemalloc
from email import message_from_bytes
from time import perf_counter

import gevent
import pytest

from loadlib.client import HttpClient
from loadlib.client.debug import LOGGER, SHOWN_BYTES
from loadlib.client.proxies import environment_proxies
from tests.unit.client.proxy_server import proxy_to
from tests.unit.client.support import (
    END,
    HEAD,
    OK,
    Peer,
    Request,
    answering,
    chunk,
    client_of,
    echo,
    eventually,
    reply,
    serving,
)


def test_batch_runs_in_parallel_and_answers_in_order() -> None:
    """Each request has its own sample; the server answers none of them before it has all."""
    arrived: list[str] = []

    def patient(request: Request) -> bytes:
        arrived.append(request.path)
        eventually(lambda: len(arrived) >= 4, "all four requests are under way")
        return reply(200, request.line.encode())

    with serving(answering(patient)) as server, client_of(server) as (client, records):
        answers = client.batch(
            ["/0", ("PUT", "/1"), ("POST", "/2", {"data": b"x"}), {"url": "/3", "name": "n"}]
        )
        lines = ["GET /0 HTTP/1.1", "PUT /1 HTTP/1.1", "POST /2 HTTP/1.1", "GET /3 HTTP/1.1"]
        assert [answer.text for answer in answers] == lines
        assert records.kinds == [""] * 4
        assert server.connections == 4
        named = client.batch({"first": "/a", "second": ("HEAD", "/b")})
        assert (named["first"].text, named["second"].request_method) == ("GET /a HTTP/1.1", "HEAD")


def test_batch_keeps_to_its_limits() -> None:
    """Of twelve requests to one host no more than the limit are ever under way."""
    under_way, most = 0, 0

    def slow(_request: Request) -> bytes:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        gevent.sleep(0.02)
        under_way -= 1
        return OK

    with (
        serving(answering(slow)) as server,
        client_of(server, batch_per_host=3, max_connections_per_host=20) as (client, records),
    ):
        assert len(client.batch([f"/{number}" for number in range(12)])) == 12
        assert (most, len(records.samples)) == (3, 12)


def test_stopped_user_ends_its_batch() -> None:
    """Every request under way is recorded as interrupted, and no connection is left."""
    gone: list[bool] = []

    def handle(peer: Peer) -> None:
        peer.request()
        gone.append(peer.wait_for_close())

    with serving(handle) as server, client_of(server) as (client, records):
        user = gevent.spawn(client.batch, [f"/{number}" for number in range(10)])
        eventually(lambda: len(server.requests) == 6, "six requests are under way")
        user.kill()
        assert records.kinds == ["interrupted"] * 6
        eventually(lambda: len(gone) == 6, "all connections end")
        assert len(server.requests) == 6


def test_request_that_cannot_be_sent_ends_its_batch() -> None:
    with serving(lambda peer: peer.wait_for_close()) as server, client_of(server) as (client, records):
        with pytest.raises(ValueError, match="is not an HTTP method"):
            client.batch(["/a", ("get", "/b")])
        assert set(records.kinds) <= {"interrupted"}


def test_form_with_files_arrives_whole() -> None:
    with serving(answering(OK)) as server, client_of(server) as (client, _):
        assert client.post("/", data={"title": "x"}, files={"f": ("a.txt", b"\x00\r\n")}).ok
        sent = server.requests[0]
        message = message_from_bytes(
            f"Content-Type: {sent.headers['content-type']}\r\n\r\n".encode() + sent.body
        )
        assert [part.get_payload(decode=True) for part in message.get_payload()] == [b"x", b"\x00\r\n"]
        assert sent.headers["content-length"] == str(len(sent.body))
        with pytest.raises(ValueError, match="fields of a form"):
            client.post("/", json={}, files={"f": b""})


def test_body_is_compressed_when_asked_to_be() -> None:
    """The sample counts what crossed the wire; a redirect that becomes a GET leaves the header behind."""
    moved = reply(303, Location="/new")
    with serving(answering(OK, moved, OK)) as server, client_of(server) as (client, records):
        body = b"again and again " * 1000
        assert client.post("/", data=body, compression="gzip").ok
        sent = server.requests[0]
        assert sent.headers["content-encoding"] == "gzip"
        assert gzip.decompress(sent.body) == body
        assert records.only.request_bytes < len(body) / 10
        assert client.post("/", data=body, compression="br").ok
        assert "content-encoding" not in server.requests[2].headers
        with pytest.raises(ValueError, match="not both"):
            client.post("/", data=b"x", compression="gzip", headers={"content-encoding": "gzip"})


def test_discarded_body_is_counted_and_not_kept() -> None:
    """A hundred megabytes pass through in the memory of a few reads, beyond the limit on kept bodies."""
    size, pieces = 1 << 20, 100
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (size * pieces)

    def handle(peer: Peer) -> None:
        piece = bytes(size)
        while peer.request():
            peer.send(head)
            for _ in range(pieces):
                peer.send(piece)

    with (
        serving(handle) as server,
        client_of(server, discard_response_bodies=True, max_response_bytes=1000) as (client, records),
    ):
        tracemalloc.start()
        try:
            response = client.get("/")
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert (response.status_code, response.content, response.ok) == (200, b"", True)
        assert records.only.response_bytes == size * pieces + len(head)
        assert peak_bytes < 8 * size
        assert client.get("/", discard_body=False).error_kind == "too_large"


@pytest.mark.parametrize(
    "answer",
    [HEAD + chunk(b"a" * 10) + chunk(b"b" * 10) + END, reply(200, b"x", Content_Encoding="gzip"), reply(204)],
    ids=["chunked", "never decoded", "empty"],
)
def test_call_may_discard_what_others_keep(answer: bytes) -> None:
    """However it is framed; the connection is reused, and redirects are followed."""
    moved = reply(302, b"moved", Location="/x")
    with serving(answering(moved, answer, OK)) as server, client_of(server) as (client, records):
        assert client.get("/", discard_body=True).content == b""
        assert client.get("/").content == b"ok"
        assert (server.connections, records.kinds) == (1, [""] * 3)


def get_five(client: HttpClient) -> None:
    for _ in range(5):
        client.get("/")


def test_rate_limit_spaces_requests_of_all_clients() -> None:
    """Redirects are requests too."""
    moved = reply(302, Location="/x")
    with serving(answering(moved, OK)) as server:
        began = perf_counter()
        with (
            client_of(server, rps=25.0) as (one, _),
            client_of(server, rps=25.0) as (other, _),
        ):
            users = [gevent.spawn(get_five, client) for client in (one, other)]
            gevent.joinall(users, timeout=20)
        took_s = perf_counter() - began
        assert len(server.requests) == 12
        assert took_s >= 11 / 25 - 0.01


def test_wait_for_a_turn_is_part_of_no_phase_and_no_timeout() -> None:
    wait_s = 1.5
    with (
        serving(answering(OK)) as server,
        client_of(server, rps=1 / wait_s, timeout_s=0.9 * wait_s) as (client, records),
    ):
        began = perf_counter()
        assert client.get("/").ok
        assert client.get("/").ok
        assert perf_counter() - began >= wait_s - 0.01
        assert [sample.blocked_s + sample.duration_s < wait_s / 2 for sample in records.samples] == [True] * 2


def test_plain_http_goes_to_its_proxy_with_the_whole_url() -> None:
    """Host stays the target's, the proxy's credentials come along, and the sample names the target."""
    with serving(answering(echo)) as server, proxy_to(server) as proxy:
        proxies = environment_proxies({"HTTP_PROXY": proxy.url.replace("//", "//user:pass@")})
        with client_of("http://www.example.com", proxies=proxies) as (client, records):
            for headers in (None, {"Host": "other.example.com"}):
                seen = client.get("/a?b=c", headers=headers).json()
                assert seen["line"] == "GET http://www.example.com/a?b=c HTTP/1.1"
                assert seen["headers"]["proxy-authorization"] == "Basic dXNlcjpwYXNz"
            assert seen["headers"]["host"] == "other.example.com"
        assert records.samples[0].url == "http://www.example.com/a"
        assert proxy.requests == ["GET http://www.example.com/a?b=c HTTP/1.1"]
        assert server.connections == 1


def test_target_on_this_host_never_goes_to_a_proxy() -> None:
    with serving(answering(OK)) as server, proxy_to(None) as proxy:
        proxies = environment_proxies({"HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url})
        with client_of(server, proxies=proxies) as (client, _):
            assert client.get("/").ok
        assert (server.requests[0].line, proxy.requests) == ("GET / HTTP/1.1", [])


def test_idle_connections_are_closed_between_iterations() -> None:
    """What is in use goes on."""
    gate = gevent.event.Event()

    def handle(peer: Peer) -> None:
        while request := peer.request():
            if request.path == "/slow":
                gate.wait()
            peer.send(OK)

    with serving(handle) as server, client_of(server) as (client, records):
        slow = gevent.spawn(client.get, "/slow")
        eventually(lambda: server.requests, "the slow request is under way")
        for connections in (2, 3):
            assert client.get("/").ok
            assert server.connections == connections
            client.close_idle()
        gate.set()
        assert slow.get(timeout=20).ok
        assert records.kinds == [""] * 3


def test_log_shows_heads_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """The scheme of credentials stays, their value and every cookie go."""
    answer = reply(201, b"hello", Set_Cookie="sid=s3cret; Path=/", Content_Type="text/plain")
    secrets = {"X-Api-Key": "s3cret", "Cookie": "a=s3cret"}
    with (
        caplog.at_level(logging.INFO, LOGGER),
        serving(answering(answer)) as server,
        client_of(server, http_debug="headers") as (client, _),
    ):
        client.post("/things/17", data=b"hidden body", auth=("user", "s3cret"), headers=secrets)
    asked, got = (record.getMessage() for record in caplog.records)
    assert asked.startswith("request POST /things/{id}\nPOST /things/17 HTTP/1.1\nHost: 127.0.0.1:")
    assert "Authorization: Basic ****" in asked
    assert "X-Api-Key: ****" in asked
    assert got.startswith("answer POST /things/{id}\n201 in ")
    assert "set-cookie: ****" in got
    assert "content-type: text/plain" in got
    for text in (asked, got):
        assert "s3cret" not in text
        assert "c2VjcmV0" not in text
        assert "body" not in text
        assert "hello" not in text


def test_log_shows_urls_without_the_values_of_their_queries(caplog: pytest.LogCaptureFixture) -> None:
    """In request lines, through a proxy as well, and in headers that are URLs; their names stay."""
    where = "http://user:s3cret@h.example.com/next?code=s3cret&state=s3cret#id_token=s3cret"
    answer = reply(201, Location=where, Content_Location="/a?sig=s3cret", X_Metrics_Key="s3cret")
    headers = {"Referer": "/p?a=s3cret&s3cret", "X-Auth": "s3cret", "X-CSRF": "s3cret", "X-Plain": "a?b=c"}
    with (
        caplog.at_level(logging.INFO, LOGGER),
        serving(answering(answer)) as server,
        client_of(server, http_debug="full") as (client, _),
    ):
        client.get("/p?access_token=s3cret&empty=&n=s3c%20ret", headers=headers)
        client.get(f"{server.url}/p", params={"access_token": "s3cret"})
    first, got, second, _ = (record.getMessage() for record in caplog.records)
    assert "\nGET /p?access_token=****&empty=****&n=**** HTTP/1.1\n" in first
    assert "\nGET /p?access_token=**** HTTP/1.1\n" in second
    for line in ("Referer: /p?a=****&****", "X-Auth: ****", "X-CSRF: ****", "X-Plain: a?b=c"):
        assert f"\n{line}" in first
    assert "\nlocation: http://****@h.example.com/next?code=****&state=****#id_token=****\n" in got
    assert "\ncontent-location: /a?sig=****" in got
    assert "\nx-metrics-key: ****" in got
    assert "s3c" not in caplog.text.replace("a?b=c", "")


def test_full_log_shows_an_answer_unpacked_and_a_request_as_it_was_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = reply(200, gzip.compress(b"the answer"), Content_Encoding="gzip")
    with (
        caplog.at_level(logging.INFO, LOGGER),
        serving(answering(answer)) as server,
        client_of(server, http_debug="full") as (client, _),
    ):
        client.post("/", data=b"the question", compression="gzip")
    asked, got = (record.getMessage() for record in caplog.records)
    assert got.endswith("\n\nthe answer")
    assert "the question" not in asked


def test_full_log_shows_bodies_cut_where_they_are_long(caplog: pytest.LogCaptureFixture) -> None:
    answer = reply(200, b"z" * (SHOWN_BYTES + 7))
    with (
        caplog.at_level(logging.INFO, LOGGER),
        serving(answering(answer)) as server,
        client_of(server, http_debug="full") as (client, _),
    ):
        client.post("/", data=b"asked \xff")
        with client.stream("GET", "/") as stream:
            stream.read_all()
        client.get("http://")
    asked, got, *_, last = (record.getMessage() for record in caplog.records)
    assert asked.endswith("\n\nasked \ufffd")
    assert got.endswith("z\n... 7 more bytes")
    assert "0 in 0.0ms bad_url" in last
    assert len(caplog.records) == 6


def test_client_without_a_log_writes_none(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), serving(answering(OK)) as server, client_of(server) as (client, _):
        client.get("/")
    assert caplog.records == []
