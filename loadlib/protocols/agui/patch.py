"""The shape of a JSON Patch (RFC 6902), checked without applying it.

Whether a well-formed patch fits the document is not checked: consumers keep the old state and go on.
"""

from collections.abc import Mapping
from typing import Final

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject
from loadlib.protocols.stream import Findings

_NEEDS: Final[Mapping[str, str | None]] = {
    "add": "value",
    "replace": "value",
    "test": "value",
    "remove": None,
    "move": "from",
    "copy": "from",
}


def check_patch(patch: list[object], found: Findings) -> Failure | None:
    """Return ``bad_patch`` for a malformed operation; one that the RFC does not know is noted and ignored."""
    for operation in patch:
        if not isinstance(operation, dict) or type(operation.get("op")) is not str:
            return Failure("bad_patch", f"not an operation: {operation!r}")
        if operation["op"] not in _NEEDS:
            found.note("unknown_patch_op")
        elif not _is_whole(operation):
            return Failure("bad_patch", f"a malformed operation: {operation!r}")
    return None


def _is_whole(operation: JsonObject) -> bool:
    need = _NEEDS[operation["op"]]
    if need == "from" and not _is_pointer(operation.get("from")):
        return False
    return _is_pointer(operation.get("path")) and (need is None or need in operation)


def _is_pointer(value: object) -> bool:
    """Tell whether the value is a JSON Pointer (RFC 6901): empty, or starting with a slash."""
    return isinstance(value, str) and (value == "" or value.startswith("/"))
