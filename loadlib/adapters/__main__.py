"""``python -m loadlib.adapters``: Locust's command line with the suite installed, whatever the locustfile.

What keeps Locust from starting, a locustfile that can't be read for one, is a line and an exit code here.
"""

import sys
import traceback
from pathlib import Path

from loadlib.exitcodes import ExitCode, describe


def main() -> None:
    """Run Locust; ends the process."""
    try:
        _run_locust()
    except KeyboardInterrupt:
        _leave(ExitCode.INTERRUPTED, "interrupted before the run began")


def _run_locust() -> None:
    from locust.main import main as locust_main  # noqa: PLC0415 - a Ctrl-C during these imports is caught

    from loadlib.adapters.plugin import has_started, install  # noqa: PLC0415 - as above

    install()
    try:
        locust_main()
    except SystemExit as end:
        if end.code == 1 and not has_started():
            sys.exit(int(ExitCode.INVALID_CONFIGURATION))
        raise
    except Exception as error:
        if has_started():
            raise
        _leave(ExitCode.INVALID_CONFIGURATION, f"error: {_place(error)}{type(error).__name__}: {error}")


def _place(error: Exception) -> str:
    """Return ``file:line: `` of the innermost frame that is the user's own, not a library's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}: "
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    own = [f for f in frames if Path(f.filename).suffix == ".py" and Path(f.filename) != Path(__file__)]
    return f"{_short(own[-1].filename)}:{own[-1].lineno}: " if own else ""


def _short(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _leave(code: ExitCode, words: str) -> None:
    print(words, file=sys.stderr)
    print(describe(code), file=sys.stderr)
    sys.exit(int(code))


if __name__ == "__main__":
    main()
