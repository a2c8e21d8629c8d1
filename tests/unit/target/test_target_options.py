"""Options and their command line: defaults, port layout, one line per problem, secrets kept out."""

import argparse

import pytest

from loadlib.errors import ConfigurationError
from loadlib.target import cli
from loadlib.target.context import Urls
from loadlib.target.options import TEST_JWT_SECRET, TargetOptions, port_layout


def parse(*arguments: str, **environ: str) -> TargetOptions:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return cli.options_from_arguments(parser.parse_args(arguments), environ)


def test_no_arguments_give_the_defaults() -> None:
    assert parse() == TargetOptions()


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (None, {"port": 7777, "web_port": 3000, "api_port": 3001, "ccr_port": 3456}),
        (9000, {"port": 9000, "web_port": 9001, "api_port": 9002, "ccr_port": 9003}),
        (0, {"port": 0, "web_port": 0, "api_port": 0, "ccr_port": 0}),
    ],
)
def test_one_port_lays_out_all_four(port: int | None, expected: dict[str, int]) -> None:
    assert port_layout(port) == expected


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (["--rate-limits", "on"], "rate_limit_scale", 1.0),
        (["--rate-limits", "off"], "rate_limit_scale", None),
        (["--rate-limits", "0.5"], "rate_limit_scale", 0.5),
        (["--rate-limit-identity", "global"], "rate_limit_identity", "global"),
        (["--default-limit", "off"], "default_limit", False),
        (["--literal-500", "on"], "literal_500", True),
        (["--agui", "literal"], "agui_mounted", False),
        (["--dashboard-rpc", "intent"], "dashboard_rpc", True),
        (["--ccr-health", "intent"], "ccr_health_route", True),
        (["--registry", "literal"], "agents_registered", False),
        (["--pm-health", "literal"], "pm_health", "literal"),
        (["--agent-metrics", "off"], "agent_metrics_written", False),
        (["--traceparent", "off"], "traceparent", False),
        (["--provider-failure", "empty-run"], "provider_failure", "empty_run"),
        (["--business-lookup", "foreign"], "business_lookup", "foreign"),
        (["--api-prefix", ""], "api_prefix", ""),
        (["--lookup-timeout", "50ms"], "lookup_timeout_s", 0.05),
        (["--services", "agentos, ccr"], "services", ("agentos", "ccr")),
        (["--tokens-remaining", "250"], "tokens_remaining", 250),
        (["--web-demo-data", "off"], "web_demo_data", False),
        (["--state-updates", "literal"], "state_updates_literal", True),
        (["--sockets-per-user", "2"], "sockets_per_user", 2),
        (["--ccr-unavailable", "claude,gemini"], "ccr_unavailable", ("claude", "gemini")),
    ],
)
def test_argument_sets_its_option(arguments: list[str], field: str, value: object) -> None:
    assert getattr(parse(*arguments), field) == value


def test_every_problem_of_the_command_line_is_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(
            "--latency", "x", "--error", "y", "--stream-fault", "z", "--model", "w", "--rate-limits", "maybe"
        )
    flags = {"--latency", "--error", "--stream-fault", "--model", "--rate-limits"}
    assert {line.partition(":")[0] for line in caught.value.problems} == flags


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"port": 70000}, "port 70000"),
        ({"jwt_secret": "short"}, "jwt_secret has 5 bytes"),
        ({"rate_limit_scale": 0.0}, "must be above 0"),
        ({"api_prefix": "api/"}, "must start with /"),
        ({"services": ("moon",)}, "unknown services"),
    ],
)
def test_impossible_option_is_refused(wrong: dict[str, object], part: str) -> None:
    with pytest.raises(ConfigurationError, match=part):
        TargetOptions(**wrong)  # type: ignore[arg-type]


def test_secrets_come_from_the_environment_and_are_shown_nowhere() -> None:
    secret = "another-secret-of-more-than-thirty-two-bytes"
    options = parse(LOADLIB_JWT_SECRET=secret)
    assert options.jwt_secret == secret
    assert secret not in repr(options)
    assert secret not in str(options.describe())
    assert secret not in "\n".join(cli.ready_lines(options, Urls(agentos="http://127.0.0.1:1")))


def test_ready_lines_are_shell_assignments_with_the_test_secrets() -> None:
    lines = cli.ready_lines(TargetOptions(), Urls(agentos="http://127.0.0.1:1", web="http://127.0.0.1:2"))
    assert lines[:2] == ["LOADLIB_BASE_URL=http://127.0.0.1:1", "LOADLIB_WEB_URL=http://127.0.0.1:2"]
    assert f"LOADLIB_JWT_SECRET={TEST_JWT_SECRET}" in lines
    assert lines[-1].startswith("# rate limits: off")
