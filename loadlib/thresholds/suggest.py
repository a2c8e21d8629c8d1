"""Offers the known words nearest to a misspelt one; decides nothing."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_NEAR: Final = 0.6
_LISTED: Final = 8


def nearest(word: str, known: Iterable[str], *, at_least: float = _NEAR) -> str | None:
    """Return the known word most like ``word``, ``None`` when none is ``at_least`` as like (0..1) as that."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    matches = get_close_matches(word.casefold(), by_folded, n=1, cutoff=at_least)
    return by_folded[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'rate'?"`` for a near miss of a known word, else an empty string."""
    match = nearest(word, known)
    return f"; did you mean {match!r}?" if match is not None else ""


def listed(words: Iterable[str], *, like: str = "") -> str:
    """Return up to eight words in quotes, those most like ``like`` kept, and how many more there are."""
    ordered = sorted(words)
    kept = ordered
    if len(ordered) > _LISTED:
        close = get_close_matches(like, ordered, n=_LISTED, cutoff=0.0)
        kept = sorted(close) if like else ordered[:_LISTED]
    more = f" and {len(ordered) - len(kept)} more" if len(kept) < len(ordered) else ""
    return ", ".join(repr(word) for word in kept) + more
