"""Offers the known words nearest to a misspelt one; decides nothing.

Comparing words costs microseconds for each known one, and an evaluation every two seconds asks the same
questions again and again, so the last few hundred answers are kept.
"""

from bisect import bisect_left
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

_NEAR: Final = 0.6
_LISTED: Final = 8
_KEPT_ANSWERS: Final = 512


def nearest(word: str, known: Iterable[str], *, at_least: float = _NEAR) -> str | None:
    """Return the known word most like ``word``, ``None`` when none is ``at_least`` as like (0..1) as that."""
    return _nearest(word.casefold(), frozenset(known), at_least)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'rate'?"`` for a near miss of a known word, else an empty string."""
    match = nearest(word, known)
    return f"; did you mean {match!r}?" if match is not None else ""


def listed(words: Iterable[str], *, around: str) -> str:
    """Return up to eight words in quotes, those next to ``around`` in the alphabet, and how many are left."""
    ordered = sorted(words)
    first = max(0, min(bisect_left(ordered, around) - _LISTED // 2, len(ordered) - _LISTED))
    kept = ordered[first : first + _LISTED]
    more = f" and {len(ordered) - len(kept)} more" if len(kept) < len(ordered) else ""
    return ", ".join(repr(word) for word in kept) + more


@lru_cache(maxsize=_KEPT_ANSWERS)
def _nearest(folded: str, known: frozenset[str], at_least: float) -> str | None:
    by_folded = {name.casefold(): name for name in sorted(known)}
    matches = get_close_matches(folded, by_folded, n=1, cutoff=at_least)
    return by_folded[matches[0]] if matches else None
