"""The platform's discovery bodies: complete and well-shaped, or a named failure."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from loadlib.protocols.discovery import DEFAULT_AGENT_IDS, judge_card, judge_cards, judge_listing

Change = Callable[[dict[str, Any]], None]


def card(agent_id: str) -> dict[str, Any]:
    """Return one card of the platform's shape."""
    return {
        "@context": "https://schema.org",
        "@type": "AIAgent",
        "name": agent_id,
        "description": "an agent",
        "url": f"http://127.0.0.1:7777/a2a/{agent_id}",
        "version": "0.3.0",
        "capabilities": {"streaming": True, "pushNotifications": False},
        "skills": [{"id": "s", "name": "S", "parameters": None}],
        "documentationUrl": None,
    }


def cards() -> dict[str, Any]:
    """Return the body with every card."""
    return {"protocolVersion": "0.3.0", "agents": [card(i) for i in DEFAULT_AGENT_IDS], "discoveredAt": "now"}


def listing() -> dict[str, Any]:
    """Return the list of agents."""
    base = "http://127.0.0.1:7777/a2a"
    agents = [
        {
            "id": agent_id,
            "name": agent_id.title(),
            "description": "",
            "url": f"{base}/{agent_id}",
            "discoveryUrl": f"{base}/{agent_id}/.well-known/agent.json",
        }
        for agent_id in DEFAULT_AGENT_IDS
    ]
    return {"protocolVersion": "0.3.0", "count": len(agents), "agents": agents}


def test_good_bodies_pass() -> None:
    """As objects and as bytes."""
    assert judge_cards(cards()) == (cards(), None)
    assert judge_cards(json.dumps(cards()).encode()) == (cards(), None)
    assert judge_listing(listing()) == (listing(), None)
    assert judge_card(card("navi"), "navi") == (card("navi"), None)


def test_other_ids_and_versions_can_be_expected() -> None:
    """Another deployment has other agents; more agents than expected are no fault."""
    body = {"protocolVersion": "1.0", "agents": [card("x"), card("y")]}
    assert judge_cards(body, ["x"], "1.0")[1] is None
    _, failure = judge_cards(body, ["x", "z"], "1.0")
    assert failure is not None
    assert failure.kind == "missing_agent"
    assert "z" in failure.detail


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda b: b.update(protocolVersion="0.2.0"), "bad_shape"),
        (lambda b: b.pop("protocolVersion"), "bad_shape"),
        (lambda b: b.update(agents={}), "bad_shape"),
        (lambda b: b.update(agents=["navi"]), "bad_shape"),
        (lambda b: b["agents"][1].pop("url"), "bad_shape"),
        (lambda b: b["agents"][1].update(name=""), "bad_shape"),
        (lambda b: b["agents"][1].update(capabilities=None), "bad_shape"),
        (lambda b: b["agents"][1].pop("skills"), "bad_shape"),
        (lambda b: b["agents"].append(card("navi")), "bad_shape"),
        (lambda b: b["agents"].pop(), "missing_agent"),
        (lambda b: b.update(agents=[]), "missing_agent"),
    ],
)
def test_a_bad_body_of_cards_has_exactly_its_kind(change: Change, kind: str) -> None:
    """Each change to the good body."""
    body = cards()
    change(body)
    result, failure = judge_cards(body)
    assert result is None
    assert failure is not None
    assert failure.kind == kind


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda b: b.update(count=3), "bad_shape"),
        (lambda b: b.pop("count"), "bad_shape"),
        (lambda b: b["agents"][0].pop("discoveryUrl"), "bad_shape"),
        (lambda b: b["agents"][0].update(id=7), "bad_shape"),
        (lambda b: b["agents"][0].update(id="other"), "missing_agent"),
    ],
)
def test_a_bad_listing_has_exactly_its_kind(change: Change, kind: str) -> None:
    """Each change to the good listing."""
    body = listing()
    change(body)
    result, failure = judge_listing(body)
    assert result is None
    assert failure is not None
    assert failure.kind == kind


@pytest.mark.parametrize("judge", [judge_cards, judge_listing, lambda body: judge_card(body, "navi")])
def test_what_is_no_json_object_is_told_apart(judge: Callable[[str], tuple[object, Any]]) -> None:
    """An error page and a list are different faults."""
    assert judge("<html>")[1].kind == "bad_json"
    assert judge("[]")[1].kind == "not_object"
    assert judge('{"detail":"Not Found"}')[1].kind == "bad_shape"


def test_the_card_of_another_agent_is_missing_the_agent() -> None:
    """The right shape under the wrong address is no success."""
    _, failure = judge_card(card("pulse"), "navi")
    assert failure is not None
    assert failure.kind == "missing_agent"
