"""The settings of a run as the options of its clients: each arrives, and what cannot work is said by name."""

from math import inf
from pathlib import Path

import pytest

from loadlib.adapters.client_options import client_options
from loadlib.adapters.judging import warnings_of
from loadlib.client.options import ClientOptions, own_user_agent
from loadlib.client.tls import ClientCert
from loadlib.errors import ConfigurationError
from loadlib.settings import Settings, load_settings
from loadlib.settings.http_model import HttpSettings
from tests.unit.client.support import make_certificate

ARRIVES = [
    ("max_redirects", "3", "max_redirects", 3),
    ("user_agent", "mine/1", "user_agent", "mine/1"),
    ("batch", "7", "batch", 7),
    ("batch_per_host", "9", "batch_per_host", 9),
    ("batch_per_host", "9", "max_connections_per_host", 9),
    ("batch_per_host", "2", "max_connections_per_host", 6),
    ("discard_response_bodies", "true", "discard_response_bodies", True),
    ("http_version", "auto", "http_version", "auto"),
    ("no_connection_reuse", "true", "no_connection_reuse", True),
    ("http_debug", "full", "http_debug", "full"),
    ("http_debug", "off", "http_debug", ""),
    ("hosts", "a.example.com=127.0.0.1", "hosts", {"a.example.com": "127.0.0.1"}),
    ("dns_ttl_s", "inf", "dns_ttl_s", inf),
    ("dns_select", "first", "dns_select", "first"),
    ("dns_policy", "any", "dns_policy", "any"),
    ("seed", "7", "dns_seed", 7),
    ("block_hostnames", "*.example.com", "block_hostnames", ("*.example.com",)),
    ("blacklist_ips", "10.0.0.0/8", "blacklist_ips", ("10.0.0.0/8",)),
    ("tls_min_version", "1.3", "tls_min_version", "1.3"),
    ("tls_max_version", "1.2", "tls_max_version", "1.2"),
    ("tls_ciphers", "HIGH", "tls_ciphers", ("HIGH",)),
    ("insecure_skip_tls_verify", "true", "verify_tls", False),
    ("rps", "12", "rps", 12.0),
]


@pytest.mark.parametrize(("setting", "text", "option", "value"), ARRIVES)
def test_setting_becomes_the_option(setting: str, text: str, option: str, value: object) -> None:
    options = client_options(load_settings({setting: text}, environ={}), environ={})
    assert getattr(options, option) == value


def test_every_http_setting_has_a_place() -> None:
    """In the table above, or in a test of its own; those of iterations are the users'."""
    own = {"local_ips", "client_certs", "proxy_from_environment", "reset_cookies", "no_user_connection_reuse"}
    assert set(HttpSettings.model_fields) - {row[0] for row in ARRIVES} == own


def test_defaults_are_those_of_k6_where_k6_has_one() -> None:
    options = client_options(Settings(), environ={})
    assert (options.max_redirects, options.batch, options.batch_per_host) == (10, 20, 6)
    assert (options.dns_ttl_s, options.dns_select, options.dns_policy) == (300.0, "random", "preferIPv4")
    assert (options.rps, options.proxies, options.keylog_file, options.local_address) == (None,) * 4
    assert options.user_agent == own_user_agent()
    assert options.verify_tls


def test_rate_is_the_whole_run_s() -> None:
    """Each of its processes gets an equal part."""
    settings = load_settings({"rps": "10"}, environ={})
    assert client_options(settings, workers=4, environ={}).rps == 2.5


def test_users_take_turns_at_the_local_addresses() -> None:
    settings = load_settings({"local_ips": "127.0.0.1,127.0.0.8-127.0.0.9"}, environ={})
    chosen = [client_options(settings, user=number, environ={}).local_address for number in range(4)]
    assert chosen == ["127.0.0.1", "127.0.0.8", "127.0.0.9", "127.0.0.1"]


def test_proxies_come_from_the_environment_unless_switched_off() -> None:
    environ = {"HTTPS_PROXY": "http://127.0.0.1:3128"}
    assert client_options(Settings(), environ=environ).proxies is not None
    without = load_settings({"proxy_from_environment": False}, environ={})
    assert client_options(without, environ=environ).proxies is None
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY in the environment"):
        client_options(Settings(), environ={"HTTPS_PROXY": "socks5://127.0.0.1:1"})
    assert client_options(without, environ={"HTTPS_PROXY": "socks5://127.0.0.1:1"}).proxies is None


def test_key_log_comes_from_its_standard_variable(tmp_path: Path) -> None:
    path = str(tmp_path / "keys.log")
    assert client_options(Settings(), environ={"SSLKEYLOGFILE": path}).keylog_file == path


def test_certificates_are_read_when_the_options_are_made(tmp_path: Path) -> None:
    """A file that holds none is an error by the setting's name, before the first request."""
    pem, key = make_certificate(tmp_path, "client", host="user.example.com")
    text = f'[{{"domains": ["a.example.com"], "cert": "{pem}", "key": "{key}", "password": "x"}}]'
    options = client_options(load_settings({"client_certs": text}, environ={}), environ={})
    assert options.client_certs == (ClientCert(("a.example.com",), pem, key, "x"),)
    Path(pem).write_text("nothing")
    (tmp_path / "other.pem").write_text("nothing")
    with pytest.raises(ConfigurationError, match="client_certs"):
        client_options(load_settings({"client_certs": text.replace("client.pem", "other.pem")}, environ={}))


@pytest.mark.parametrize(
    ("overrides", "kinds"),
    [
        ({}, []),
        ({"insecure_skip_tls_verify": True}, ["tls_unverified"]),
        ({"http_debug": "headers"}, ["http_debug"]),
    ],
)
def test_result_says_what_settings_took_from_its_worth(
    overrides: dict[str, object], kinds: list[str]
) -> None:
    """Loudly, by the setting's name, and without making the run invalid."""
    problems = list(warnings_of(load_settings(overrides, environ={})))
    assert [problem.kind for problem in problems] == kinds
    assert all(next(iter(overrides)) in problem.detail for problem in problems)
    assert not any(problem.invalidates for problem in problems)


def test_options_alone_need_no_settings() -> None:
    """The client's own defaults ask the resolver for every connection, in its order."""
    options = ClientOptions()
    assert (options.dns_ttl_s, options.dns_select, options.dns_policy) == (0.0, "first", "any")
