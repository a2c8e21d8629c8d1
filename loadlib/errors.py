"""The exception tree: every error a user can cause, each class with the exit code it ends a run with."""

from typing import ClassVar

from loadlib.exitcodes import ExitCode


class LoadlibError(Exception):
    """An error with a message made for the person at the terminal; printed without a traceback."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL


class ConfigurationError(LoadlibError):
    """A setting, an option or a file is invalid. ``problems`` holds one readable line per problem."""

    exit_code: ClassVar[ExitCode] = ExitCode.INVALID_CONFIGURATION

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ScenarioSetupError(LoadlibError):
    """A scenario's set-up or tear-down raised."""

    exit_code: ClassVar[ExitCode] = ExitCode.SETUP_FAILED


class ScenarioAbort(LoadlibError):  # noqa: N818 - a request to stop, not a fault
    """Raised by a scenario to end the whole run with exit code 108."""

    exit_code: ClassVar[ExitCode] = ExitCode.ABORTED_BY_SCENARIO


class InvalidEvidenceError(LoadlibError):
    """The run cannot be judged: target unreachable, no samples, lost workers, saturated generator."""

    exit_code: ClassVar[ExitCode] = ExitCode.INVALID_EVIDENCE
