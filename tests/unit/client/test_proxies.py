"""Proxies: chosen by the environment as Go would, tunnels for https, failures named as the proxy's own."""

import socket

import pytest

from loadlib.client.proxies import Exemptions, Proxies, environment_proxies
from loadlib.client.url import Origin
from loadlib.errors import ConfigurationError
from tests.unit.client.proxy_server import proxy_to
from tests.unit.client.support import OK, answering, client_of, make_certificate, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return make_certificate(tmp_path_factory.mktemp("certificates"), "own", host="www.example.com")


def proxies_of(**environ: str) -> Proxies:
    found = environment_proxies(environ)
    assert found is not None
    return found


def test_https_goes_through_a_tunnel_and_keeps_its_name(certificate: tuple[str, str]) -> None:
    """The certificate is verified for the host that was asked for, and the tunnel is reused."""
    with serving(answering(OK), certificate) as server, proxy_to(server) as proxy:
        proxies = proxies_of(HTTPS_PROXY=proxy.url)
        with client_of("https://www.example.com", proxies=proxies, ca_file=certificate[0]) as (
            client,
            records,
        ):
            for _ in range(3):
                assert client.get("/path").content == b"ok"
        assert proxy.requests == ["CONNECT www.example.com:443 HTTP/1.1"]
        assert [request.line for request in server.requests] == ["GET /path HTTP/1.1"] * 3
        assert server.requests[0].headers["host"] == "www.example.com"
        assert records.kinds == [""] * 3


def test_time_of_the_tunnel_is_connecting(certificate: tuple[str, str]) -> None:
    """What CONNECT takes is part of making a connection: not TLS, not the request's duration."""
    tunnel_s = 1.5
    with serving(answering(OK), certificate) as server, proxy_to(server) as proxy:
        proxy.delay_s = tunnel_s
        options = {"proxies": proxies_of(HTTPS_PROXY=proxy.url), "ca_file": certificate[0]}
        with client_of("https://www.example.com", **options) as (client, records):
            assert client.get("/").ok
        assert records.only.connecting_s >= tunnel_s - 0.01
        assert records.only.blocked_s >= records.only.connecting_s + records.only.tls_s
        assert max(records.only.tls_s, records.only.duration_s) < tunnel_s / 2


def test_credentials_of_the_proxy_are_sent_to_it_alone(certificate: tuple[str, str]) -> None:
    """In CONNECT, and not in the requests inside the tunnel; nor in what anyone prints."""
    with serving(answering(OK), certificate) as server, proxy_to(server) as proxy:
        proxies = proxies_of(https_proxy=proxy.url.replace("//", "//user:p%40ss@"))
        with client_of("https://www.example.com", proxies=proxies, ca_file=certificate[0]) as (client, _):
            assert client.get("/").ok
        assert proxy.credentials == ["Basic dXNlcjpwQHNz"]
        assert "proxy-authorization" not in server.requests[0].headers
        assert "dXNlcjpwQHNz" not in repr(proxies)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407 Proxy Authentication Required"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502 Bad Gateway"),
        (b"SSH-2.0-x\r\n\r\n", "no HTTP answer"),
        (b"", "ended during CONNECT"),
    ],
)
def test_refused_tunnel_is_a_failure_of_the_proxy(refusal: bytes, said: str) -> None:
    """Not of the target, which was never reached."""
    with proxy_to(None) as proxy:
        proxy.refusal = refusal
        with client_of("https://www.example.com", proxies=proxies_of(HTTPS_PROXY=proxy.url)) as (
            client,
            records,
        ):
            assert client.get("/").error_kind == "proxy"
        assert f"127.0.0.1:{proxy.port}" in records.only.error
        assert said in records.only.error


def test_proxy_that_is_not_there_is_a_failure_of_the_proxy() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxies = proxies_of(HTTPS_PROXY=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with client_of("https://www.example.com", proxies=proxies) as (client, records):
            assert client.get("/").error_kind == "proxy"
        assert "refused" in records.only.error


def test_silent_proxy_is_a_connect_timeout() -> None:
    with (
        serving(lambda peer: peer.wait_for_close()) as silent,
        client_of(
            "https://www.example.com", proxies=proxies_of(HTTPS_PROXY=silent.url), connect_timeout_s=0.1
        ) as (client, _),
    ):
        assert client.get("/").error_kind == "connect_timeout"


@pytest.mark.parametrize(
    ("no_proxy", "origin", "covered"),
    [
        ("", Origin("https", "www.example.com", 443), False),
        ("", Origin("http", "localhost", 80), True),
        ("", Origin("http", "127.1.2.3", 80), True),
        ("", Origin("http", "::1", 80), True),
        ("*", Origin("http", "www.example.com", 80), True),
        ("example.com", Origin("http", "example.com", 80), True),
        ("example.com", Origin("http", "www.example.com", 80), True),
        ("example.com", Origin("http", "badexample.com", 80), False),
        (".example.com", Origin("http", "example.com", 80), False),
        (" .example.com , other.org", Origin("http", "a.example.com", 80), True),
        ("*.example.com", Origin("http", "a.example.com", 80), True),
        ("example.com:8080", Origin("http", "a.example.com", 8080), True),
        ("example.com:8080", Origin("http", "a.example.com", 80), False),
        ("10.0.0.0/8", Origin("http", "10.1.2.3", 80), True),
        ("10.0.0.1", Origin("http", "10.0.0.1", 80), True),
        ("10.0.0.1", Origin("http", "10.0.0.2", 80), False),
        ("not a host,2001:db8::/32", Origin("http", "2001:db8::7", 80), True),
    ],
)
def test_exemptions_are_those_of_go(no_proxy: str, origin: Origin, covered: bool) -> None:
    assert Exemptions(no_proxy).cover(origin) is covered


def test_scheme_chooses_the_proxy_and_upper_case_wins() -> None:
    proxies = proxies_of(HTTP_PROXY="http://upper.example.com:1", http_proxy="http://lower.example.com:2")
    plain, secure = Origin("http", "a.example.com", 80), Origin("https", "a.example.com", 443)
    found = proxies.proxy_for(plain)
    assert found is not None
    assert found.origin == ("http", "upper.example.com", 1)
    assert proxies.proxy_for(secure) is None
    bare = proxies_of(HTTPS_PROXY="lower.example.com:3128").proxy_for(secure)
    assert bare is not None
    assert bare.origin.port == 3128


def test_environment_without_proxies_costs_nothing() -> None:
    """Not even a look at NO_PROXY per connection."""
    assert environment_proxies({"NO_PROXY": "example.com", "HTTP_PROXY": ""}) is None


@pytest.mark.parametrize("text", ["socks5://127.0.0.1:1080", "https://127.0.0.1:1", "http://"])
def test_proxy_that_cannot_be_used_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY in the environment"):
        environment_proxies({"https_proxy": text})


def test_tunnel_leads_to_the_overridden_proxy_host_only(certificate: tuple[str, str]) -> None:
    """Names of targets are resolved by the proxy; the proxy's own name obeys ``hosts``."""
    with serving(answering(OK), certificate) as server, proxy_to(server) as proxy:
        options = {
            "proxies": proxies_of(HTTPS_PROXY=f"http://proxy.example.com:{proxy.port}"),
            "hosts": {"proxy.example.com": "127.0.0.1", "www.example.com": "127.0.0.9"},
            "ca_file": certificate[0],
        }
        with client_of("https://www.example.com", **options) as (client, _):
            assert client.get("/").ok
        assert proxy.requests == ["CONNECT www.example.com:443 HTTP/1.1"]
