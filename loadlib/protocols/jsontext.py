"""JSON bodies as objects: reading one without raising, writing one compactly.

It knows nothing of what the members mean.
"""

import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, Final

from loadlib.protocols.failures import Failure

JsonObject = dict[str, Any]
Body = bytes | str | JsonObject
"""A response body as it came, or already parsed."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_DECODE: Final = json.JSONDecoder().raw_decode
"""What ``json.loads`` calls, without what surrounds it: half the cost of reading a small object."""


def parse_object(body: Body) -> JsonObject | Failure:
    """Return the object, or a failure of kind ``bad_json`` or ``not_object``.

    A text nested too deep for the parser, or not in UTF-8, is ``bad_json`` as well.
    """
    if isinstance(body, dict):
        return body
    if type(body) is str and body[:1] == "{":
        try:
            value, end = _DECODE(body)
        except (ValueError, RecursionError):
            end = -1
        if end == len(body):
            return value  # type: ignore[no-any-return] # what a brace opens is an object
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Failure("bad_json", f"{error}; the text starts with {_head(body)}")
    if not isinstance(value, dict):
        return Failure("not_object", f"the JSON starts with {_head(body)}")
    return value


def dump(value: Mapping[str, object]) -> bytes:
    """Return the object as compact JSON text in ASCII."""
    return _ENCODER.encode(value).encode("ascii")


def quote(text: str) -> str:
    """Return a JSON string literal; for request templates, where this is much cheaper than `dump`."""
    return encode_basestring_ascii(text)


def scalar(value: str | int) -> str:
    """Return a JSON-RPC request id, a string or an integer, as JSON text."""
    return quote(value) if isinstance(value, str) else str(value)


def is_text(value: object) -> bool:
    """Tell whether the value is a non-empty string, as every id on these wires must be."""
    return type(value) is str and value != ""


def _head(body: bytes | str) -> str:
    return repr(body[:80])
