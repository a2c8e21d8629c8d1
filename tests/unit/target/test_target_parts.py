"""The kernel without a server: seeded behaviour, percentiles, credentials, templates, trace contexts."""

import math
import random

import jwt
import pytest

from loadlib.target import truth as truth_module
from loadlib.target.behaviour import Behaviour
from loadlib.target.context import Credentials
from loadlib.target.credentials import Tenant, TokenRefusedError
from loadlib.target.middleware import UNMATCHED, RouteTable
from loadlib.target.options import TargetOptions
from loadlib.target.rules import parse_error_rule, parse_latency_rule, parse_stream_fault_rule
from loadlib.target.traces import TRACES_LIMIT, TraceContext, Traces, parse_traceparent
from loadlib.target.truth import OVERFLOW_ROUTE, Truth, Values

ROUTE_A = ("agentos", "GET", "/a", "/a")
ROUTE_B = ("agentos", "GET", "/b", "/b")


def behaviour(seed: int) -> Behaviour:
    return Behaviour(
        TargetOptions(
            seed=seed,
            latency=(parse_latency_rule("/*=uniform:0s:1s"),),
            errors=(parse_error_rule("/*=0.3:500"),),
            stream_faults=(parse_stream_fault_rule("agui=truncate:0.5"),),
        )
    )


def test_same_seed_gives_the_same_decisions_and_another_seed_others() -> None:
    first, again, other = (behaviour(seed) for seed in (1, 1, 2))
    drawn = [[b.decide(*ROUTE_A) for _ in range(50)] for b in (first, again, other)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_nth_request_of_a_route_gets_the_nth_draw_whatever_other_routes_do() -> None:
    alone, mixed = behaviour(1), behaviour(1)
    expected = [alone.decide(*ROUTE_A) for _ in range(30)]
    found = []
    for _ in range(30):
        mixed.decide(*ROUTE_B)
        found.append(mixed.decide(*ROUTE_A))
    assert found == expected


def test_error_ratio_is_met_in_the_long_run() -> None:
    struck = sum(behaviour_.outcome is not None for behaviour_ in _decisions(4000))
    assert struck / 4000 == pytest.approx(0.3, abs=0.03)


def _decisions(count: int) -> list[object]:
    source = behaviour(3)
    return [source.decide(*ROUTE_A) for _ in range(count)]


def test_stream_fault_strikes_only_its_kind() -> None:
    source = behaviour(1)
    assert {source.stream_fault("agui", *ROUTE_A) for _ in range(50)} == {None, "truncate"}
    assert {source.stream_fault("team", *ROUTE_A) for _ in range(50)} == {None}


@pytest.mark.parametrize("count", [1, 2, 19, 20, 100, 1001])
def test_percentiles_are_exact_order_statistics(count: int) -> None:
    """Nearest rank: the smallest value with at least q of the values at or below it."""
    rng = random.Random(count)
    raw = [rng.random() for _ in range(count)]
    values = Values()
    for value in raw:
        values.add(value)
    summary = values.summary_ms()
    for name, quantile in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)):
        rank = max(1, math.ceil(round(quantile * count, 9)))
        assert summary[name] == pytest.approx(sorted(raw)[rank - 1] * 1000)
    assert summary["max_ms"] == pytest.approx(max(raw) * 1000)
    assert summary["mean_ms"] == pytest.approx(sum(raw) / count * 1000)
    assert summary["exact"] is True


def test_raw_values_are_bounded_and_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth_module, "RAW_VALUES_LIMIT", 100)
    values = Values()
    for number in range(1000):
        values.add(number / 1000)
    summary = values.summary_ms()
    assert summary["exact"] is False
    assert values.count == 1000
    assert summary["p50_ms"] == pytest.approx(500, abs=150)


def test_routes_beyond_the_limit_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(truth_module, "ROUTES_LIMIT", 2)
    truth = Truth()
    for key in ("a", "b", "c", "d", "c"):
        truth.record(key, 200, 0.1, None, complete=True)
    routes = truth.describe()["routes"]
    assert set(routes) == {"a", "b", OVERFLOW_ROUTE}
    assert routes[OVERFLOW_ROUTE]["count"] == 3


def test_session_token_names_its_user_and_workspace_and_nothing_forged_passes() -> None:
    credentials = Credentials(TargetOptions())
    token = credentials.session_token("user-1", "ws_1")
    assert credentials.session(token) == ("user-1", "ws_1")
    for forged in (
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        token.replace("user-1", "user-2"),
        "",
        "x",
    ):
        assert credentials.session(forged) is None
    with pytest.raises(ValueError, match="letters, digits"):
        credentials.session_token("a.b", "ws")


def test_bearer_token_tells_user_and_workspace() -> None:
    credentials = Credentials(TargetOptions())
    assert credentials.tenant(f"Bearer {credentials.jwt('u', 'w')}") == Tenant("u", "w")
    assert credentials.tenant(f"Bearer {credentials.jwt('u')}") == Tenant("u", None)
    assert credentials.tenant("Basic abc") == credentials.tenant(None) == Tenant()


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("test-token", "INVALID_TOKEN"),
        (jwt.encode({"sub": "u"}, "another secret, long enough for HS256", "HS256"), "INVALID_TOKEN"),
        (jwt.encode({"workspaceId": "w"}, TargetOptions().jwt_secret, "HS256"), "INVALID_TOKEN"),
        (jwt.encode({"sub": "u", "aud": "x"}, TargetOptions().jwt_secret, "HS256"), "INVALID_TOKEN"),
        (jwt.encode({"sub": "u", "exp": 1}, TargetOptions().jwt_secret, "HS256"), "TOKEN_EXPIRED"),
    ],
)
def test_refused_token_names_its_code(token: str, code: str) -> None:
    with pytest.raises(TokenRefusedError) as caught:
        Credentials(TargetOptions()).tenant(f"Bearer {token}")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/health", "/health"),
        ("/a2a/reference", "/a2a/reference"),
        ("/a2a/navi/rpc", "/a2a/{agent}/rpc"),
        ("/files/a/b", "/files/{path}"),
        ("/nowhere", UNMATCHED),
    ],
)
def test_route_table_finds_the_template_of_a_path(path: str, template: str) -> None:
    table = RouteTable(["/health", "/a2a/{agent}/rpc", "/a2a/reference", "/files/{path:path}"])
    assert table.template(path) == template


def test_traceparent_is_read_as_w3c_writes_it() -> None:
    header = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"
    assert parse_traceparent(header) == TraceContext("a" * 32, "b" * 16, sampled=True)
    for malformed in (b"", b"00-abc-def-01", b"00-" + b"0" * 32 + b"-" + b"b" * 16 + b"-01", header.upper()):
        assert parse_traceparent(malformed) is None


def test_remembered_traces_are_bounded() -> None:
    traces = Traces()
    for number in range(TRACES_LIMIT + 5):
        traces.record(TraceContext(f"{number:032x}", "b" * 16, sampled=True), "agentos GET /a", 200, 0.1)
    kept = traces.describe()["traces"]
    assert len(kept) == TRACES_LIMIT
    assert kept[0]["trace_id"] == f"{5:032x}"
