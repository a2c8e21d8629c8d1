"""Lays the sources of settings over each other and validates the result.

Order, strongest first: explicit values (the command line), the environment, ``.env``, the secrets
directory, the settings file, the defaults. Within one place a ``LOADLIB_`` name beats the inherited one.
"""

import os
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from loadlib.errors import ConfigurationError
from loadlib.settings import layers
from loadlib.settings.layers import Given, Layer
from loadlib.settings.model import Settings
from loadlib.settings.names import variable
from loadlib.settings.network_kinds import certificates
from loadlib.settings.problems import describe, display, spelled

DEFAULT_PORT: Final = 7777
_NEIGHBOURS: Final = {"web_url": 1, "api_url": 2, "ccr_url": 3}
_NESTED: Final = (
    ("connect_timeout_s", "timeout_s"),
    ("idle_timeout_s", "stream_timeout_s"),
    ("realtime_reconnect_s", "realtime_max_reconnect_s"),
)
_FILES: Final = ("ca_file", "identities_file")
_CERT_FILES: Final = ("cert", "key")


def load_settings(
    overrides: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Settings:
    """Return the settings of this process from all sources.

    ``overrides`` are explicit values by setting name, ``None`` meaning not given; ``environ`` and ``cwd``
    stand for the process's own. Raises ``ConfigurationError`` with one line per problem, of all sources
    at once.
    """
    root = Path.cwd() if cwd is None else cwd
    stack = _read(overrides or {}, os.environ if environ is None else environ, root)
    given: dict[str, Given] = {}
    for layer in reversed(stack):
        given.update(layer.values)
    given.update(_neighbours(given))
    problems = [line for layer in stack for line in layer.problems]
    try:
        settings = Settings(**{name: entry.value for name, entry in given.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigurationError(*problems, *describe(error, given)) from None
    settings._origins = MappingProxyType({name: entry.origin for name, entry in given.items()})
    problems += _contradictions(settings, root)
    if problems:
        raise ConfigurationError(*problems)
    return settings


def to_environment(overrides: Mapping[str, object]) -> dict[str, str]:
    """Return explicit values as the variables that hand them to a child process, where they win too.

    Raises ``ConfigurationError`` for a name that is no setting.
    """
    layer = layers.from_overrides(overrides)
    if layer.problems:
        raise ConfigurationError(*layer.problems)
    return {variable(name): _plain(entry.value) for name, entry in layer.values.items()}


def masked(settings: Settings) -> dict[str, str]:
    """Return every setting as text that may be shown and stored: secrets are stars, or ``not set``."""
    return {name: display(name, getattr(settings, name)) for name in Settings.model_fields}


def _read(overrides: Mapping[str, object], environ: Mapping[str, str], root: Path) -> list[Layer]:
    """Return the layers, strongest first; the first three can name the places of the others."""
    stack = [
        layers.from_overrides(overrides),
        layers.from_environment(environ),
        layers.from_dotenv(root / layers.DOTENV_FILE),
    ]
    if secrets_dir := _first(stack, "secrets_dir"):
        stack.append(layers.from_secrets_dir(root / secrets_dir))
    config = _first(stack, "config")
    shown = config or layers.CONFIG_FILE
    stack.append(layers.from_config_file(root / shown, shown, required=config is not None))
    return stack


def _first(stack: list[Layer], name: str) -> str | None:
    return next((str(layer.values[name].value) for layer in stack if name in layer.values), None)


def _neighbours(given: Mapping[str, Given]) -> Iterator[tuple[str, Given]]:
    """Yield the URLs that follow from a local ``base_url`` with a port of its own."""
    base = given.get("base_url")
    place = _local_place(str(base.value)) if base else None
    if base is None or place is None:
        return
    scheme, host, port = place
    for name, distance in _NEIGHBOURS.items():
        if name not in given:
            yield name, Given(f"{scheme}://{host}:{port + distance}", f"next to base_url, {base.origin}")


def _local_place(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if port in (None, DEFAULT_PORT) or not _is_loopback(host):
        return None
    return parts.scheme, f"[{host}]" if ":" in host else host, port


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _contradictions(settings: Settings, root: Path) -> Iterator[str]:
    """Yield a line for each pair of given settings that contradict and each file that is not there."""
    for inner, outer in _NESTED:
        yield from _exceeds(settings, inner, outer)
    if settings.insecure_skip_tls_verify and settings.ca_file:
        yield "insecure_skip_tls_verify: cannot be combined with ca_file, which would not be read"
    if settings.tls_max_version is not None and settings.tls_max_version < settings.tls_min_version:
        lowest, origin = settings.tls_min_version, settings.origin("tls_max_version")
        yield f"tls_max_version: must not be below tls_min_version, {lowest} ({origin})"
    yield from _missing_certificates(settings, root)
    for name in _FILES:
        path = getattr(settings, name)
        if path is not None and not (root / path).is_file():
            yield f"{name}: there is no file {str(path)!r} ({settings.origin(name)})"


def _missing_certificates(settings: Settings, root: Path) -> Iterator[str]:
    for entry in certificates(settings.client_certs) if settings.client_certs else ():
        for path in (entry[key] for key in _CERT_FILES if entry.get(key)):
            if not (root / path).is_file():
                yield f"client_certs: there is no file {path!r} ({settings.origin('client_certs')})"


def _exceeds(settings: Settings, inner: str, outer: str) -> Iterator[str]:
    """Yield a line when a wait is longer than the one around it; a default gives way without a word."""
    longer, shorter = getattr(settings, inner), getattr(settings, outer)
    if longer > shorter and "default" not in (settings.origin(inner), settings.origin(outer)):
        yield f"{inner}: must not exceed {outer}, {shorter:g}, but is {longer:g} ({settings.origin(inner)})"


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value).lower() if isinstance(value, bool) else spelled(value)
