"""Builds CCR, the model router of the reference platform: health, completions, models, metrics.

Routing, usage and bodies live in their own modules; the model's time behaviour comes from the options: the
agent's own model when the request names an agent, else that of the provider.
"""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp

from loadlib.target.context import TargetContext
from loadlib.target.middleware import instrument
from loadlib.target.platform_web.callers import client_address
from loadlib.target.platform_web.ccr_classify import classify
from loadlib.target.platform_web.ccr_completion import (
    Completion,
    CompletionRequest,
    InvalidRequestError,
    error_response,
    exhausted_response,
    parse_request,
    pieces_of,
)
from loadlib.target.platform_web.ccr_metrics import CcrMetrics
from loadlib.target.platform_web.ccr_routing import AUTO, MODEL_OF, ChainExhaustedError, Providers
from loadlib.target.platform_web.switches import switches_of
from loadlib.target.platform_web.throttle import TokenBucket
from loadlib.target.rules import ModelSpec

REQUESTS_PER_MINUTE: Final = 60
BURST: Final = 10
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Ccr:
    """The handlers over one process's usage, metrics and providers."""

    def __init__(self, ctx: TargetContext) -> None:
        switches = switches_of(ctx.options)
        self._ctx = ctx
        self._providers = Providers(switches.ccr_unavailable, switches.ccr_rate_limited)
        self._usage = ctx.ccr_usage
        self._usage.daily_token_limit = switches.ccr_daily_token_limit
        self._metrics = CcrMetrics()
        self._random = ctx.behaviour.rng("ccr completion ids")
        self._started_s = time.monotonic()
        scale = ctx.options.rate_limit_scale
        self._bucket = _bucket(scale) if scale else None

    def routes(self) -> list[HttpRoute]:
        """Return the routes."""
        return [
            HttpRoute("/health", self.health),
            HttpRoute("/metrics", self.metrics),
            HttpRoute("/v1/models", self.models),
            HttpRoute("/v1/chat/completions", self.complete, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """Answer the state of the router and of each provider."""
        body = {
            "status": self._providers.health,
            "providers": self._providers.status,
            "uptime_seconds": int(time.monotonic() - self._started_s),
        }
        return JSONResponse(body)

    async def metrics(self, _request: Request) -> Response:
        """Answer the exposition text."""
        return Response(self._metrics.render(), media_type=METRICS_TYPE)

    async def models(self, _request: Request) -> Response:
        """Answer the models that can be asked for."""
        named = {AUTO: "ccr", **{model: provider for provider, model in MODEL_OF.items()}}
        data = [{"id": model, "object": "model", "owned_by": owner} for model, owner in named.items()]
        return JSONResponse({"object": "list", "data": data})

    async def complete(self, request: Request) -> Response:
        """Answer a completion, whole or as a stream."""
        started_s = time.perf_counter()
        if self._bucket is not None:
            decision = self._bucket.hit(client_address(request))
            if not decision.allowed:
                return _too_many(decision.retry_after_s)
        try:
            asked = parse_request(json.loads(await request.body()), request.headers.get("x-ccr-agent-id"))
            completion = self._route(asked, request.headers.get("x-ccr-task-type"))
        except (ValueError, InvalidRequestError) as error:
            return error_response(400, str(error), "invalid_request_error", "invalid_body")
        except ChainExhaustedError as error:
            return exhausted_response(error)
        return await self._answer(completion, started_s)

    def _route(self, asked: CompletionRequest, task_header: str | None) -> Completion:
        classification = classify(asked.prompt, task_header=task_header, agent_id=asked.agent_id)
        route = self._providers.route(asked.model, classification)
        spec = self._model(asked, route.provider)
        identity = UUID(int=self._random.getrandbits(128), version=4).hex
        return Completion(f"chatcmpl-{identity}", asked, route, pieces_of(spec.chunks, route.provider))

    async def _answer(self, completion: Completion, started_s: float) -> Response:
        spec = self._model(completion.request, completion.route.provider)
        if self._ctx.behaviour.chance(f"ccr model {completion.route.provider}", spec.error_ratio):
            return error_response(502, "The provider failed", "upstream_error", "provider_error")
        if completion.request.stream:
            events = self._stream(completion, spec, started_s)
            return StreamingResponse(events, media_type="text/event-stream", headers=completion.headers)
        await self._wait(spec, spec.ttft_s + spec.gap_s * (len(completion.pieces) - 1))
        self._record(completion, started_s)
        return JSONResponse(completion.body(), headers=completion.headers)

    async def _stream(
        self, completion: Completion, spec: ModelSpec, started_s: float
    ) -> AsyncIterator[bytes]:
        yield completion.opening()
        await self._wait(spec, spec.ttft_s)
        for index, chunk in enumerate(completion.contents()):
            if index:
                await self._wait(spec, spec.gap_s)
            yield chunk
        self._record(completion, started_s)
        yield completion.closing()

    async def _wait(self, spec: ModelSpec, delay_s: float) -> None:
        jitter = spec.jitter_ratio * self._ctx.behaviour.rng("ccr jitter").uniform(-1, 1)
        await asyncio.sleep(max(0.0, delay_s * (1 + jitter)))

    def _record(self, completion: Completion, started_s: float) -> None:
        route = completion.route
        self._usage.record(
            route.provider,
            route.classification.task_type,
            completion.usage["total_tokens"],
            fallback=route.fallback_reason is not None,
        )
        self._metrics.observe(completion, time.perf_counter() - started_s)

    def _model(self, asked: CompletionRequest, provider: str) -> ModelSpec:
        specs = dict(self._ctx.options.models)
        return self._ctx.options.model(asked.agent_id if asked.agent_id in specs else provider)


def build(ctx: TargetContext) -> ASGIApp:
    """Return CCR's application."""
    routes = Ccr(ctx).routes()
    return instrument(Starlette(routes=routes), ctx, "ccr", routes)


def _bucket(scale: float) -> TokenBucket:
    return TokenBucket(math.ceil(REQUESTS_PER_MINUTE * scale), math.ceil(BURST * scale))


def _too_many(retry_after_s: int) -> Response:
    headers = {"Retry-After": str(retry_after_s)}
    return error_response(429, "Rate limit exceeded", "rate_limit_error", "rate_limit_exceeded", headers)
