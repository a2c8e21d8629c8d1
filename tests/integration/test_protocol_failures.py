"""Every failure a peer can cause is counted as exactly its kind, from the socket to the snapshot.

The tables map the reference platform's modes to what must be counted. The calls are those of the suite's
user clients, over real connections; a case is one user with one recording session.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from loadlib.protocols.failures import KINDS
from tests.integration.bench import fetch
from tests.integration.protocol_calls import Call, Case, Recorded, play
from tests.integration.protocol_modes import (
    A2A,
    A2A_ONLY_1_0,
    A2A_SOFT,
    AGUI,
    AGUI_SOFT,
    CARD,
    CARD_GOOD,
    LISTING,
    PROVIDER,
    RPC,
    SEND,
    SEND_HARMLESS,
    SEND_ONLY_1_0,
    STREAM_TIMES,
    TEAM,
    TEAM_SOFT,
)
from tests.support import TargetServer, free_port, start_target
from tests.support.process import REPOSITORY

DIALECTS = ("1.0", "0.3")
WAITS = {"stream_timeout_s": 60, "idle_timeout_s": 60, "timeout_s": 60, "max_retry_after_s": 0}
"""Longer than a busy machine takes for what does come."""
LIMITS = {
    "stream_timeout": {"stream_timeout_s": 4, "idle_timeout_s": 4},
    "idle_timeout": {"idle_timeout_s": 1.2},
    "timeout": {"timeout_s": 3},
}
"""For what never comes or has no end: the one limit by which it must be found out."""
WORDS = {"stall": " stall=100 chunks=2"}
"""What a mode needs besides its name to be quick."""

EXEMPT = {
    "history_too_long": "users set no history length; the answer's judge is tested by itself",
    "outcome_success": "only where an interrupt is expected, and no user expects one",
    "unexpected_message": "only where a state is expected that a message cannot have, and no user does",
}
"""Kinds that no peer can cause in the calls of the suite's users, with the reason."""

REALTIME = {
    "tests/unit/users/test_realtime.py": (
        "connection_failed",
        "invalid_token",
        "no_status",
        "token_required",
        "too_many_connections",
    ),
    "tests/unit/users/test_realtime_ends.py": ("disconnected", "engineio", "socketio"),
    "tests/unit/protocols/test_protocols_realtime.py": ("refused",),
    "tests/unit/protocols/test_protocols_socketio_client.py": ("connect_error",),
}
"""Kinds of the realtime gateway, by the tests that cause them."""

UNHEALTHY = {
    "app_unhealthy": ["rpc", "navi", "health"],
    "empty_card": ["rpc", "navi", "capabilities"],
    "rpc_error:-32601": ["rpc", "dashboard", "health"],
}
"""Kinds by the call that causes them at the platform as it literally is."""

AS_REQUEST = {"http_status": "server_error", "stream_timeout": "timeout"}
"""Kinds of streams that failed by connection or status, and what the client calls them."""

Row = tuple[str, Call, str]


def _text(mode: str) -> str:
    return f"mode={mode}{WORDS.get(mode, '')}"


def _streams(table: Mapping[str, str], a2a: Mapping[str, str], team: Mapping[str, str]) -> Iterator[Row]:
    for mode, expected in table.items():
        yield f"agui-{mode}", ["agui", _text(mode)], expected
    for dialect in DIALECTS:
        for mode, expected in a2a.items():
            yield f"a2a-{dialect}-{mode}", ["a2a", dialect, _text(mode)], expected
    for mode, expected in team.items():
        yield f"team-{mode}", ["team", _text(mode)], expected


def _failing_streams() -> Iterator[Row]:
    yield from _streams(AGUI, A2A, TEAM)
    for mode, expected in A2A_ONLY_1_0.items():
        yield f"a2a-1.0-{mode}", ["a2a", "1.0", _text(mode)], expected


def _failing_answers() -> Iterator[Row]:
    for mode, expected in RPC.items():
        yield f"rpc-{mode}", ["rpc", "navi", "run", _text(mode)], expected
    for dialect in DIALECTS:
        for mode, expected in SEND.items():
            yield f"send-{dialect}-{mode}", ["a2a", dialect, _text(mode), "send"], expected
    for mode, expected in SEND_ONLY_1_0.items():
        yield f"send-1.0-{mode}", ["a2a", "1.0", _text(mode), "send"], expected
    yield "get-of-no-task", ["a2a", "1.0", "no-such-task", "get"], "rpc_error:-32001"
    yield "cancel-of-no-task", ["a2a", "0.3", "no-such-task", "cancel"], "rpc_error:-32001"
    for mode, expected in CARD.items():
        yield f"card-{mode}", ["card", f"/__target/cards/{mode}/.well-known/agent-card.json"], expected


STREAMS = list(_failing_streams())
ANSWERS = list(_failing_answers())
GOOD = [(name, call, soft) for name, call, soft in _streams(AGUI_SOFT, A2A_SOFT, TEAM_SOFT)]


def _ids(rows: list[Row]) -> list[str]:
    return [name for name, _, _ in rows]


@pytest.fixture(scope="module")
def recorded(target_server: TargetServer) -> Mapping[str, Recorded]:
    """Return what each row of the tables left behind; those that meet a limit are played by themselves."""
    played: dict[str, Recorded] = {}
    rows = [*STREAMS, *ANSWERS, *GOOD]
    for limited in (False, True):
        some = [row for row in rows if (row[2] in LIMITS) is limited]
        cases = [Case([call], {**WAITS, **LIMITS.get(expected, {})}) for _, call, expected in some]
        played |= zip(_ids(some), play(target_server.env, cases), strict=True)
    return played


@pytest.mark.parametrize(("name", "expected"), [(n, e) for n, _, e in STREAMS], ids=_ids(STREAMS))
def test_failing_stream_is_counted_as_its_kind_and_no_other(
    recorded: Mapping[str, Recorded], name: str, expected: str
) -> None:
    """A failing status or connection is the client's kind as a request, as it is for any other request."""
    run = recorded[name]
    as_request = AS_REQUEST.get(expected, expected)
    assert run.tally("stream_failures", "kind") == {expected: 1}
    assert run.failure_kinds == {as_request: 1}
    assert run.tally("http_reqs", "error_kind") == {as_request: 1}
    assert run.rate("stream_failed") == (1, 1)
    assert run.rate("http_req_failed")[0] == 1
    assert run.rate("http_req_throttled")[0] == 0
    assert run.total("streams") == 1


@pytest.mark.parametrize("name", _ids(STREAMS))
def test_failing_stream_enters_no_latency(recorded: Mapping[str, Recorded], name: str) -> None:
    run = recorded[name]
    fed = [metric for metric in STREAM_TIMES if run.count(metric)]
    assert run.rate("stream_failed") == (1, 1)
    assert fed == []


@pytest.mark.parametrize(("name", "soft"), [(n, s) for n, _, s in GOOD], ids=_ids(GOOD))
def test_good_stream_completes_and_keeps_its_findings_soft(
    recorded: Mapping[str, Recorded], name: str, soft: str
) -> None:
    run = recorded[name]
    assert run.failure_kinds == {}
    assert run.rate("stream_failed") == (0, 1)
    assert run.rate("http_req_failed")[0] == 0
    assert sorted(run.tally("stream_findings", "kind")) == soft.split()
    assert all(run.count(metric) == 1 for metric in STREAM_TIMES if metric != "stream_chunk_gap")


@pytest.mark.parametrize("name", _ids([*STREAMS, *GOOD]))
def test_stream_is_not_in_http_req_duration(recorded: Mapping[str, Recorded], name: str) -> None:
    run = recorded[name]
    protocol = name.partition("-")[0]
    assert run.count("http_reqs", protocol=protocol) == 1
    assert run.count("http_req_duration", protocol=protocol) == 0
    assert run.count("http_req_receiving", protocol=protocol) == 0


@pytest.mark.parametrize(("name", "expected"), [(n, e) for n, _, e in ANSWERS], ids=_ids(ANSWERS))
def test_bad_answer_is_counted_as_its_kind_and_no_other(
    recorded: Mapping[str, Recorded], name: str, expected: str
) -> None:
    run = recorded[name]
    assert run.failure_kinds == {expected: 1}
    assert run.tally("http_reqs", "error_kind") == {expected: 1}
    assert run.rate("http_req_failed")[0] == 1
    assert run.rate("a2a_errors")[0] == 1
    assert run.count("a2a_duration") == 0


def test_throttled_is_a_kind_of_its_own_and_no_error(target_server: TargetServer) -> None:
    calls: list[Call] = [
        ["agui", "mode=http_429"],
        ["team", "mode=http_429"],
        ["a2a", "1.0", "mode=http_429"],
        ["a2a", "0.3", "mode=http_429", "send"],
        ["rpc", "navi", "run", "mode=http_429"],
    ]
    for run in play(target_server.env, [Case([call], WAITS) for call in calls]):
        assert run.failure_kinds == {"throttled": 1}
        assert run.tally("http_reqs", "error_kind") == {"throttled": 1}
        assert run.rate("http_req_throttled")[0] == 1
        assert run.rate("a2a_errors")[0] == 0
        assert run.rate("stream_failed")[0] == 0
        assert run.tally("stream_failures", "kind") == {}


def test_reply_of_a_failed_call_never_looks_good(target_server: TargetServer) -> None:
    """What the scenario gets back says the same as what was counted, also when no answer could be judged."""
    texts = ["mode=http_500", "mode=truncate", "mode=bad_json", "mode=http_429"]
    cases = [Case([["a2a", "1.0", text, "send"]], WAITS) for text in texts]
    returned = [run.returned[0] for run in play(target_server.env, cases)]
    assert [text for text, reply in zip(texts, returned, strict=True) if reply == "None"] == []


def test_wrong_discovery_body_is_counted_as_its_kind(target_server: TargetServer) -> None:
    urls = [f"{target_server.base_url}/__target/cards/{mode}" for mode in LISTING]
    runs = play(target_server.env, [Case([["cards"]], {**WAITS, "base_url": url}) for url in urls])
    assert [dict(run.failure_kinds) for run in runs] == [{kind: 1} for kind in LISTING.values()]
    assert {run.rate("a2a_errors") for run in runs} == {(1, 1)}
    assert {run.count("a2a_discovery_duration") for run in runs} == {0}


@pytest.fixture(scope="module")
def literal_platform() -> Iterator[TargetServer]:
    """Return the platform with the agents as they literally are, and an AG-UI that never answers."""
    agents = ("--pm-health", "literal", "--dashboard-rpc", "literal")
    with start_target(*agents, "--error", "POST /agui=1:hang") as server:
        yield server


def test_unhealthy_agents_are_not_counted_as_good(literal_platform: TargetServer) -> None:
    runs = play(literal_platform.env, [Case([call], WAITS) for call in UNHEALTHY.values()])
    assert [dict(run.failure_kinds) for run in runs] == [{kind: 1} for kind in UNHEALTHY]
    assert {run.rate("a2a_errors") for run in runs} == {(1, 1)}


def test_failing_model_is_a_failure_in_every_shape_it_comes_in() -> None:
    """A provider's error that is delivered as content, or as nothing at all, is no success anywhere."""
    calls: list[Call] = [
        ["agui", "mode=provider"],
        ["team", "mode=provider"],
        ["rpc", "navi", "run", "mode=provider"],
        ["a2a", "1.0", "mode=provider"],
        ["a2a", "0.3", "mode=provider", "send"],
    ]
    with ExitStack() as stack:
        servers = [stack.enter_context(start_target("--provider-failure", shape)) for shape in PROVIDER]
        cases = [Case([c], {**WAITS, "base_url": s.base_url}) for s in servers for c in calls]
        kinds = [list(run.failure_kinds) for run in play({}, cases)]
    found = {shape: [kinds.pop(0) for _ in calls] for shape in PROVIDER}
    assert found == {shape: [[kind] for kind in (*row, row[-1])] for shape, row in PROVIDER.items()}


def test_refused_connection_is_a_transport_failure_that_says_so(target_server: TargetServer) -> None:
    settings = {"base_url": f"http://127.0.0.1:{free_port()}"}
    stream, page = play(
        target_server.env, [Case([["agui", "hello"]], settings), Case([["poll"]], settings | _web())]
    )
    assert stream.tally("stream_failures", "kind") == {"transport:connect_refused": 1}
    assert stream.failure_kinds == {"connect_refused": 1}
    assert stream.rate("stream_failed") == (1, 1)
    assert page.failure_kinds == {"connect_refused": 1}
    assert page.rate("dashboard_errors") == (1, 1)
    assert page.count("dashboard_poll_duration") == 0


def _web() -> Mapping[str, str]:
    return {"web_url": f"http://127.0.0.1:{free_port()}"}


def test_team_run_beyond_the_token_limit_is_a_failure_and_not_throttled() -> None:
    with start_target("--tokens-remaining", "12") as server:
        [run] = play(server.env, [Case([["team", "hello"]])])
    assert run.tally("stream_failures", "kind") == run.failure_kinds == {"token_limit": 1}
    assert run.rate("http_req_throttled") == (0, 1)
    assert run.rate("stream_failed") == (1, 1)


def test_head_that_never_comes_is_a_transport_failure(literal_platform: TargetServer) -> None:
    [run] = play(literal_platform.env, [Case([["agui", "hello"]], {**WAITS, "timeout_s": 0.5})])
    assert run.tally("stream_failures", "kind") == {"transport:timeout": 1}


def test_tables_name_every_mode_of_the_target(target_server: TargetServer) -> None:
    """A mode that is added to the target has to be given its meaning here."""
    modes = json.loads(fetch(f"{target_server.base_url}/__target/modes"))
    named = {
        "agui": {*AGUI, *AGUI_SOFT, "http_429"},
        "a2a": {*A2A, *A2A_ONLY_1_0, *A2A_SOFT, "http_429"},
        "team": {*TEAM, *TEAM_SOFT, "http_429"},
        "rpc": {*RPC, "http_429"},
        "a2a_answers": {*SEND, *SEND_ONLY_1_0, *SEND_HARMLESS, "http_429"},
        "cards": {*CARD, *CARD_GOOD, *LISTING},
    }
    assert {protocol: set(modes[protocol]) ^ named[protocol] for protocol in modes} == {
        protocol: set() for protocol in named
    }


def test_tables_cover_every_kind_that_a_peer_can_cause() -> None:
    tables = [AGUI, A2A, A2A_ONLY_1_0, TEAM, RPC, SEND, SEND_ONLY_1_0, CARD, LISTING]
    caused = {kind.partition(":")[0] for table in tables for kind in table.values()}
    caused |= {kind.partition(":")[0] for kind in UNHEALTHY}
    caused |= {"transport", "throttled", "token_limit"}
    for path, kinds in REALTIME.items():
        tested = (REPOSITORY / path).read_text()
        assert [kind for kind in kinds if f'"{kind}"' not in tested] == []
        caused |= set(kinds)
    assert set(KINDS) - caused == set(EXEMPT)
