"""Chooses the provider of a completion: by task type or requested model, then along the fallback chain.

The template's assignment and chains; availability is configured, not probed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from loadlib.errors import ConfigurationError
from loadlib.target.platform_web.ccr_classify import Classification, TaskType

ProviderStatus = Literal["available", "unavailable", "rate_limited"]

PROVIDER_OF_TASK: Final[Mapping[TaskType, str]] = {
    "reasoning": "claude",
    "code_generation": "deepseek",
    "long_context": "gemini",
    "general": "claude",
}
FALLBACKS: Final[Mapping[str, tuple[str, ...]]] = {
    "claude": ("deepseek", "gemini", "openrouter"),
    "deepseek": ("claude", "gemini", "openrouter"),
    "gemini": ("claude", "deepseek", "openrouter"),
    "openrouter": ("claude", "deepseek", "gemini"),
}
MODEL_OF: Final[Mapping[str, str]] = {
    "claude": "claude-sonnet-4",
    "deepseek": "deepseek-chat",
    "gemini": "gemini-2.5-pro",
    "openrouter": "openrouter/auto",
}
AUTO: Final = "auto"


@dataclass(frozen=True, slots=True)
class Route:
    """The provider that serves a request, and why not its first choice when it is another."""

    provider: str
    classification: Classification
    fallback_reason: str | None = None

    @property
    def model(self) -> str:
        """The provider's model."""
        return MODEL_OF[self.provider]


class ChainExhaustedError(Exception):
    """No provider of the chain is available; ``attempted`` maps each to its status, in the order tried."""

    def __init__(self, attempted: Mapping[str, ProviderStatus]) -> None:
        super().__init__("All providers in the fallback chain are unavailable")
        self.attempted = attempted


class Providers:
    """The configured providers with their status; raises ConfigurationError for an unknown name."""

    def __init__(self, unavailable: tuple[str, ...] = (), rate_limited: tuple[str, ...] = ()) -> None:
        unknown = [name for name in (*unavailable, *rate_limited) if name not in MODEL_OF]
        if unknown:
            raise ConfigurationError(
                f"unknown providers {', '.join(unknown)}; allowed are {', '.join(MODEL_OF)}"
            )
        self.status: dict[str, ProviderStatus] = dict.fromkeys(MODEL_OF, "available")
        self.status.update(dict.fromkeys(rate_limited, "rate_limited"))
        self.status.update(dict.fromkeys(unavailable, "unavailable"))

    @property
    def health(self) -> Literal["healthy", "degraded", "unhealthy"]:
        """Healthy with all providers available, unhealthy with none."""
        available = sum(status == "available" for status in self.status.values())
        if available == len(self.status):
            return "healthy"
        return "degraded" if available else "unhealthy"

    def route(self, requested_model: str, classification: Classification) -> Route:
        """Return the first available provider of the chain; raise ChainExhaustedError."""
        named = provider_of_model(requested_model)
        if named:
            classification = Classification(classification.task_type, "model")
        first = named or PROVIDER_OF_TASK[classification.task_type]
        attempted: dict[str, ProviderStatus] = {}
        for provider in (first, *FALLBACKS[first]):
            attempted[provider] = self.status[provider]
            if self.status[provider] == "available":
                reason = None if provider == first else f"{first} {self.status[first]}"
                return Route(provider, classification, reason)
        raise ChainExhaustedError(attempted)


def provider_of_model(model: str) -> str | None:
    """Return the provider a model name asks for: ``provider``, ``provider,model`` or one of its models."""
    name = model.partition(",")[0].strip()
    if name in MODEL_OF:
        return name
    return next((provider for provider, own in MODEL_OF.items() if own == name), None)
