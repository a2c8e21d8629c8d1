"""The head of a request from its parts, with as little work as the call needs.

The usual call joins prepared byte strings; only a call whose headers replace a default one is built field by
field. What may be in a header is decided by `headers`; this file does not know redirects or cookies' rules.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from loadlib.client.headers import DefaultHeaders, encode_lines, folded
from loadlib.client.plan import Plan
from loadlib.client.secrecy import looks_secret

HeaderValues = Mapping[str, str | None]

_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_END: Final = b"\r\n"


def build_head(
    plan: Plan, defaults: DefaultHeaders, added: Mapping[str, str], own: HeaderValues, body_bytes: int
) -> bytes:
    """Return request line and header lines, the empty line included.

    ``added`` is what the client has to say of this request: content type, credentials, cookies. ``own`` are
    the call's headers: they replace added ones and defaults of the same name, whatever its case, and None
    leaves one out. Content-Length is sent with every body, and as 0 by POST, PUT and PATCH.

    Raises:
        ValueError: a header that must not be sent (`headers`).
    """
    framing = (
        b"Content-Length: %d\r\n\r\n" % body_bytes if body_bytes or plan.method in _BODY_METHODS else _END
    )
    if not own and not added and not defaults.holds_any(("host",)):
        return plan.head + defaults.block + framing
    lines = {folded(name): f"{name}: {value}" for name, value in added.items()}
    for name, value in own.items():
        lower = folded(name)
        if value is None or lower == "host":
            return _build_slowly(plan, defaults, added, own) + framing
        lines[lower] = f"{name}: {value}"
    if defaults.holds_any({"host", *lines}):
        return _build_slowly(plan, defaults, added, own) + framing
    return plan.head + defaults.block + encode_lines([*lines.values()]) + framing


@lru_cache(maxsize=64)
def line_of(name: str, value: str) -> bytes:
    """Return the line of a header that repeats itself.

    Raises:
        ValueError: a header that must not be sent (`headers`).
    """
    return encode_lines([f"{name}: {value}"])


def without_secrets(defaults: DefaultHeaders) -> DefaultHeaders:
    """Return the defaults that may go to a foreign origin."""
    return DefaultHeaders({name: value for name, value in defaults.items() if not looks_secret(name)})


def _build_slowly(plan: Plan, defaults: DefaultHeaders, added: Mapping[str, str], own: HeaderValues) -> bytes:
    fields: dict[str, tuple[str, str]] = {"host": ("Host", plan.target.origin.netloc)}
    fields.update(defaults.named())
    for name, value in (*added.items(), *own.items()):
        lower = folded(name)
        fields.pop(lower, None)
        if value is not None:
            fields[lower] = (name, value)
    lines = [f"{name}: {value}" for name, value in fields.values()]
    return plan.request_line + (encode_lines(lines) if lines else b"")
