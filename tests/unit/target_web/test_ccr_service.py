"""CCR over HTTP: completions, streams, fallback, exhaustion, limits, metrics."""

import json

import pytest

from loadlib.target.rules import ModelSpec

QUICK = (("*", ModelSpec(ttft_s=0.0, gap_s=0.0, chunks=5)),)


@pytest.fixture(scope="module")
def router(start_platform):
    with start_platform(services=("ccr",), models=QUICK) as started:
        yield started


def ask(router, text="hello there", headers=None, **body):
    return router.client.post(
        router.ccr("/v1/chat/completions"),
        json={"model": "auto", "messages": [{"role": "user", "content": text}], **body},
        headers=headers or {},
    )


def test_a_completion_reports_how_it_was_routed(router):
    response = ask(router, headers={"X-CCR-Task-Type": "code_generation", "X-CCR-Agent-Id": "navi"})
    body = response.json()
    assert (response.status_code, response.headers["x-ccr-provider"]) == (200, "deepseek")
    assert (response.headers["x-ccr-task-type"], response.headers["x-ccr-fallback"]) == (
        "code_generation",
        "false",
    )
    assert (body["model"], body["provider"]) == ("deepseek-chat", "deepseek")
    assert body["metadata"] == {
        "routing_source": "header",
        "task_type": "code_generation",
        "agent_id": "navi",
        "model_requested": "auto",
        "model_used": "deepseek-chat",
        "fallback_reason": None,
    }
    assert body["choices"][0]["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["prompt_tokens"] == 3
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_stream_carries_the_same_text_in_chunks_and_ends_with_done(router):
    whole = ask(router).json()["choices"][0]["message"]["content"]
    response = ask(router, stream=True, stream_options={"include_usage": True})
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == whole
    assert len([delta for delta in deltas if delta.get("content")]) == 5
    assert chunks[0]["metadata"]["task_type"] == "general"
    assert chunks[-1]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"messages": []}', b'{"messages": ["x"]}'])
def test_a_body_that_is_no_request_is_400(router, body):
    response = router.client.post(router.ccr("/v1/chat/completions"), content=body)
    assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid_request_error")


def test_models_begin_with_auto(router):
    data = router.client.get(router.ccr("/v1/models")).json()["data"]
    assert data[0]["id"] == "auto"
    assert {model["owned_by"] for model in data} == {"ccr", "claude", "deepseek", "gemini", "openrouter"}


def test_an_unavailable_provider_is_replaced_and_named(start_platform):
    with start_platform(
        services=("ccr",), models=QUICK, ccr_unavailable=("claude",), ccr_rate_limited=("deepseek",)
    ) as degraded:
        response = ask(degraded, headers={"X-CCR-Task-Type": "reasoning"})
        health = degraded.client.get(degraded.ccr("/health")).json()
        metrics = degraded.client.get(degraded.ccr("/metrics")).text
    assert response.headers["x-ccr-provider"] == "gemini"
    assert response.headers["x-ccr-fallback"] == "true"
    assert response.headers["x-ccr-fallback-reason"] == "claude unavailable"
    assert response.json()["metadata"]["fallback_reason"] == "claude unavailable"
    assert health["status"] == "degraded"
    assert health["providers"] == {
        "claude": "unavailable",
        "deepseek": "rate_limited",
        "gemini": "available",
        "openrouter": "available",
    }
    expected = 'ccr_requests_total{provider="gemini",status="fallback",task_type="reasoning"} 1.0'
    assert expected in metrics


def test_an_exhausted_chain_is_503_with_what_was_tried(start_platform):
    everyone = ("claude", "deepseek", "gemini", "openrouter")
    with start_platform(services=("ccr",), models=QUICK, ccr_unavailable=everyone) as down:
        response = ask(down)
        health = down.client.get(down.ccr("/health"))
    assert (response.status_code, response.json()["error"]["type"]) == (503, "fallback_exhausted")
    assert list(response.json()["error"]["attempted"]) == list(everyone)
    assert (health.status_code, health.json()["status"]) == (200, "unhealthy")


def test_the_burst_is_limited_only_when_limits_are_on(router, start_platform):
    assert {ask(router).status_code for _ in range(15)} == {200}
    with start_platform(services=("ccr",), models=QUICK, rate_limit_scale=1.0) as limited:
        responses = [ask(limited) for _ in range(15)]
    assert [response.status_code for response in responses[:10]] == [200] * 10
    refused = [response for response in responses if response.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1


def test_a_failing_model_is_an_upstream_error_not_a_completion(start_platform):
    with start_platform(services=("ccr",), models=(("claude", ModelSpec(error_ratio=1.0)),)) as failing:
        response = ask(failing)
    assert (response.status_code, response.json()["error"]["type"]) == (502, "upstream_error")
