"""The bodies of CCR's OpenAI-compatible answers: whole completions, stream chunks, errors.

Deterministic text, tokens estimated as characters by four. No I/O, no waiting.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse

from loadlib.target.platform_web.ccr_routing import ChainExhaustedError, Route

CHARACTERS_PER_TOKEN: Final = 4
DONE: Final = b"data: [DONE]\n\n"
_WORDS: Final = ["the", "answer", "follows", "from", "what", "was", "asked", "and", "stays", "short"]


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What a client asked for."""

    prompt: str
    model: str = "auto"
    agent_id: str | None = None
    stream: bool = False
    include_usage: bool = False


class InvalidRequestError(Exception):
    """The body is no completion request; the message says why."""


def parse_request(body: object, agent_id: str | None) -> CompletionRequest:
    """Return the request of a JSON body; raise InvalidRequestError."""
    if not isinstance(body, dict):
        raise InvalidRequestError("the body must be a JSON object")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidRequestError("'messages' must be a list with at least one message")
    if not all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages):
        raise InvalidRequestError("each of 'messages' must be an object with a role")
    model = body.get("model", "auto")
    if not isinstance(model, str):
        raise InvalidRequestError("'model' must be a string")
    stream_options = body.get("stream_options")
    include_usage = isinstance(stream_options, dict) and stream_options.get("include_usage") is True
    prompt = "\n".join(_content(message.get("content")) for message in messages)
    return CompletionRequest(prompt, model, agent_id, body.get("stream") is True, include_usage)


@dataclass(frozen=True, slots=True)
class Completion:
    """A routed request with the text that answers it, in the pieces a stream would send."""

    id: str
    request: CompletionRequest
    route: Route
    pieces: tuple[str, ...]

    @property
    def usage(self) -> dict[str, int]:
        """Token counts in OpenAI's words."""
        prompt, completion = tokens_of(self.request.prompt), tokens_of("".join(self.pieces))
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }

    @property
    def metadata(self) -> dict[str, str | None]:
        """How the request was routed, in the platform's words."""
        return {
            "routing_source": self.route.classification.source,
            "task_type": self.route.classification.task_type,
            "agent_id": self.request.agent_id,
            "model_requested": self.request.model,
            "model_used": self.route.model,
            "fallback_reason": self.route.fallback_reason,
        }

    @property
    def headers(self) -> dict[str, str]:
        """The routing decision as response headers."""
        reason = self.route.fallback_reason
        return {
            "X-CCR-Provider": self.route.provider,
            "X-CCR-Task-Type": self.route.classification.task_type,
            "X-CCR-Fallback": "true" if reason else "false",
            **({"X-CCR-Fallback-Reason": reason} if reason else {}),
        }

    def body(self) -> dict[str, object]:
        """Return the whole answer."""
        message = {"role": "assistant", "content": "".join(self.pieces)}
        return {
            **self._head("chat.completion"),
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": self.usage,
            "metadata": self.metadata,
        }

    def opening(self) -> bytes:
        """Return the stream's first chunk: the role, and the routing metadata."""
        return self._chunk({"role": "assistant", "content": ""}, extra={"metadata": self.metadata})

    def contents(self) -> Iterator[bytes]:
        """Yield the stream's content chunks."""
        return (self._chunk({"content": piece}) for piece in self.pieces)

    def closing(self) -> bytes:
        """Return the stream's end: finish reason, usage when asked for, ``[DONE]``."""
        end = self._chunk({}, finish="stop")
        if self.request.include_usage:
            head = {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage}
            end += _event(head)
        return end + DONE

    def _head(self, kind: str) -> dict[str, object]:
        return {
            "id": self.id,
            "object": kind,
            "created": int(time.time()),
            "model": self.route.model,
            "provider": self.route.provider,
        }

    def _chunk(
        self, delta: dict[str, str], finish: str | None = None, extra: dict[str, object] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**self._head("chat.completion.chunk"), "choices": [choice], **(extra or {})})


def pieces_of(count: int, provider: str) -> tuple[str, ...]:
    """Return ``count`` pieces of text (at least one) that begin with the provider's name."""
    words = (_WORDS[index % len(_WORDS)] for index in range(max(count, 1) - 1))
    return (f"{provider}:", *(f" {word}" for word in words))


def tokens_of(text: str) -> int:
    """Return the estimated tokens of a text: a fourth of its characters, at least 1 unless it is empty."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def error_response(
    status: int, message: str, kind: str, code: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return an error in OpenAI's shape."""
    return JSONResponse({"error": {"message": message, "type": kind, "code": code}}, status, headers)


def exhausted_response(error: ChainExhaustedError) -> JSONResponse:
    """Return the 503 of an exhausted fallback chain, with what was tried."""
    details = {"message": str(error), "type": "fallback_exhausted", "code": "no_provider_available"}
    return JSONResponse({"error": {**details, "attempted": dict(error.attempted)}}, 503)


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _event(payload: dict[str, object]) -> bytes:
    return f"data: {json.dumps(payload, separators=(',', ':'))}\n\n".encode()
