"""Behaviour words: what a text asks of the simulated agent, such as ``chunks=3 delay=20 mode=error``.

Words are found anywhere in the text. Playing a mode is the work of the endpoint that knows it.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_CHUNKS: Final = 10_000
MAX_DELAY_S: Final = 60.0
_WORD: Final = re.compile(r"\b(chunks|delay|ttft|stall|text|mode)=([^\s\"\\]+)")


@dataclass(frozen=True, slots=True)
class Words:
    """The behaviour words of one text; None or empty where the text says nothing. Times in seconds.

    ``delay`` is the pause before each chunk (and the first one, unless ``ttft`` is given), ``stall`` one
    extra pause in the middle of a stream.
    """

    chunks: int | None = None
    delay_s: float | None = None
    ttft_s: float | None = None
    stall_s: float = 0.0
    text: str = ""
    mode: str = ""


def parse_words(text: str) -> Words:
    """Return the behaviour words in ``text``; milliseconds become seconds. Malformed numbers are ignored."""
    found = dict(_WORD.findall(text))
    chunks = found.get("chunks", "")
    return Words(
        chunks=min(int(chunks), MAX_CHUNKS) if chunks.isdecimal() else None,
        delay_s=_seconds(found.get("delay")),
        ttft_s=_seconds(found.get("ttft")),
        stall_s=_seconds(found.get("stall")) or 0.0,
        text=found.get("text", ""),
        mode=found.get("mode", ""),
    )


def _seconds(milliseconds: str | None) -> float | None:
    if milliseconds is None or re.fullmatch(r"\d+(\.\d+)?", milliseconds) is None:
        return None
    return min(float(milliseconds) / 1000.0, MAX_DELAY_S)
