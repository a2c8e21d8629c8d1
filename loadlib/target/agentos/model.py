"""The simulated language model: which text, in how many chunks, how fast, and whether the provider fails.

It produces text only; how a failure looks on the wire is decided by the endpoint and the ``provider_failure``
switch.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from loadlib.target.agentos.words import Words, parse_words
from loadlib.target.context import TargetContext

PROVIDER_ERROR: Final = (
    "Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}}"
)


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One planned answer: its chunks, the pauses before the first and the others in seconds, and its fate."""

    chunks: tuple[str, ...]
    ttft_s: float
    gap_s: float
    stall_s: float
    failed: bool
    mode: str

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(self.chunks)

    @property
    def tokens(self) -> int:
        """Estimated tokens: characters / 4, as the platform counts them."""
        return len(self.text) // 4

    @property
    def duration_s(self) -> float:
        """Planned seconds until the whole answer is there."""
        return self.ttft_s + self.gap_s * max(0, len(self.chunks) - 1) + self.stall_s

    def pause_before_s(self, index: int) -> float:
        """Seconds to wait before chunk ``index``; the stall comes before the middle one."""
        stall_s = self.stall_s if index == len(self.chunks) // 2 else 0.0
        return (self.gap_s if index else self.ttft_s) + stall_s

    async def stream(self) -> AsyncIterator[str]:
        """Yield the chunks at their times."""
        for index, chunk in enumerate(self.chunks):
            await pause(self.pause_before_s(index))
            yield chunk

    async def complete(self) -> str:
        """Return the whole answer after its planned duration."""
        await pause(self.duration_s)
        return self.text


async def pause(seconds: float) -> None:
    """Sleep, but only for a positive time."""
    if seconds > 0.0:
        await asyncio.sleep(seconds)


class Models:
    """Plans the answers of every agent under the options, the seed and the words of the prompt."""

    def __init__(self, ctx: TargetContext) -> None:
        self._options = ctx.options
        self._behaviour = ctx.behaviour

    def plan(self, agent: str, prompt: str) -> ModelRun:
        """Plan an agent's answer to a prompt; ``agent`` is one of the known names."""
        words = parse_words(prompt)
        spec = self._options.model(agent)
        factor = 1.0
        if spec.jitter_ratio:
            factor += self._behaviour.rng(f"model|{agent}").uniform(-spec.jitter_ratio, spec.jitter_ratio)
        gap_s = spec.gap_s if words.delay_s is None else words.delay_s
        return ModelRun(
            chunks=_chunks(agent, words, spec.chunks),
            ttft_s=_first(words.ttft_s, words.delay_s, spec.ttft_s) * factor,
            gap_s=gap_s * factor,
            stall_s=words.stall_s,
            failed=words.mode == "provider" or self._behaviour.chance(f"provider|{agent}", spec.error_ratio),
            mode=words.mode,
        )


def _first(*values: float | None) -> float:
    return next((value for value in values if value is not None), 0.0)


def _chunks(agent: str, words: Words, count: int) -> tuple[str, ...]:
    number = count if words.chunks is None else words.chunks
    if words.text:
        return tuple(f"{words.text}{index} " for index in range(number))
    opening = f"{agent} answers: "
    return tuple((opening if index == 0 else "") + f"token{index} " for index in range(number))
