"""Endpoint naming: a request path becomes a template, so that ids never reach names or tags.

This file does not limit how many templates there may be; the store does.
"""

import re
from functools import lru_cache
from typing import Final

_ORIGIN: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_QUERY: Final = re.compile(r"[?#].*", re.DOTALL)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NUMBER: Final = re.compile(r"\d+")
_HEX: Final = re.compile(r"[0-9a-fA-F]{12,}")
_PREFIXED: Final = re.compile(r"[A-Za-z][A-Za-z]*[_-](?=[0-9A-Za-z]*\d)[0-9A-Za-z]{8,}")
_MIXED: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[0-9A-Za-z_=-]{20,}")
_CACHED_PATHS: Final = 4096


@lru_cache(maxsize=_CACHED_PATHS)
def normalize_path(path: str) -> str:
    """Return the template of a URL or path: ``/a/42/b?x=1`` becomes ``/a/{id}/b``.

    Scheme, host, query and fragment are dropped. A segment becomes ``{id}`` when it is a number, a run of
    12 or more hexadecimal digits, a prefixed id such as ``task_3f9a01bc22de`` or 20 or more mixed letters
    and digits, and ``{uuid}`` when it is a UUID. A trailing action (``42:cancel``) is kept.
    """
    bare = _QUERY.sub("", _ORIGIN.sub("", path))
    return "/".join(_segment(part) for part in bare.split("/")) or "/"


def endpoint_name(method: str, template: str, service: str = "") -> str:
    """Return the endpoint's name: ``GET /health``, or ``GET ccr:/health`` for another service."""
    return f"{method} {service}:{template}" if service else f"{method} {template}"


def _segment(part: str) -> str:
    head, colon, action = part.partition(":")
    if _UUID.fullmatch(head):
        return "{uuid}" + colon + action
    if any(shape.fullmatch(head) for shape in (_NUMBER, _HEX, _PREFIXED, _MIXED)):
        return "{id}" + colon + action
    return part
