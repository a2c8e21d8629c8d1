"""The scenarios by name, and where their locustfiles are; imports none of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import loadlib
from loadlib.core.suggest import did_you_mean
from loadlib.errors import ConfigurationError

FILES: Final = {
    "a2a": "a2a_endpoints",
    "dashboard": "dashboard_flow",
    "streaming": "streaming",
    "ccr": "ccr_routing",
    "realtime": "realtime",
    "mixed": "mixed",
}
"""Scenario -> its locustfile's name; either may be given."""

DIRECTORY: Final = "locustfiles"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario's name in results and its locustfile."""

    name: str
    locustfile: Path


def find_scenario(text: str, cwd: Path) -> Scenario:
    """Return the scenario called ``text``: a name of ``FILES`` or a path to any locustfile.

    Named ones are looked for in ``./locustfiles``, then beside the package. Raises ``ConfigurationError`` for
    an unknown name, with a suggestion, and for a file that is not there.
    """
    if text.endswith(".py") or "/" in text:
        return _from_path(text, cwd)
    names = {**{name: name for name in FILES}, **{file: name for name, file in FILES.items()}}
    if text not in names:
        known = ", ".join(FILES)
        raise ConfigurationError(
            f"unknown scenario {text!r}{did_you_mean(text, names)} "
            f"(scenarios: {known}, or a path to a locustfile)"
        )
    name = names[text]
    return Scenario(name, _named(FILES[name] + ".py", cwd))


def _from_path(text: str, cwd: Path) -> Scenario:
    path = Path(text)
    if not (cwd / path).is_file():
        raise ConfigurationError(f"there is no locustfile {text!r}")
    if "," in text:
        raise ConfigurationError(f"the path {text!r} contains a comma, at which Locust would split it")
    return Scenario(path.stem, path)


def _named(file: str, cwd: Path) -> Path:
    beside_package = Path(loadlib.__file__).parent.parent / DIRECTORY
    for place in (cwd / DIRECTORY, beside_package):
        if (place / file).is_file():
            return place / file
    raise ConfigurationError(f"there is no {file} in ./{DIRECTORY} and none in {beside_package}")
