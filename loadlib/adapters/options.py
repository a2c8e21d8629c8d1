"""The suite's options on Locust's own command line, for those who run ``locust -f`` directly.

They override the environment, as every command line does. Secrets are not among them: argv is public.
"""

from argparse import Namespace
from typing import Any, Final

from locust.argument_parser import LocustArgumentParser

LOOPBACK: Final = "127.0.0.1"
_FIELDS: Final = {
    "loadlib_profile": "profile",
    "loadlib_thresholds": "thresholds",
    "loadlib_environment": "environment",
    "loadlib_results_dir": "results_dir",
    "loadlib_require_all": "require_all",
}


def add_options(parser: LocustArgumentParser, **_: Any) -> None:
    """Add the options and bind the web UI to loopback by default; Locust calls this more than once."""
    group = parser.add_argument_group("loadlib options", "Judging and load profiles")
    group.add_argument(
        "--load-profile", dest="loadlib_profile", help="smoke, load, stress, spike or soak", default=None
    )
    group.add_argument(
        "--thresholds", dest="loadlib_thresholds", help="the rules that judge the run", default=None
    )
    group.add_argument(
        "--target-environment", dest="loadlib_environment", help="whose rules apply", default=None
    )
    group.add_argument(
        "--results-dir", dest="loadlib_results_dir", help="where results are written", default=None
    )
    group.add_argument(
        "--require-all",
        dest="loadlib_require_all",
        action="store_true",
        help="a route that the target lacks fails the run",
        default=None,
    )
    parser.set_defaults(web_host=LOOPBACK)


def overrides(options: Namespace | None) -> dict[str, object]:
    """Return the settings that the command line gave, Locust's own ``--host`` included."""
    given = {
        field: value
        for name, field in _FIELDS.items()
        if (value := getattr(options, name, None)) not in (None, "")
    }
    host = getattr(options, "host", None)
    return {**given, "base_url": host} if host else given
