"""Request bodies as bytes with the Content-Type they imply. Does not frame them (`head` does)."""

import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

Data = bytes | bytearray | memoryview | str | Mapping[str, object] | Sequence[tuple[str, object]]

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_encode_json: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def encode_body(data: Data | None, json_value: object) -> tuple[bytes, str]:
    """Return body and Content-Type; the type is empty when the body does not imply one (bytes and text).

    Raises:
        ValueError: both ``data`` and ``json`` are given, or the value is no JSON (NaN and infinity included).
    """
    if json_value is not None:
        if data is not None:
            raise ValueError("give data or json, not both")
        return _encode_json(json_value).encode("utf-8"), JSON_TYPE
    if data is None:
        return b"", ""
    if isinstance(data, str):
        return data.encode("utf-8"), ""
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data), ""
    return urlencode(data, doseq=True).encode("ascii"), FORM_TYPE
