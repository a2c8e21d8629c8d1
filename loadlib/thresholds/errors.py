"""The errors of this package: a flaw inside one piece of text, and the refusal of a whole file.

Where a piece of text stands in its file is not known here; ``source`` knows.
"""

from loadlib.errors import ConfigurationError


class SyntaxFlaw(ValueError):  # noqa: N818 - one of many that an error reports together
    """What is wrong in an expression, a selector or a value, and which of its characters are meant."""

    def __init__(self, message: str, start: int = 0, length: int = 0) -> None:
        super().__init__(message)
        self.start = start
        """Offset of the first character that is wrong."""
        self.length = length
        """How many characters are wrong; 0 means all from ``start`` on."""


class ThresholdsError(ConfigurationError):
    """A thresholds file is invalid (exit code 104).

    Each of ``problems`` is ``file:line:column: message``, then the line of the file, then a line of carets.
    """
