"""Colours of a terminal, put on finished lines so that they never take part in the layout."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paint:
    """Wraps text in colour codes, or does nothing when it is not ``enabled``."""

    enabled: bool = False

    def bold(self, text: str) -> str:
        """Return the text in bold."""
        return self._in("1", text)

    def dim(self, text: str) -> str:
        """Return the text dimmed: what is there for completeness."""
        return self._in("2", text)

    def good(self, text: str) -> str:
        """Return the text in green."""
        return self._in("32", text)

    def bad(self, text: str) -> str:
        """Return the text in bold red."""
        return self._in("1;31", text)

    def doubtful(self, text: str) -> str:
        """Return the text in yellow."""
        return self._in("33", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text else text
