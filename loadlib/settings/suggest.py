"""Offers the known word nearest to a misspelt one; prints nothing and decides nothing."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'users'?"`` for a near miss of a known word, else an empty string."""
    by_folded = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[matches[0]]!r}?" if matches else ""
