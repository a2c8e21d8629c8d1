"""The names of settings in the environment: current, inherited and foreign ones; reads no environment."""

import re
from typing import Final, get_args

from pydantic import SecretStr

from loadlib.settings.model import Settings

PREFIX: Final = "LOADLIB_"
INHERITED: Final = {
    "BASE_URL": "base_url",
    "WEB_URL": "web_url",
    "API_URL": "api_url",
    "CCR_URL": "ccr_url",
    "AUTH_TOKEN": "auth_token",
    "WORKSPACE_ID": "workspace_id",
    "ENVIRONMENT": "environment",
}
"""Names that k6 suites used. They count as long as the LOADLIB_ name is not set in the same place."""

FOREIGN: Final = frozenset(
    {"LOADLIB_DEBUG", "LOADLIB_METRICS_API_KEY", "LOADLIB_CONTROL_PLANE_KEY", "LOADLIB_UPDATE_GOLDEN"}
)
"""Names that other parts of the suite read: the command line, the reference platform, the tests."""

EMPTY_COUNTS: Final = frozenset({"api_prefix"})
"""Settings for which an empty variable is a value; every other empty variable is not set."""

_FOREIGN_PATTERNS: Final = (
    re.compile(r"LOADLIB_(TARGET|TEST)_\w+"),
    re.compile(r"LOADLIB_(\w+_)?SERVICE_(HOST|PORT(_\w+)?)"),
    re.compile(r"LOADLIB_(\w+_)?PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?"),
)
_SERVICE_LINK: Final = re.compile(r"(tcp|udp)://\S+")
"""The reference platform's variables, the tests', and those Kubernetes adds for services ``loadlib...``."""


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


VARIABLES: Final = {variable(name): name for name in Settings.model_fields}
"""Environment variable -> setting."""


def _mentions_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(_mentions_secret(part) for part in get_args(annotation))


SECRETS: Final = frozenset(
    name for name, field in Settings.model_fields.items() if _mentions_secret(field.annotation)
)
"""The settings whose values are never shown."""


def is_foreign(name: str, value: str) -> bool:
    """Tell whether a ``LOADLIB_`` variable belongs to another part of the suite or to Kubernetes."""
    if name in FOREIGN or any(pattern.fullmatch(name) for pattern in _FOREIGN_PATTERNS):
        return True
    return name.endswith("_PORT") and _SERVICE_LINK.fullmatch(value) is not None
