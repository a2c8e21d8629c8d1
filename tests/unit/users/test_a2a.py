"""A2A as a card offers it: which dialects are spoken, where, for which tenant, and late cancels."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from loadlib.protocols.a2a.dialect import Dialect
from loadlib.users.a2a import A2AAgent
from loadlib.users.interface_place import Place, place_of
from tests.unit.users.support import Asked, Script, Served, recorded_user, reply, server

CARD_PATH = "/card.json"
NEW, OLD = Dialect.V1_0, Dialect.V0_3
COMMON: dict[str, Any] = {
    "name": "echo",
    "description": "d",
    "version": "1",
    "capabilities": {"streaming": True},
    "defaultInputModes": [],
    "defaultOutputModes": [],
    "skills": [],
}


def interface(url: str, version: str = "1.0", **more: str) -> dict[str, str]:
    """Return one entry of ``supportedInterfaces``."""
    return {"url": url, "protocolBinding": "JSONRPC", "protocolVersion": version, **more}


def agent(*interfaces: dict[str, str], answer: Callable[[Any], object] | None = None) -> Script:
    """Return a script that serves a card and answers calls; ``{origin}`` in a URL is the server's own."""

    def script(asked: Asked, served: Served) -> list[bytes]:
        if not asked.body:
            card = json.dumps({**COMMON, "supportedInterfaces": interfaces})
            return [reply(card.replace("{origin}", served.url).encode())]
        call = json.loads(asked.body)
        body = answer(call) if answer else {"error": {"code": -32603, "message": "no"}}
        return [reply(json.dumps({"jsonrpc": "2.0", "id": call["id"], **dict(body)}).encode())]  # type: ignore[call-overload]

    return script


@pytest.mark.parametrize(
    ("interfaces", "dialects"),
    [
        ([interface("{origin}/a")], (NEW,)),
        ([interface("{origin}/a", "0.3")], (OLD,)),
        ([interface("{origin}/a"), interface("{origin}/a", "0.3")], (NEW, OLD)),
        ([interface("{origin}/a"), interface("{origin}/b")], (NEW,)),
    ],
)
def test_only_dialects_that_the_card_offers_are_spoken(
    interfaces: list[dict[str, str]], dialects: tuple[Dialect, ...]
) -> None:
    with server(agent(*interfaces)) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        a2a = A2AAgent(user, CARD_PATH)
        assert a2a.dialects() == dialects
        for dialect in {NEW, OLD} - set(dialects):
            failure = a2a.send(dialect, "hi").failure
            assert failure is not None
            assert failure.kind == "no_interface"
            assert a2a.stream(dialect, "hi") is None
        user.on_stop()
    assert [asked.target for asked in platform.asked] == [CARD_PATH]
    assert recorded().rate("a2a_errors") == (0, 1)


def test_tenant_is_in_every_request_to_its_interface() -> None:
    with server(agent(interface("{origin}/a", tenant="acme"), interface("{origin}/a", "0.3"))) as platform:
        user, _ = recorded_user(base_url=platform.url)
        a2a = A2AAgent(user, CARD_PATH)
        for dialect in (NEW, OLD):
            a2a.send(dialect, "hi")
            a2a.send(dialect, "hi", wait=False)
            a2a.get(dialect, "task-1")
            a2a.cancel(dialect, "task-1")
            a2a.stream(dialect, "hi")
        user.on_stop()
    tenants = [json.loads(asked.body)["params"].get("tenant") for asked in platform.asked[1:]]
    assert tenants == ["acme"] * 5 + [None] * 5


@pytest.mark.parametrize(
    ("url", "base_url", "place"),
    [
        ("http://h:1/a2a/x", "http://h:1", Place("/a2a/x", "/a2a/x", False)),
        ("http://h:1/a2a/x?k=1&l", "http://h:1", Place("/a2a/x?k=1&l", "/a2a/x", False)),
        ("http://h:1/os/a2a/x?k=1", "http://h:1/os", Place("/a2a/x?k=1", "/a2a/x", False)),
        ("http://h:1/os", "http://h:1/os", Place("/", "/", False)),
        ("http://h:1/osx/a", "http://h:1/os", Place("http://h:1/osx/a", "/osx/a", False)),
        ("http://wrong:7777/a2a/x?k=1", "http://h:1/os", Place("/a2a/x?k=1", "/a2a/x", True)),
        ("https://h:1/os/a2a/x", "http://h:1/os", Place("/a2a/x", "/a2a/x", True)),
        ("http://h", "http://h:80", Place("/", "/", False)),
        ("/a2a/x", "http://h:1/os", Place("/a2a/x", "/a2a/x", False)),
        ("a2a/x", "http://h:1", Place("/a2a/x", "/a2a/x", False)),
        ("ftp://h/a2a/x", "http://h:1", Place("/a2a/x", "/a2a/x", True)),
    ],
)
def test_interface_keeps_path_and_query_and_takes_the_platforms_origin(
    url: str, base_url: str, place: Place
) -> None:
    assert place_of(url, base_url) == place


def test_wrong_origin_of_a_card_is_said_once_and_never_followed() -> None:
    with server(agent()) as stranger, server(agent(interface(f"{stranger.url}/a2a/x?k=1"))) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        a2a = A2AAgent(user, CARD_PATH)
        a2a.send(NEW, "hi")
        a2a.send(NEW, "hi")
        user.on_stop()
    run = recorded()
    assert stranger.asked == []
    assert [asked.target for asked in platform.asked] == [CARD_PATH, "/a2a/x?k=1", "/a2a/x?k=1"]
    assert run.tally("a2a_findings", "kind") == {"foreign_origin": 1}
    assert run.count("http_reqs", endpoint="POST /a2a/x#1.0:send") == 2


def test_right_origin_of_a_card_is_no_finding() -> None:
    with server(agent(interface("{origin}/a"))) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        assert A2AAgent(user, CARD_PATH).card() is not None
        user.on_stop()
    assert recorded().count("a2a_findings") == 0


def test_interface_whose_url_is_none_makes_the_card_useless() -> None:
    with server(agent(interface("http://[bad/a"))) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        assert A2AAgent(user, CARD_PATH).card() is None
        user.on_stop()
    assert recorded().failure_kinds == {"bad_shape": 1}


def test_cancel_that_came_too_late_is_neither_good_nor_bad() -> None:
    def too_late(_call: object) -> object:
        return {"error": {"code": -32002, "message": "Task cannot be canceled"}}

    with server(agent(interface("{origin}/a"), answer=too_late)) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        assert A2AAgent(user, CARD_PATH).cancel(NEW, "task-1").neutral
        user.on_stop()
    run = recorded()
    assert run.total("a2a_neutral", operation="cancel") == 1
    assert run.count("a2a_errors", operation="cancel") == run.count("a2a_duration") == 0
    assert run.rate("http_req_failed") == (0, 2)


def test_card_that_cannot_be_had_is_asked_for_once_a_call() -> None:
    with server(lambda _asked, _served: [reply(b"{}", 404)]) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        assert A2AAgent(user, CARD_PATH).send(NEW, "hi").failure is not None
        user.on_stop()
    assert [asked.target for asked in platform.asked] == [CARD_PATH]
    assert recorded().rate("a2a_errors") == (1, 1)
