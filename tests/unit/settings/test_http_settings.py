"""Settings of the HTTP client: lists and pairs however they are written, mistakes by the setting's name."""

from math import inf
from pathlib import Path

import pytest

from loadlib.settings import masked, to_environment
from loadlib.settings.network_kinds import certificates
from tests.unit.settings.conftest import Load, Problems

HOSTS = {"api.example.com": "127.0.0.1:8443", "*.example.org": "::1"}


@pytest.mark.parametrize(
    "text",
    [
        "api.example.com=127.0.0.1:8443,*.example.org=::1",
        " api.example.com=127.0.0.1:8443 , *.example.org=::1 ",
        '{"api.example.com": "127.0.0.1:8443", "*.example.org": "::1"}',
    ],
)
def test_pairs_are_read_from_text_and_json(load: Load, text: str) -> None:
    assert load(environ={"LOADLIB_HOSTS": text}).hosts == HOSTS


def test_settings_file_has_tables_and_arrays(load: Load) -> None:
    table = "\n".join(f'"{name}" = "{address}"' for name, address in HOSTS.items())
    settings = load(toml=f'blacklist_ips = ["10.0.0.0/8"]\n[hosts]\n{table}\n')
    assert settings.hosts == HOSTS
    assert settings.blacklist_ips == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8,::1", "10.0.0.0/8 ::1", '["10.0.0.0/8", "::1"]', "10.0.0.0/8,\n::1,"]
)
def test_lists_are_read_from_text_and_json(load: Load, text: str) -> None:
    assert load(environ={"LOADLIB_BLACKLIST_IPS": text}).blacklist_ips == ("10.0.0.0/8", "::1")


MISTAKES = [
    ("hosts", "api.example.com", "pairs such as api.example.com=127.0.0.1"),
    ("hosts", "api.example.com=other.example.com", "an IP address"),
    ("hosts", "a b.example.com=127.0.0.1", "pairs such as"),
    ("hosts", "http://a=127.0.0.1", "name a host"),
    ("hosts", '{"a.example.com": 1}', "not"),
    ("hosts", "{broken", "an object of texts"),
    ("block_hostnames", "*.com.*", "name a host"),
    ("block_hostnames", '["a", 1]', "text"),
    ("blacklist_ips", "10.0.0.1/8", "host bits set"),
    ("blacklist_ips", "[broken", "a list of texts"),
    ("local_ips", "10.0.0.9-10.0.0.1", "'10.0.0.9-10.0.0.1' is none"),
    ("dns_ttl_s", "soon", "a duration such as 30s"),
    ("dns_select", "rondom", "did you mean 'random'?"),
    ("dns_policy", "preferipv4", "did you mean 'preferIPv4'?"),
    ("tls_min_version", "1.4", "'1.2'"),
    ("max_redirects", "-1", "greater than or equal to 0"),
    ("batch", "0", "greater than or equal to 1"),
    ("rps", "0", "greater than 0"),
    ("http_debug", "all", "'headers'"),
    ("user_agent", "a\nb", "printable ASCII"),
    ("client_certs", "client.pem", "a JSON list such as"),
    ("client_certs", '[{"domains": ["*"], "cert": "a", "pass": "s3cret"}]', "entry 1 has 'pass'"),
    ("client_certs", '[{"domains": "*", "cert": "a"}]', 'a list "domains" (entry 1 does not)'),
    ("client_certs", '[{"domains": ["a.*"], "cert": "a"}]', "'a.*' is none"),
    ("client_certs", '[{"domains": ["*"]}]', '"cert"'),
    ("client_certs", '[{"domains": ["*"], "cert": "none.pem"}]', "there is no file 'none.pem'"),
    ("client_certs", '[{"domains": ["*"], "cert": "none.pem", "password": 7}]', 'text as "password"'),
]


@pytest.mark.parametrize(("name", "text", "allowed"), MISTAKES)
def test_mistake_gets_one_line_with_name_source_and_what_is_allowed(
    problems: Problems, name: str, text: str, allowed: str
) -> None:
    (line,) = problems(environ={f"LOADLIB_{name.upper()}": text})
    assert line.startswith(f"{name}")
    assert f"LOADLIB_{name.upper()} in the environment" in line
    assert allowed in line
    assert "s3cret" not in line


def test_versions_of_tls_have_two_spellings_and_an_order(load: Load, problems: Problems) -> None:
    assert load({"tls_max_version": "tls1.2"}).tls_max_version == "1.2"
    (line,) = problems({"tls_min_version": "1.3", "tls_max_version": "1.2"})
    assert line == "tls_max_version: must not be below tls_min_version, 1.3 (the command line)"


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("inf", inf), ("1m30s", 90.0), ("5m", 300.0)])
def test_answer_of_the_resolver_may_be_good_for_ever(load: Load, text: str, seconds: float) -> None:
    assert load({"dns_ttl_s": text}).dns_ttl_s == seconds


def test_lists_and_pairs_mean_the_same_in_a_child_process(load: Load) -> None:
    overrides = {"hosts": HOSTS, "blacklist_ips": ("10.0.0.0/8", "::1"), "dns_ttl_s": "inf", "rps": 12.5}
    assert load(environ=to_environment(overrides)).model_dump() == load(overrides).model_dump()


def test_lists_and_pairs_are_shown_as_they_are_written(load: Load) -> None:
    shown = masked(load({"hosts": HOSTS, "blacklist_ips": "10.0.0.0/8 ::1"}))
    assert shown["hosts"] == "api.example.com=127.0.0.1:8443,*.example.org=::1"
    assert shown["blacklist_ips"] == "10.0.0.0/8,::1"


def test_certificates_come_with_their_files(load: Load, tmp_path: Path) -> None:
    """A list of entries, each for several hosts."""
    (tmp_path / "client.pem").touch()
    text = '[{"domains": ["a.example.com", "*.example.org"], "cert": "client.pem"}]'
    value = load(environ={"LOADLIB_CLIENT_CERTS": text}).client_certs
    assert value is not None
    assert certificates(value) == [{"domains": ["a.example.com", "*.example.org"], "cert": "client.pem"}]
