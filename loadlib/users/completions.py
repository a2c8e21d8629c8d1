"""Reading a completion of the model router: who served it, whether as a fallback, what it used.

What an answer is worth is decided in `judge`; nothing is recorded here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loadlib.client.response import Response
from loadlib.protocols.failures import Failure

PROVIDERS: Final[Mapping[str, str]] = {
    "reasoning": "claude",
    "code_generation": "deepseek",
    "long_context": "gemini",
    "general": "claude",
}
"""The provider that the platform's routing template names for each task type."""
UNKNOWN: Final = "unknown"
"""The provider of a completion that does not say who served it."""
_FAMILIES: Final = (*dict.fromkeys(PROVIDERS.values()), "openrouter")


@dataclass(frozen=True, slots=True)
class Completion:
    """What a completion says of itself. ``tokens`` are all that it used."""

    provider: str
    is_fallback: bool
    tokens: int


def read_completion(response: Response) -> Completion | Failure:
    """Return what a completion says, or ``bad_shape``, or ``empty_run`` without content or usage."""
    try:
        body: Any = response.json()
        content = body["choices"][0]["message"]["content"]
        tokens = body["usage"]["total_tokens"]
    except (ValueError, KeyError, IndexError, TypeError):
        return Failure("bad_shape", "no choices with a message and no usage")
    if not content or type(tokens) is not int:
        return Failure("empty_run", "the completion has no content or no token count")
    headers, given = response.headers, body.get("metadata")
    metadata: Mapping[str, Any] = given if isinstance(given, dict) else {}
    is_fallback = headers.get("x-ccr-fallback", "").lower() == "true" or bool(metadata.get("fallback_reason"))
    return Completion(_provider(headers, body, metadata), is_fallback, tokens)


def judge(response: Response, task_type: str) -> Completion | Failure:
    """Return a completion, or a failure; ``misrouted``: by a wrong provider that admits no fallback.

    One that does not say who served it is good.
    """
    read = read_completion(response)
    wanted = PROVIDERS[task_type]
    if isinstance(read, Failure) or read.is_fallback or read.provider in (wanted, UNKNOWN):
        return read
    return Failure("misrouted", f"{task_type} went to {read.provider}, not {wanted}")


def _provider(headers: Mapping[str, str], body: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """Return the provider that is named, else the one that the model's name begins with."""
    for named in (headers.get("x-ccr-provider"), body.get("provider")):
        if named and isinstance(named, str):
            return named.strip().lower()
    for model in (metadata.get("model_used"), body.get("model")):
        name = model.strip().lower() if isinstance(model, str) else ""
        if found := next((family for family in _FAMILIES if name.startswith(family)), ""):
            return found
    return UNKNOWN
