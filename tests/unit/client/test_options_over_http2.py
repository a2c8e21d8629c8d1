"""The options of requests mean the same over HTTP/2."""

from tests.unit.client.http2.peer import answering_h2, serving_h2
from tests.unit.client.support import client_of

MIB = 1 << 20


def test_batch_shares_the_connection() -> None:
    with serving_h2(answering_h2()) as server, client_of(server.url, http_version="2") as (client, records):
        answers = client.batch([f"/{number}" for number in range(12)])
        assert [answer.content for answer in answers] == [b"ok"] * 12
        assert (server.connections, records.kinds) == (1, [""] * 12)


def test_discarded_body_is_counted_beyond_the_limit_on_kept_ones() -> None:
    """The connection goes on, for others as well."""
    options = {"http_version": "2", "discard_response_bodies": True, "max_response_bytes": 1000}
    with (
        serving_h2(answering_h2(bytes(4 * MIB))) as server,
        client_of(server.url, **options) as (client, records),
    ):
        assert client.get("/").content == b""
        assert records.only.response_bytes >= 4 * MIB
        assert client.get("/").ok
        assert server.connections == 1


def test_idle_connection_is_closed_between_iterations() -> None:
    with serving_h2(answering_h2()) as server, client_of(server.url, http_version="2") as (client, records):
        for _ in range(3):
            assert client.get("/").ok
            client.close_idle()
        assert (server.connections, records.kinds) == (3, [""] * 3)


def test_request_has_a_connection_of_its_own_when_told_so() -> None:
    """And does not say so by a header that HTTP/2 has no place for."""
    options = {"http_version": "2", "no_connection_reuse": True}
    with serving_h2(answering_h2()) as server, client_of(server.url, **options) as (client, records):
        for _ in range(3):
            assert client.get("/").ok
        assert (server.connections, records.kinds) == (3, [""] * 3)
        assert "connection" not in dict(server.requests[0].headers)
