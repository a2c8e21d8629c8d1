"""``loadlib target``: hands over to the reference platform, which is an extra of the package."""

from argparse import Namespace
from typing import Final

from loadlib.cli.parser import Parser
from loadlib.errors import ConfigurationError

DESCRIPTION: Final = """\
Start the reference platform on loopback: AgentOS on port N, web, API and model router on the
next three. It prints the settings that point a run at it, and stops with Ctrl-C."""

EXAMPLES: Final = """\
  loadlib target
  loadlib target --port 9000 --rate-limits on
  loadlib target --model "navi=ttft:50ms,gap:10ms,chunks:12,error:0.02"
  loadlib target --port 9000 &  loadlib run a2a --base-url http://127.0.0.1:9000
"""


def add_arguments(parser: Parser) -> None:
    """Declare the platform's switches."""
    try:
        from loadlib.target.cli import add_arguments as add  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise _not_installed(error) from None
    add(parser)


def main(args: Namespace) -> int:
    """Run the platform until it is stopped."""
    try:
        from loadlib.target.cli import main as run  # noqa: PLC0415 - an extra

        return run(args)
    except ImportError as error:
        raise _not_installed(error) from None


def _not_installed(error: ImportError) -> ConfigurationError:
    return ConfigurationError(
        f"the reference platform is not installed ({error}); install it with: pip install 'loadlib[target]'"
    )
