"""Golden files: the expected text of a renderer, committed and compared byte for byte."""

import difflib
import os
from pathlib import Path
from typing import Final

UPDATE: Final = "LOADLIB_UPDATE_GOLDEN"


def assert_golden(path: Path, text: str) -> None:
    """Compare ``text`` with the golden file at ``path``; ``make golden`` rewrites the file instead.

    Raises:
        AssertionError: the file is missing or differs; the message holds the unified diff.
    """
    if os.environ.get(UPDATE) == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return
    assert path.is_file(), f"no golden file {path}; `make golden` writes it"
    expected = path.read_bytes().decode()
    assert text == expected, (
        f"differs from {path.name}; `make golden` accepts the change\n{_diff(expected, text)}"
    )


def _diff(expected: str, actual: str) -> str:
    """Return the unified diff; line ends are shown, so that a difference in them is visible."""
    lines = (
        [repr(line)[1:-1] for line in expected.splitlines(keepends=True)],
        [repr(line)[1:-1] for line in actual.splitlines(keepends=True)],
    )
    return "\n".join(difflib.unified_diff(*lines, fromfile="golden", tofile="actual", lineterm=""))
