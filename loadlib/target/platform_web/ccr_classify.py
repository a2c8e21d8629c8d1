"""Finds the task type of a completion request; which provider serves it is decided elsewhere.

Order: the task-type header, a ``[hint]`` in the text, the agent's default, keyword counts, else general. A
keyword of several words counts twice; ties go to code, then reasoning, then long context. The keyword lists
are this reference platform's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

TaskType = Literal["code_generation", "reasoning", "long_context", "general"]
RoutingSource = Literal["header", "hint", "agent", "keywords", "default", "model"]

ALIASES: Final[Mapping[str, TaskType]] = {
    "code_generation": "code_generation",
    "code": "code_generation",
    "coding": "code_generation",
    "implement": "code_generation",
    "reasoning": "reasoning",
    "analysis": "reasoning",
    "think": "reasoning",
    "reason": "reasoning",
    "long_context": "long_context",
    "summary": "long_context",
    "document": "long_context",
    "context": "long_context",
    "general": "general",
    "default": "general",
}
REASONING_AGENTS: Final = frozenset(
    [
        "dashboard_gateway",
        "navi",
        "pulse",
        "herald",
        "vera",
        "marco",
        "cipher",
        "persona",
        "risk",
        "blake",
        "model",
        "finn",
        "revenue",
        "forecast",
        "bella",
        "vox",
        "iris",
        "artisan",
        "audit",
        "sentinel",
        "validation",
        "planning",
        "branding",
    ]
)
AGENT_DEFAULTS: Final[Mapping[str, TaskType]] = {
    **dict.fromkeys(REASONING_AGENTS, "reasoning"),
    "sage": "code_generation",
    "scribe": "long_context",
}
KEYWORDS: Final[Mapping[TaskType, tuple[str, ...]]] = {
    "code_generation": (
        "code",
        "function",
        "implement",
        "refactor",
        "debug",
        "python",
        "typescript",
        "unit test",
        "write a script",
    ),
    "reasoning": (
        "analyze",
        "analyse",
        "compare",
        "evaluate",
        "strategy",
        "why",
        "decide",
        "trade off",
        "step by step",
    ),
    "long_context": (
        "summarize",
        "summarise",
        "document",
        "transcript",
        "report",
        "entire",
        "long document",
        "full text",
    ),
}
_HINT: Final = re.compile(r"\[([a-z_]+)\]", re.IGNORECASE)
_PATTERNS: Final[Mapping[TaskType, tuple[tuple[re.Pattern[str], int], ...]]] = {
    task: tuple((re.compile(rf"\b{re.escape(word)}\b"), 2 if " " in word else 1) for word in words)
    for task, words in KEYWORDS.items()
}


@dataclass(frozen=True, slots=True)
class Classification:
    """A task type and what told it."""

    task_type: TaskType
    source: RoutingSource


def classify(text: str, *, task_header: str | None = None, agent_id: str | None = None) -> Classification:
    """Return the task type of a prompt; unknown header words, hints and agents are passed over."""
    from_header = ALIASES.get((task_header or "").strip().lower())
    if from_header:
        return Classification(from_header, "header")
    hinted = next((ALIASES[word] for word in _hints(text) if word in ALIASES), None)
    if hinted:
        return Classification(hinted, "hint")
    from_agent = AGENT_DEFAULTS.get((agent_id or "").strip().lower())
    if from_agent:
        return Classification(from_agent, "agent")
    return _by_keywords(text.lower())


def _hints(text: str) -> list[str]:
    return [match.lower() for match in _HINT.findall(text)]


def _by_keywords(text: str) -> Classification:
    scores = {
        task: sum(weight * len(pattern.findall(text)) for pattern, weight in patterns)
        for task, patterns in _PATTERNS.items()
    }
    best = max(scores, key=lambda task: scores[task])
    return Classification(best, "keywords") if scores[best] else Classification("general", "default")
