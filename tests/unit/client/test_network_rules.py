"""Where connections go and never go: overrides, blocked hosts and addresses, the address they come from."""

from importlib.metadata import version
from typing import Any

import pytest

from loadlib.client import ClientOptions
from loadlib.errors import ConfigurationError
from tests.unit.client.name_server import name_server
from tests.unit.client.support import OK, Peer, answering, client_of, make_certificate, reply, serving


def test_overridden_host_keeps_its_name_in_the_request() -> None:
    """The port of the URL is kept unless the override has its own."""
    with serving(answering(OK)) as server:
        hosts = {"a.example.com:81": f"127.0.0.1:{server.port}", "*.example.com": "127.0.0.1"}
        with client_of("http://a.example.com:81", hosts=hosts) as (client, records):
            assert client.get("/").ok
            assert client.get(f"http://deep.b.example.com:{server.port}/").ok
        assert [one.headers["host"] for one in server.requests] == [
            "a.example.com:81",
            f"deep.b.example.com:{server.port}",
        ]
        assert records.samples[0].url == "http://a.example.com:81/"


def test_overridden_host_keeps_its_name_in_tls(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The certificate is that of the name, as the server picks it by SNI."""
    pem, key = make_certificate(tmp_path_factory.mktemp("c"), "own", host="www.example.com")
    with serving(answering(OK), (pem, key)) as server:
        place = f"127.0.0.1:{server.port}"
        with client_of("https://www.example.com", hosts={"www.example.com": place}, ca_file=pem) as (
            client,
            _,
        ):
            assert client.get("/").ok
        with client_of("https://api.example.com", hosts={"*": place}, ca_file=pem) as (client, _):
            assert client.get("/").error_kind == "tls_verify"


@pytest.mark.parametrize(
    ("option", "value", "kind"),
    [
        ("block_hostnames", ("*.example.com",), "blocked_host"),
        ("block_hostnames", ("www.example.com",), "blocked_host"),
        ("block_hostnames", ("*",), "blocked_host"),
        ("blacklist_ips", ("127.0.0.0/8",), "blocked_address"),
        ("blacklist_ips", ("127.0.0.2", "127.0.0.1"), "blocked_address"),
    ],
)
def test_blocked_target_is_never_connected_to(option: str, value: tuple[str, ...], kind: str) -> None:
    """Not even if ``hosts`` leads there; one failed sample says so."""
    with serving(answering(OK)) as server:
        options: dict[str, Any] = {option: value, "hosts": {"www.example.com": f"127.0.0.1:{server.port}"}}
        with client_of("http://www.example.com", **options) as (client, records):
            assert client.get("/").error_kind == kind
        assert (server.connections, len(records.samples)) == (0, 1)
        assert value[0] in records.only.error or "127.0.0.1" in records.only.error


def test_redirect_to_a_blocked_host_is_not_followed_there() -> None:
    """A page that links to third parties does not load-test them."""
    away = reply(302, Location="http://ads.example.org/x")
    with (
        serving(answering(away)) as server,
        client_of(server, block_hostnames=("*.example.org",)) as (client, records),
    ):
        assert client.get("/").error_kind == "blocked_host"
        assert records.kinds == ["", "blocked_host"]


def test_address_that_is_not_blocked_is_used() -> None:
    """Of several addresses of a name only the blocked ones are left out."""
    with name_server(two_example_com=["127.0.0.2", "127.0.0.1"]), serving(answering(OK)) as server:
        url = f"http://two.example.com:{server.port}"
        with client_of(url, blacklist_ips=("127.0.0.2",)) as (client, _):
            assert client.get("/").ok
        with client_of(url, blacklist_ips=("127.0.0.0/30",)) as (client, _):
            assert client.get("/").error_kind == "blocked_address"


def test_address_in_ipv6_clothes_is_blocked_as_well() -> None:
    with client_of("http://[::ffff:127.0.0.1]:1", blacklist_ips=("127.0.0.1",)) as (client, _):
        assert client.get("/").error_kind == "blocked_address"


def test_connections_come_from_the_local_address() -> None:
    """The server sees it."""
    seen: list[str] = []

    def handle(peer: Peer) -> None:
        seen.append(peer.sock.getpeername()[0])
        peer.request()
        peer.send(OK)

    with serving(handle) as server, client_of(server, local_address="127.0.0.7") as (client, _):
        assert client.get("/").ok
    assert seen == ["127.0.0.7"]


def test_local_address_that_this_host_lacks_is_named() -> None:
    with serving(answering(OK)) as server, client_of(server, local_address="192.0.2.1") as (client, records):
        assert client.get("/").error_kind == "connect"
        assert "local address 192.0.2.1" in records.only.error


def test_local_address_of_the_other_family_cannot_connect() -> None:
    with client_of("http://127.0.0.1:1", local_address="::1") as (client, records):
        assert client.get("/").error_kind == "connect"
        assert "::1" in records.only.error


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hosts": {"a.example.com": "b.example.com"}}, "hosts must give an IP address"),
        ({"hosts": {"http://a": "127.0.0.1"}}, "hosts must name a host"),
        ({"block_hostnames": ("a.*.com",)}, "block_hostnames must name a host"),
        ({"blacklist_ips": ("10.0.0.1/8",)}, "blacklist_ips must give addresses or networks"),
        ({"local_address": "somewhere"}, "local_address must be an IP address"),
        ({"dns_ttl_s": -1.0}, "dns_ttl_s must be 0 or more"),
        ({"rps": 0.0}, "rps must be above 0"),
        ({"batch": 0}, "batch must be above 0"),
    ],
)
def test_option_that_makes_no_sense_is_refused_by_name(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        ClientOptions(**options)


def test_user_agent_carries_the_version_of_the_package() -> None:
    """Unless it was replaced, or left out by an empty one."""
    with serving(answering(OK)) as server:
        for options in ({}, {"user_agent": "mine/1"}, {"user_agent": ""}):
            with client_of(server, **options) as (client, _):
                assert client.get("/").ok
        agents = [request.headers.get("user-agent") for request in server.requests]
    assert agents == [f"loadlib/{version('loadlib')}", "mine/1", None]


def test_connection_is_not_reused_when_told_so() -> None:
    with serving(answering(OK)) as server, client_of(server, no_connection_reuse=True) as (client, records):
        for _ in range(3):
            assert client.get("/").ok
        assert (server.connections, records.kinds) == (3, [""] * 3)
        assert [request.headers["connection"] for request in server.requests] == ["close"] * 3
        assert all(sample.connecting_s > 0 for sample in records.samples)
