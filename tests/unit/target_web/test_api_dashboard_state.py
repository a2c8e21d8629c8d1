"""The API's saved dashboard state: versions, checksum, whole life cycle."""

import hashlib

import pytest

from loadlib.target.platform_web.dashboard_state import DashboardStates, Owner

STATE = {"widgets": {"metrics": {"title": "Größe"}}, "activeProject": None}
CHECKSUM = hashlib.sha256(
    '{"widgets":{"metrics":{"title":"Größe"}},"activeProject":null}'.encode()
).hexdigest()


def test_a_state_lives_from_save_to_delete(platform):
    url, headers = platform.api("/dashboard/state"), platform.bearer("member-life", "ws-state")
    assert platform.client.get(url, headers=headers).status_code == 404
    saved = platform.client.post(url, json={"version": 3, "state": STATE}, headers=headers)
    assert (saved.status_code, saved.json()) == (200, {"success": True, "serverVersion": 3})
    loaded = platform.client.get(url, headers=headers).json()
    assert (loaded["version"], loaded["state"]) == (3, STATE)
    assert loaded["lastModified"].endswith("Z")
    assert platform.client.delete(url, headers=headers).json() == {"success": True}
    assert platform.client.get(url, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"version": 4}, {"success": False, "serverVersion": 5, "conflictResolution": "server"}),
        ({"version": 5}, {"success": True, "serverVersion": 5}),
        ({"version": 6}, {"success": True, "serverVersion": 6, "conflictResolution": "client"}),
        (
            {"version": 6, "checksum": CHECKSUM},
            {"success": True, "serverVersion": 6, "conflictResolution": "client"},
        ),
        ({"version": 6, "checksum": "0" * 64}, {"success": False, "serverVersion": 5}),
    ],
)
def test_a_conflict_is_an_answer_of_200(platform, body, answer):
    url, headers = platform.api("/dashboard/state"), platform.bearer("member-conflict", "ws-state")
    platform.client.delete(url, headers=headers)
    platform.client.post(url, json={"version": 5, "state": {}}, headers=headers)
    response = platform.client.post(url, json={"state": STATE, **body}, headers=headers)
    assert (response.status_code, response.json()) == (200, answer)


@pytest.mark.parametrize(
    "body",
    [{}, {"version": -1, "state": {}}, {"version": 1, "state": []}, {"version": 1, "state": {}, "x": 1}],
)
def test_a_malformed_save_is_400(platform, body):
    response = platform.client.post(platform.api("/dashboard/state"), json=body, headers=platform.bearer())
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("merge", "state"),
    [(True, {"widgets.a": 1, "widgets.b": 2}), (False, {"widgets.b": 2})],
)
def test_path_updates_merge_by_intent_and_replace_literally(merge, state):
    states, owner = DashboardStates(merge_paths=merge), Owner("u", "w")
    states.apply(owner, "widgets.a", 1, 1)
    states.apply(owner, "widgets.b", 2, 2)
    saved = states.load(owner)
    assert saved is not None
    assert saved.state == state
