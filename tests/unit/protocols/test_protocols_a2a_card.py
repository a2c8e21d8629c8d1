"""Reading agent cards: which dialect to speak and where, for every shape a card can have."""

import json
from typing import Any

import pytest

from loadlib.protocols.a2a.card import CardInfo, read_card
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


@pytest.mark.parametrize(
    ("card", "dialect", "url"),
    [
        (MODERN, Dialect.V1_0, "http://127.0.0.1:9/rpc"),
        (OLD, Dialect.V0_3, "http://127.0.0.1:9/old"),
        ({**OLD, "protocolVersion": "0.3"}, Dialect.V0_3, "http://127.0.0.1:9/old"),
        ({**OLD, **MODERN}, Dialect.V1_0, "http://127.0.0.1:9/rpc"),
        ({**MODERN, "x-unknown": {"deep": [1]}}, Dialect.V1_0, "http://127.0.0.1:9/rpc"),
        ({**OLD, "supportedInterfaces": []}, Dialect.V0_3, "http://127.0.0.1:9/old"),
        (
            {**COMMON, "supportedInterfaces": [interface("a", "GRPC"), interface("b"), interface("c")]},
            Dialect.V1_0,
            "b",
        ),
        (
            {**COMMON, "supportedInterfaces": [interface("a", version="0.3"), interface("b")]},
            Dialect.V0_3,
            "a",
        ),
        (
            {**COMMON, "supportedInterfaces": [interface("a", version="2.0"), interface("b")]},
            Dialect.V1_0,
            "b",
        ),
        ({**OLD, "supportedInterfaces": [interface("a", "GRPC")]}, Dialect.V0_3, "http://127.0.0.1:9/old"),
        (
            {
                **OLD,
                "preferredTransport": "GRPC",
                "additionalInterfaces": [
                    {"transport": "HTTP+JSON", "url": "x"},
                    {"transport": "JSONRPC", "url": "y"},
                ],
            },
            Dialect.V0_3,
            "y",
        ),
    ],
)
def test_the_first_interface_that_is_spoken_here_is_chosen(
    card: dict[str, Any], dialect: Dialect, url: str
) -> None:
    """1.0 interfaces in order, then 0.3's; a merged card is read as 1.0; unknown members are ignored."""
    assert read_card(json.dumps(card)) == (CardInfo("Echo", url, dialect, streaming=True), None)


def test_the_tenant_of_the_chosen_interface_is_kept() -> None:
    """It must be echoed in every request."""
    info, _ = read_card({**COMMON, "supportedInterfaces": [{**interface(), "tenant": "acme"}]})
    assert info is not None
    assert info.tenant == "acme"


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
