"""Reading agent cards: which dialect to speak and where, for every shape a card can have."""

import json
from typing import Any

import pytest

from loadlib.protocols.a2a.card import CardInfo, Interface, read_card
from loadlib.protocols.a2a.dialect import Dialect, headers

COMMON: dict[str, Any] = {
    "name": "Echo",
    "description": "says it again",
    "version": "1.2.3",
    "capabilities": {"streaming": True},
    "defaultInputModes": ["text/plain"],
    "defaultOutputModes": ["text/plain"],
    "skills": [{"id": "echo", "name": "Echo", "description": "d", "tags": []}],
}


def interface(
    url: str = "http://127.0.0.1:9/rpc", binding: str = "JSONRPC", version: str = "1.0"
) -> dict[str, Any]:
    """Return one entry of ``supportedInterfaces``."""
    return {"url": url, "protocolBinding": binding, "protocolVersion": version}


MODERN = {**COMMON, "supportedInterfaces": [interface()]}
OLD = {**COMMON, "protocolVersion": "0.3.0", "url": "http://127.0.0.1:9/old"}


NEW, OLDER = Dialect.V1_0, Dialect.V0_3
RPC, OLD_URL = "http://127.0.0.1:9/rpc", "http://127.0.0.1:9/old"
OTHERS = [{"transport": "HTTP+JSON", "url": "x"}, {"transport": "JSONRPC", "url": "y"}, "z"]


@pytest.mark.parametrize(
    ("card", "offered"),
    [
        (MODERN, [(NEW, RPC)]),
        (OLD, [(OLDER, OLD_URL)]),
        ({**OLD, "protocolVersion": "0.3"}, [(OLDER, OLD_URL)]),
        ({**OLD, **MODERN}, [(NEW, RPC), (OLDER, OLD_URL)]),
        ({**OLD, **MODERN, "protocolVersion": "1.0"}, [(NEW, RPC)]),
        ({**MODERN, "url": OLD_URL}, [(NEW, RPC)]),
        ({**MODERN, "x-unknown": {"deep": [1]}}, [(NEW, RPC)]),
        ({**OLD, "supportedInterfaces": []}, [(OLDER, OLD_URL)]),
        (
            {**COMMON, "supportedInterfaces": [interface("a", "GRPC"), interface("b"), interface("c")]},
            [(NEW, "b"), (NEW, "c")],
        ),
        (
            {**COMMON, "supportedInterfaces": [interface("a", version="0.3"), interface("b")]},
            [(OLDER, "a"), (NEW, "b")],
        ),
        ({**OLD, "supportedInterfaces": [interface(OLD_URL, version="0.3.0")]}, [(OLDER, OLD_URL)]),
        ({**COMMON, "supportedInterfaces": [interface("a", version="2.0"), interface("b")]}, [(NEW, "b")]),
        ({**OLD, "supportedInterfaces": [interface("a", "GRPC")]}, [(OLDER, OLD_URL)]),
        ({**OLD, "preferredTransport": "GRPC", "additionalInterfaces": OTHERS}, [(OLDER, "y")]),
        ({**OLD, "additionalInterfaces": OTHERS}, [(OLDER, OLD_URL), (OLDER, "y")]),
    ],
)
def test_every_interface_that_is_offered_and_spoken_here_is_read(
    card: dict[str, Any], offered: list[tuple[Dialect, str]]
) -> None:
    """Those of a 1.0 card in order, then 0.3's; 0.3 only where the card says so; each but once."""
    interfaces = tuple(Interface(dialect, url) for dialect, url in offered)
    assert read_card(json.dumps(card)) == (CardInfo("Echo", interfaces, streaming=True), None)


def test_the_tenant_of_an_interface_is_kept() -> None:
    """It must be echoed in every request to that interface, and to no other."""
    info, _ = read_card(
        {**COMMON, "supportedInterfaces": [{**interface("a"), "tenant": "acme"}, interface("b")]}
    )
    assert info is not None
    assert [(one.url, one.tenant) for one in info.interfaces] == [("a", "acme"), ("b", "")]


@pytest.mark.parametrize("capabilities", [{}, {"streaming": False}, {"streaming": "yes"}])
def test_streaming_is_off_unless_the_card_says_true(capabilities: dict[str, Any]) -> None:
    """An absent flag means false."""
    info, _ = read_card({**MODERN, "capabilities": capabilities})
    assert info is not None
    assert info.streaming is False


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        *(({k: v for k, v in MODERN.items() if k != name}, "bad_shape") for name in COMMON),
        *(({k: v for k, v in OLD.items() if k != name}, "bad_shape") for name in OLD),
        ({**MODERN, "name": ""}, "bad_shape"),
        ({**MODERN, "skills": {}}, "bad_shape"),
        ({**COMMON, "supportedInterfaces": [interface(binding="GRPC")]}, "no_interface"),
        ({**COMMON, "supportedInterfaces": [interface(version="2.0")]}, "no_interface"),
        ({**COMMON, "supportedInterfaces": [interface(version="1.01")]}, "no_interface"),
        ({**COMMON, "supportedInterfaces": ["x", {}]}, "no_interface"),
        ({**OLD, "protocolVersion": "0.2.5"}, "no_interface"),
        ({**OLD, "preferredTransport": "GRPC"}, "no_interface"),
    ],
)
def test_a_bad_card_has_exactly_its_kind(card: dict[str, Any], kind: str) -> None:
    """Every required member in turn, and interfaces that are not spoken here."""
    info, failure = read_card(card)
    assert info is None
    assert failure is not None
    assert failure.kind == kind


def test_a_card_that_is_no_json_object_is_told_apart() -> None:
    """An error page and a list are different faults."""
    for body, kind in (("<html>", "bad_json"), ("[]", "not_object")):
        _, failure = read_card(body)
        assert failure is not None
        assert failure.kind == kind


def test_every_1_0_request_names_its_version_and_no_0_3_request_does() -> None:
    """A 1.0 request without the header is read as 0.3 and refused."""
    assert headers(Dialect.V1_0)["A2A-Version"] == "1.0"
    assert headers(Dialect.V1_0, stream=True)["A2A-Version"] == "1.0"
    assert "A2A-Version" not in headers(Dialect.V0_3, stream=True)


def test_a_stream_is_asked_for_explicitly_and_uncompressed() -> None:
    """The media type decides the binding; compression would hold events back."""
    assert headers(Dialect.V0_3, stream=True)["Accept"] == "text/event-stream"
    assert headers(Dialect.V0_3, stream=True)["Accept-Encoding"] == "identity"
    assert headers(Dialect.V0_3)["Accept"] == "application/json"
