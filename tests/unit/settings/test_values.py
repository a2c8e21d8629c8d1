"""What every setting accepts, and the one line that each refused value gets."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from loadlib.settings import Settings, load_settings, masked, to_environment
from loadlib.settings.names import SECRETS, VARIABLES
from tests.unit.settings.conftest import Load, Problems

BAD_VALUES = [
    ("users", "0", "greater than or equal to 1"),
    ("users", "many", "a whole number"),
    ("users", "1.5", "a whole number"),
    ("duration", "soon", "a duration such as 30s"),
    ("duration", "0", "greater than 0"),
    ("duration", "-5s", "a duration such as 30s"),
    ("spawn_rate", "0", "greater than 0"),
    ("spawn_rate", "inf", "a finite number"),
    ("spawn_rate", "fast", "a number"),
    ("processes", "0", "1 or more, or -1"),
    ("processes", "-2", "1 or more, or -1"),
    ("profile", "lode", "did you mean 'load'?"),
    ("require_all", "perhaps", "true or false"),
    ("insecure_skip_tls_verify", "perhaps", "true or false"),
    ("seed", "x", "a whole number"),
    ("web_port", "0", "greater than or equal to 1"),
    ("web_port", "70000", "less than or equal to 65535"),
    ("base_url", "127.0.0.1:7777", "a URL such as"),
    ("base_url", "ftp://example.com", "a URL such as"),
    ("base_url", "http://", "a URL such as"),
    ("base_url", "http://exa mple.com", "a URL such as"),
    ("base_url", "http://example.com:99999", "a port between 0 and 65535"),
    ("api_url", "http://example.com/?x=1", "no query"),
    ("web_url", "http://example.com/#x", "no fragment"),
    ("api_prefix", "api", "a path such as /api"),
    ("environment", "two words", "one word"),
    ("timeout_s", "0", "greater than 0"),
    ("stop_timeout_s", "25", "below 25 seconds"),
    ("stop_timeout_s", "1m", "below 25 seconds"),
    ("preflight_timeout_s", "9", "less than or equal to 8"),
    ("dephase_s", "-1", "a duration such as 30s"),
    ("max_retry_after_s", "nan", "a duration such as 30s"),
    ("think_time_factor", "-1", "greater than or equal to 0"),
    ("agui_share", "1.1", "less than or equal to 1"),
    ("max_cpu_ratio", "0", "greater than 0"),
    ("max_loop_lag_s", "x", "a duration such as 30s"),
    ("max_series", "0", "greater than or equal to 1"),
    ("ca_file", "none.pem", "there is no file 'none.pem'"),
    ("identities_file", "none.csv", "there is no file 'none.csv'"),
]


@pytest.mark.parametrize(("name", "text", "allowed"), BAD_VALUES)
def test_refused_value_gets_one_line_with_name_value_source_and_what_is_allowed(
    problems: Problems, name: str, text: str, allowed: str
) -> None:
    variable = f"LOADLIB_{name.upper()}"
    (line,) = problems(environ={variable: text})
    assert line.startswith(f"{name}: ")
    assert repr(text) in line
    assert f"{variable} in the environment" in line
    assert allowed in line
    assert "\n" not in line


@pytest.mark.parametrize("kind", ["users", "timeout_s", "think_time_factor", "web_port", "processes"])
def test_true_in_the_settings_file_is_no_number(problems: Problems, kind: str) -> None:
    (line,) = problems(toml=f"{kind} = true\n")
    assert line.startswith(f"{kind}: must be a number, not true (loadlib.toml:1)")


DURATIONS = [("1m30s", 90.0), ("250ms", 0.25), ("1h", 3600.0), ("2d", 172800.0), ("45", 45.0), ("1.5s", 1.5)]


@pytest.mark.parametrize(("text", "seconds"), DURATIONS)
def test_duration_is_read_as_people_write_it_and_a_bare_number_is_seconds(
    load: Load, text: str, seconds: float
) -> None:
    assert load(environ={"LOADLIB_DURATION": text}).duration == seconds
    assert load({"timeout_s": text, "connect_timeout_s": "100ms"}).timeout_s == seconds


def test_number_in_the_settings_file_is_seconds(load: Load) -> None:
    assert load(toml="duration = 90\n").duration == 90.0


def test_url_loses_its_trailing_slash_and_keeps_its_path(load: Load) -> None:
    assert load({"base_url": "https://example.com/agents/"}).base_url == "https://example.com/agents"


UNKNOWN = [
    (
        {"environ": {"LOADLIB_BASEURL": "http://x"}},
        "LOADLIB_BASEURL in the environment",
        "'LOADLIB_BASE_URL'",
    ),
    ({"environ": {"loadlib_users": "5"}}, "loadlib_users in the environment", "'LOADLIB_USERS'"),
    ({"dotenv": "LOADLIB_USER=5\n"}, "LOADLIB_USER in .env", "'LOADLIB_USERS'"),
    ({"toml": "profile = 'load'\nuser = 5\n"}, "loadlib.toml:2", "'users'"),
    ({"toml": "\n[timeouts]\nx = 5\n"}, "loadlib.toml:2", "unknown setting 'timeouts'"),
    ({"overrides": {"user": 5}}, "user: unknown setting", "'users'"),
]


@pytest.mark.parametrize(("sources", "place", "hint"), UNKNOWN)
def test_unknown_name_is_a_problem_with_its_place_and_a_suggestion(
    problems: Problems, sources: dict[str, dict[str, str]], place: str, hint: str
) -> None:
    (line,) = problems(**sources)  # type: ignore[arg-type]
    assert line.startswith(place)
    assert hint in line


FOREIGN = {
    "LOADLIB_DEBUG": "1",
    "LOADLIB_TARGET_PORT": "9000",
    "LOADLIB_METRICS_API_KEY": "k",
    "LOADLIB_SERVICE_HOST": "10.0.0.1",
    "LOADLIB_MASTER_SERVICE_PORT_WEB": "8089",
    "LOADLIB_MASTER_PORT": "tcp://10.0.0.1:8089",
    "LOADLIB_MASTER_PORT_8089_TCP_ADDR": "10.0.0.1",
}


def test_variables_of_other_parts_and_of_kubernetes_are_no_misspelt_settings(load: Load) -> None:
    assert load(environ=FOREIGN) == load()


def test_variable_that_only_resembles_a_kubernetes_port_is_unknown(problems: Problems) -> None:
    (line,) = problems(environ={"LOADLIB_UI_PORT": "8089"})
    assert "LOADLIB_UI_PORT in the environment: unknown variable" in line


def test_dotenv_line_without_a_value_is_a_problem(problems: Problems) -> None:
    (line,) = problems(dotenv="LOADLIB_USERS\n")
    assert line == "LOADLIB_USERS in .env: no value; write LOADLIB_USERS=..."


def test_broken_settings_file_is_one_line_with_its_position(problems: Problems) -> None:
    (line,) = problems(toml="users = \n")
    assert line.startswith("loadlib.toml: cannot be read: ")
    assert "line 1" in line


@pytest.mark.parametrize("key", sorted(SECRETS))
def test_secret_in_the_settings_file_is_refused_without_showing_it(problems: Problems, key: str) -> None:
    (line,) = problems(toml=f'{key} = "top-secret"\n')
    assert f"{key} is a secret" in line
    assert f"LOADLIB_{key.upper()}" in line
    assert "top-secret" not in line


def test_settings_file_cannot_name_another(problems: Problems) -> None:
    assert problems(toml='config = "x.toml"\n') == (
        "loadlib.toml:1: a settings file cannot name another one",
    )


def test_missing_secrets_directory_is_a_problem(problems: Problems) -> None:
    (line,) = problems(environ={"LOADLIB_SECRETS_DIR": "nowhere"})
    assert line.startswith("secrets_dir: ")


def test_contradicting_waits_are_a_problem_only_when_both_were_given(load: Load, problems: Problems) -> None:
    assert load({"timeout_s": 2}).connect_timeout_s == 5.0
    (line,) = problems({"timeout_s": 2, "connect_timeout_s": 3})
    assert line.startswith("connect_timeout_s: must not exceed timeout_s, 2, but is 3")
    (line,) = problems({"stream_timeout_s": 2, "idle_timeout_s": 3})
    assert line.startswith("idle_timeout_s: must not exceed stream_timeout_s")


def test_tls_is_verified_unless_switched_off_by_name(load: Load, problems: Problems, tmp_path: Path) -> None:
    assert load().verify_tls is True
    assert load(environ={"LOADLIB_INSECURE_SKIP_TLS_VERIFY": "true"}).verify_tls is False
    (tmp_path / "ca.pem").write_text("x")
    (line,) = problems({"ca_file": "ca.pem", "insecure_skip_tls_verify": True})
    assert line.startswith("insecure_skip_tls_verify: cannot be combined with ca_file")


BAD_TOKENS = [
    ("test-token", "the placeholder 'test-token' is refused"),
    ("Bearer abc", "the token alone, without the word 'Bearer'"),
    ("two words", "visible ASCII"),
    ("new\nline", "visible ASCII"),
    ("a;b", "visible ASCII"),
    ("schlüssel", "visible ASCII"),
]


@pytest.mark.parametrize("name", ["auth_token", "session_token", "ccr_api_key"])
@pytest.mark.parametrize(("token", "allowed"), BAD_TOKENS)
def test_token_that_cannot_work_is_refused_without_showing_it(
    problems: Problems, name: str, token: str, allowed: str
) -> None:
    (line,) = problems({name: token})
    assert allowed in line
    assert "not ******** (the command line)" in line
    if token != "test-token":
        assert token not in line


SECRET = "s3cret-Value-0123456789-abcdefghij"


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_secret_is_in_no_representation(load: Load, name: str, tmp_path: Path) -> None:
    """Alone, and as the password inside a list of certificates."""
    (tmp_path / "client.pem").touch()
    certificates = f'[{{"domains": ["*"], "cert": "client.pem", "password": "{SECRET}"}}]'
    text = certificates if name == "client_certs" else SECRET
    settings = load(environ={f"LOADLIB_{name.upper()}": text})
    value = getattr(settings, name)
    assert isinstance(value, SecretStr)
    assert value.get_secret_value() == text
    for text in (repr(settings), str(settings), str(masked(settings)), str(settings.model_dump())):
        assert SECRET not in text
    assert masked(settings)[name] == "********"
    assert masked(load())[name] == "not set"


def test_credentials_in_a_url_are_refused_without_showing_them(problems: Problems) -> None:
    (line,) = problems({"api_url": f"https://user:{SECRET}@example.com"})
    assert "carry no credentials" in line
    assert SECRET not in line
    assert "https://***@example.com" in line


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:a/{SECRET}@example.com",
        f"http://user:a#{SECRET}@example.com",
        f"http://user:a?{SECRET}@example.com",
        f"user:{SECRET}@example.com",
        f"//us@er:{SECRET}/@example.com",
        f"http:user:{SECRET}@example.com",
        f"http://user:{SECRET}@exa mple.com",
    ],
)
def test_url_that_is_none_is_refused_without_showing_its_credentials(problems: Problems, url: str) -> None:
    """Wherever an unescaped delimiter in the password, or the lack of a scheme, puts them."""
    (line,) = problems({"base_url": url})
    assert SECRET not in line
    assert "***@exa" in line


def test_url_is_shown_whole_where_it_has_no_credentials(load: Load) -> None:
    for url in ("http://example.com:8443/mail@x", "http://[::1]:8443/mail@x", "http://example.com/mail@x"):
        assert masked(load({"base_url": url}))["base_url"] == url


def test_masked_names_every_setting(load: Load) -> None:
    shown = masked(load({"require_all": True}))
    assert set(shown) == set(Settings.model_fields)
    assert (shown["users"], shown["require_all"], shown["timeout_s"]) == ("not set", "true", "30")


def test_long_value_is_cut_in_the_error(problems: Problems) -> None:
    (line,) = problems({"profile": "x" * 5000})
    assert len(line) < 250


def test_values_handed_to_a_child_process_mean_the_same_there(load: Load) -> None:
    overrides = {
        "users": 3, "duration": 90.5, "require_all": True, "thresholds": Path("t.yaml"), "seed": None,
        "base_url": "http://127.0.0.1:9000", "jwt_secret": SecretStr("x" * 32), "api_prefix": "",
    }  # fmt: skip
    assert load(environ=to_environment(overrides)).model_dump() == load(overrides).model_dump()
    assert "LOADLIB_SEED" not in to_environment(overrides)


def test_every_setting_has_a_variable_and_a_description() -> None:
    assert sorted(VARIABLES.values()) == sorted(Settings.model_fields)
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_example_file_names_only_settings_and_loads(tmp_path: Path) -> None:
    """Each commented assignment of .env.example is a variable that exists, with a value it accepts."""
    example = Path(__file__).resolve().parents[3] / ".env.example"
    lines = [line.removeprefix("# ") for line in example.read_text().splitlines()]
    assignments = [line for line in lines if line.startswith("LOADLIB_") and "=" in line]
    assert assignments
    for line in assignments:
        name, _, value = line.partition("=")
        if ".pem" not in value and not value.endswith((".csv", "secrets", ".toml")):
            load_settings(environ={name: value}, cwd=tmp_path)
        assert name in VARIABLES
