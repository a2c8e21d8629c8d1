"""The kinds of value a setting can have, each with the check that names what is allowed.

Knows no setting by name and no source; a failed check raises ``ValueError`` with the words after "must".
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from loadlib.core.units import parse_duration_s

PLACEHOLDER_TOKEN: Final = "test-token"  # noqa: S105 - the value that is refused
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_HEADER_VALUE: Final = re.compile(r"[!-:<-~]+")
_DURATION_HELP: Final = "be a duration such as 30s, 1m30s, 250ms, 2h, 1d or bare seconds"


def not_a_flag(value: object) -> object:
    """Return a value that is no truth value, or raise ``ValueError``: true is no 1."""
    if isinstance(value, bool):
        raise ValueError("be a number")
    return value


def read_seconds(value: object) -> object:
    """Return the seconds of a written duration, and anything but text as it is, for what follows to check."""
    if isinstance(value, str):
        try:
            return parse_duration_s(value)
        except ValueError:
            raise ValueError(_DURATION_HELP) from None
    return not_a_flag(value)


def _processes(value: int) -> int:
    if value < 1 and value != -1:
        raise ValueError("be 1 or more, or -1 for one per core")
    return value


def _file_name(value: object) -> object:
    if value == "":
        raise ValueError("name a file or directory")
    return value


def _base_url(value: str) -> str:
    url = value.rstrip("/")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("be a URL with a port between 0 and 65535, if any") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[^!-~]", url):
        raise ValueError("be a URL such as http://127.0.0.1:7777 or https://agents.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("carry no credentials; tokens and secrets have settings of their own")
    if parts.query or parts.fragment:
        raise ValueError("have no query and no fragment")
    return url


def _word(value: str) -> str:
    if not _WORD.fullmatch(value):
        raise ValueError("be one word of letters, digits, '.', '_' and '-', at most 64 of them")
    return value


def _path_prefix(value: str) -> str:
    prefix = value.rstrip("/")
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("be a path such as /api, or / for none")
    return prefix


def check_token(token: str) -> str:
    """Return a bearer or cookie token that can be sent in a header, or raise ``ValueError``.

    The literal ``test-token`` is refused: a platform that validates every bearer header answers 403 to it,
    on public endpoints too, and a test that carries it measures refusals.
    """
    if token.lower().startswith("bearer "):
        raise ValueError("be the token alone, without the word 'Bearer'")
    if token == PLACEHOLDER_TOKEN:
        raise ValueError(
            f"be a real token: the placeholder {PLACEHOLDER_TOKEN!r} is refused with 403 on every call; "
            "leave it out to send anonymous requests"
        )
    if not _HEADER_VALUE.fullmatch(token):
        raise ValueError("be visible ASCII without spaces or semicolons")
    return token


def _secret_token(value: SecretStr) -> SecretStr:
    check_token(value.get_secret_value())
    return value


def _below(limit: float) -> Callable[[float], float]:
    def check(value: float) -> float:
        if not value < limit:
            raise ValueError(f"be below {limit:g} seconds")
        return value

    return check


Count = Annotated[int, BeforeValidator(not_a_flag), Field(ge=1)]
"""A whole number, 1 or more."""

Processes = Annotated[int, BeforeValidator(not_a_flag), AfterValidator(_processes)]
"""A number of worker processes: 1 or more, or -1 for one per core."""

Port = Annotated[int, BeforeValidator(not_a_flag), Field(ge=1, le=65535)]
"""A TCP port."""

Number = Annotated[float, BeforeValidator(not_a_flag), Field(ge=0, allow_inf_nan=False)]
"""A finite number, 0 or more."""

Rate = Annotated[float, BeforeValidator(not_a_flag), Field(gt=0, allow_inf_nan=False)]
"""A finite number above 0."""

Share = Annotated[float, BeforeValidator(not_a_flag), Field(ge=0, le=1)]
"""A part of the whole, 0 to 1."""

CpuRatio = Annotated[float, BeforeValidator(not_a_flag), Field(gt=0, le=64)]
"""A limit on a part of the whole, above 0, up to 1."""

Seconds = Annotated[float, BeforeValidator(read_seconds), Field(gt=0, allow_inf_nan=False)]
"""A time above 0 in seconds, read from ``1m30s``, ``250ms`` or bare seconds."""

Delay = Annotated[float, BeforeValidator(read_seconds), Field(ge=0, allow_inf_nan=False)]
"""A time in seconds that may be 0."""

StopSeconds = Annotated[Seconds, AfterValidator(_below(25.0))]
"""A time for draining users; below the half minute in which container platforms kill a process."""

PreflightSeconds = Annotated[Seconds, Field(le=8.0)]
"""A time for the requests before the run; at most 8 seconds."""

TokenSeconds = Annotated[Seconds, Field(ge=10.0)]
"""The lifetime of a token, at least 10 seconds, as its expiry is told in whole ones."""

BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""An http or https URL without credentials, query or trailing slash."""

PathPrefix = Annotated[str, AfterValidator(_path_prefix)]
"""``/api`` or an empty string, never with a trailing slash."""

Word = Annotated[str, AfterValidator(_word)]
"""A free word that is safe in file names and tags."""

FileName = Annotated[Path, BeforeValidator(_file_name)]
"""A path, relative to the working directory; whether it exists is checked where it is used."""

Text = Annotated[str, Field(min_length=1)]
"""Any text but an empty one."""

Secret = Annotated[SecretStr, Field(min_length=1)]
"""Key material; never shown."""

Token = Annotated[Secret, AfterValidator(_secret_token)]
"""A token that travels in a header; never shown."""
