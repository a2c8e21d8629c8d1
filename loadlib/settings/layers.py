"""Reads the sources of settings, each into one layer of raw values that know where they stand.

Validates no value and merges nothing: a layer is a plain mapping, and ``load`` lays them over each other.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic_settings import DotEnvSettingsSource

from loadlib.core.suggest import did_you_mean
from loadlib.settings.model import Settings
from loadlib.settings.names import EMPTY_COUNTS, INHERITED, PREFIX, SECRETS, VARIABLES, is_foreign, variable

CONFIG_FILE: Final = "loadlib.toml"
DOTENV_FILE: Final = ".env"
_SECRET_FILE_LIMIT_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Given:
    """A raw value and where it was given, in words for an error message."""

    value: object
    origin: str


@dataclass(slots=True)
class Layer:
    """What one source gives: values by setting, and the problems met while reading it, one line each."""

    values: dict[str, Given] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def from_overrides(overrides: Mapping[str, object]) -> Layer:
    """Take explicit values, the command line's; ``None`` means not given."""
    layer = Layer()
    for name, value in overrides.items():
        if name not in Settings.model_fields:
            layer.problems.append(f"{name}: unknown setting{did_you_mean(name, Settings.model_fields)}")
        elif value is not None:
            layer.values[name] = Given(value, "the command line")
    return layer


def from_environment(environ: Mapping[str, str], place: str = "the environment") -> Layer:
    """Take ``LOADLIB_`` variables and the inherited names; an empty one is not set, but for ``EMPTY_COUNTS``.

    Of both names of a setting the ``LOADLIB_`` one wins. A ``LOADLIB_`` name nobody reads is a problem.
    """
    layer = Layer()
    for old, name in INHERITED.items():
        if environ.get(old):
            layer.values[name] = Given(environ[old], f"{old} in {place}")
    for key, value in environ.items():
        if key in VARIABLES:
            if value or VARIABLES[key] in EMPTY_COUNTS:
                layer.values[VARIABLES[key]] = Given(value, f"{key} in {place}")
        elif key.upper().startswith(PREFIX) and not is_foreign(key, value):
            layer.problems.append(f"{key} in {place}: unknown variable{did_you_mean(key, VARIABLES)}")
    return layer


def from_dotenv(path: Path) -> Layer:
    """Take the variables of a ``.env`` file, if there is one; names that are not ours are left alone."""
    if not path.is_file():
        return Layer()
    try:
        found = DotEnvSettingsSource(Settings, env_file=path, case_sensitive=True).env_vars
    except (OSError, UnicodeDecodeError) as error:
        return Layer(problems=[f"{path.name}: cannot be read: {error}"])
    layer = from_environment({key: value for key, value in found.items() if value is not None}, path.name)
    for key, value in found.items():
        if value is None and (key in VARIABLES or key in INHERITED):
            layer.problems.append(f"{key} in {path.name}: no value; write {key}=...")
    return layer


def from_secrets_dir(directory: Path) -> Layer:
    """Take secrets from files named like their settings, ``auth_token`` or ``LOADLIB_AUTH_TOKEN``."""
    layer = Layer()
    if not directory.is_dir():
        layer.problems.append(f"secrets_dir: {str(directory)!r} is not a directory")
        return layer
    for name in sorted(SECRETS):
        for path in (directory / name, directory / variable(name)):
            _take_secret(layer, name, path)
    return layer


def _take_secret(layer: Layer, name: str, path: Path) -> None:
    if not path.is_file():
        return
    try:
        with path.open("rb") as file:
            text = file.read(_SECRET_FILE_LIMIT_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        layer.problems.append(f"{name}: secret file {path} cannot be read: {type(error).__name__}")
        return
    if text:
        layer.values[name] = Given(text, f"file {path}")


def from_config_file(path: Path, shown: str, *, required: bool) -> Layer:
    """Take the table of a TOML file, its keys being settings; secrets have no place in it."""
    layer = Layer()
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        if required:
            layer.problems.append(f"config: there is no file {shown!r}")
        return layer
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        layer.problems.append(f"{shown}: cannot be read: {error}")
        return layer
    for key, value in table.items():
        _take_key(layer, key, value, f"{shown}:{_line_of(key, text)}")
    return layer


def _take_key(layer: Layer, key: str, value: object, place: str) -> None:
    if key not in Settings.model_fields:
        layer.problems.append(f"{place}: unknown setting {key!r}{did_you_mean(key, Settings.model_fields)}")
    elif key in SECRETS:
        layer.problems.append(
            f"{place}: {key} is a secret; its place is {variable(key)} in the environment or in .env, "
            "or a secrets directory"
        )
    elif key == "config":
        layer.problems.append(f"{place}: a settings file cannot name another one")
    else:
        layer.values[key] = Given(value, place)


def _line_of(key: str, text: str) -> int:
    """Return the line of a top-level key in a valid TOML text; 1 when it is written unusually."""
    match = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[=.\]]", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1
