"""Which source wins, for every pair of sources, and what each source may contain."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from loadlib.errors import ConfigurationError
from loadlib.settings import load_settings
from tests.unit.settings.conftest import Load, Problems

STRONGEST_FIRST: list[tuple[str, dict[str, Any], str]] = [
    ("command line", {"overrides": {"users": 1}}, "the command line"),
    ("environment", {"environ": {"LOADLIB_USERS": "2"}}, "LOADLIB_USERS in the environment"),
    (".env", {"dotenv": "LOADLIB_USERS=3\n"}, "LOADLIB_USERS in .env"),
    ("settings file", {"toml": "users = 4\n"}, "loadlib.toml:1"),
    ("default", {}, "default"),
]
VALUES = {"command line": 1, "environment": 2, ".env": 3, "settings file": 4, "default": None}
PAIRS = list(combinations(STRONGEST_FIRST, 2))


@pytest.mark.parametrize(("stronger", "weaker"), PAIRS, ids=[f"{one[0]}>{other[0]}" for one, other in PAIRS])
def test_stronger_source_wins(
    load: Load, stronger: tuple[str, dict[str, Any], str], weaker: tuple[str, dict[str, Any], str]
) -> None:
    settings = load(**stronger[1], **weaker[1])
    assert settings.users == VALUES[stronger[0]]
    assert settings.origin("users") == stronger[2]


def test_weaker_source_still_gives_what_the_stronger_one_leaves_out(load: Load) -> None:
    settings = load({"users": 1}, {"LOADLIB_SEED": "2"}, "LOADLIB_WEB_PORT=3\n", 'profile = "soak"\n')
    assert (settings.users, settings.seed, settings.web_port, settings.profile) == (1, 2, 3, "soak")


SECRET_SOURCES: list[tuple[str, dict[str, Any]]] = [
    ("from-override", {"overrides": {"jwt_secret": "from-override"}}),
    ("from-environment", {"environ": {"LOADLIB_JWT_SECRET": "from-environment"}}),
    ("from-dotenv", {"dotenv": "LOADLIB_JWT_SECRET=from-dotenv\n"}),
    ("from-file", {"secrets": {"jwt_secret": "from-file\n"}}),
]


@pytest.mark.parametrize(("stronger", "weaker"), list(combinations(SECRET_SOURCES, 2)))
def test_secrets_directory_is_weaker_than_dotenv(
    load: Load, stronger: tuple[str, dict[str, Any]], weaker: tuple[str, dict[str, Any]]
) -> None:
    settings = load(**stronger[1], **weaker[1])
    assert settings.jwt_secret is not None
    assert settings.jwt_secret.get_secret_value() == stronger[0]


def test_secret_file_alone_is_enough_and_may_have_the_variables_name(load: Load) -> None:
    settings = load(secrets={"LOADLIB_AUTH_TOKEN": "abc.def.ghi\n", "unrelated": "x"})
    assert settings.auth_token is not None
    assert settings.auth_token.get_secret_value() == "abc.def.ghi"


INHERITED = {
    "BASE_URL": ("base_url", "https://agents.example.com"),
    "WEB_URL": ("web_url", "https://web.example.com"),
    "API_URL": ("api_url", "https://api.example.com"),
    "CCR_URL": ("ccr_url", "https://ccr.example.com"),
    "WORKSPACE_ID": ("workspace_id", "acme"),
    "ENVIRONMENT": ("environment", "staging"),
}


@pytest.mark.parametrize("old", INHERITED)
def test_name_inherited_from_k6_suites_still_counts(load: Load, old: str) -> None:
    name, value = INHERITED[old]
    for settings in (load(environ={old: value}), load(dotenv=f"{old}={value}\n")):
        assert getattr(settings, name) == value
        assert settings.origin(name).startswith(f"{old} in ")


@pytest.mark.parametrize("old", INHERITED)
def test_loadlib_name_wins_over_the_inherited_one(load: Load, old: str) -> None:
    name, value = INHERITED[old]
    other = value.replace("example", "other") if value.startswith("http") else "other"
    assert getattr(load(environ={old: value, f"LOADLIB_{name.upper()}": other}), name) == other


def test_inherited_token_counts_and_an_empty_one_is_not_set(load: Load) -> None:
    token = load(environ={"AUTH_TOKEN": "abc.def"}).auth_token
    assert token is not None
    assert token.get_secret_value() == "abc.def"
    assert load(environ={"AUTH_TOKEN": ""}).auth_token is None
    assert load(environ={"LOADLIB_AUTH_TOKEN": ""}).auth_token is None


def test_empty_variable_leaves_the_weaker_source_in_force(load: Load) -> None:
    assert load(environ={"LOADLIB_USERS": ""}, dotenv="LOADLIB_USERS=3\n").users == 3


@pytest.mark.parametrize("text", ["", "/"])
def test_api_prefix_can_be_switched_off_in_the_environment(load: Load, text: str) -> None:
    assert load(environ={"LOADLIB_API_PREFIX": text}).api_prefix == ""


def test_none_among_overrides_is_not_given(load: Load) -> None:
    assert load({"users": None}, {"LOADLIB_USERS": "2"}).users == 2


def test_variables_of_others_in_dotenv_are_left_alone(load: Load) -> None:
    assert load(dotenv="DATABASE_URL=postgres://x\nUSERS=9\n").users is None


@pytest.mark.parametrize("how", ["override", "environment", "dotenv"])
def test_settings_file_can_be_named(load: Load, tmp_path: Path, how: str) -> None:
    (tmp_path / "other.toml").write_text("users = 5\n")
    settings = {
        "override": lambda: load({"config": "other.toml"}),
        "environment": lambda: load(environ={"LOADLIB_CONFIG": "other.toml"}),
        "dotenv": lambda: load(dotenv="LOADLIB_CONFIG=other.toml\n"),
    }[how]()
    assert settings.users == 5
    assert settings.origin("users") == "other.toml:1"


def test_missing_settings_file_is_a_problem_only_when_named(load: Load, problems: Problems) -> None:
    assert load().users is None
    assert problems({"config": "no.toml"}) == ("config: there is no file 'no.toml'",)


def test_loading_reads_the_process_when_nothing_else_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LOADLIB_SEED=11\n")
    monkeypatch.setenv("LOADLIB_USERS", "7")
    settings = load_settings()
    assert (settings.users, settings.seed) == (7, 11)


PORTS = [
    ("http://127.0.0.1:9000", ("http://127.0.0.1:9001", "http://127.0.0.1:9002", "http://127.0.0.1:9003")),
    ("http://localhost:9000/", ("http://localhost:9001", "http://localhost:9002", "http://localhost:9003")),
    ("http://[::1]:9000", ("http://[::1]:9001", "http://[::1]:9002", "http://[::1]:9003")),
    ("http://127.0.0.1:7777", ("http://127.0.0.1:3000", "http://127.0.0.1:3001", "http://127.0.0.1:3456")),
    ("http://127.0.0.1", ("http://127.0.0.1:3000", "http://127.0.0.1:3001", "http://127.0.0.1:3456")),
    ("http://example.com:9000", ("http://127.0.0.1:3000", "http://127.0.0.1:3001", "http://127.0.0.1:3456")),
]


@pytest.mark.parametrize(("base_url", "others"), PORTS)
def test_local_base_url_with_its_own_port_moves_the_neighbours(
    load: Load, base_url: str, others: tuple[str, str, str]
) -> None:
    settings = load({"base_url": base_url})
    assert (settings.web_url, settings.api_url, settings.ccr_url) == others


def test_neighbour_that_was_given_stays(load: Load) -> None:
    settings = load(
        {"base_url": "http://127.0.0.1:9000"}, {"API_URL": "https://api.example.com"}, toml="users = 1"
    )
    assert settings.api_url == "https://api.example.com"
    assert settings.web_url == "http://127.0.0.1:9001"
    assert "base_url" in settings.origin("web_url")


def test_neighbour_beyond_the_last_port_is_a_problem_not_a_silent_default(problems: Problems) -> None:
    lines = problems({"base_url": "http://127.0.0.1:65534"})
    assert [line.split(":")[0] for line in lines] == ["api_url", "ccr_url"]
    assert all("next to base_url" in line for line in lines)


def test_settings_is_frozen(load: Load) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().users = 3


def test_all_problems_of_all_sources_are_reported_at_once(problems: Problems) -> None:
    lines = problems(
        {"users": 0}, {"LOADLIB_SEED": "x"}, "LOADLIB_PROFILE=lode\n", "web_port = 0\nuserz = 1\n"
    )
    assert sorted(line.split(":")[0] for line in lines) == [
        "loadlib.toml", "profile", "seed", "users", "web_port",
    ]  # fmt: skip


def test_configuration_error_is_exit_code_104(load: Load) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({"users": 0})
    assert caught.value.exit_code == 104
