"""Selectors: k6's way to name a metric, or the part of it that carries certain tags.

    selector -> metric | metric "{" pair ( "," pair )* "}"
    pair     -> key ":" value          cut at the first colon

The first ``{`` opens the tags, and ``}`` must be the last character, so a value may hold colons and braces
(``{group:::login}``, ``{endpoint:GET /a2a/{agent}/rpc}``) but no comma. Keys and values are trimmed of
blanks, then of quotes. A series belongs to the selection when it carries all pairs, exactly. Unlike k6, a
value that is empty after trimming and a key given twice are refused: no sample can match them.
"""

from dataclasses import dataclass, field
from typing import Final

from loadlib.core.metrics import NAME_RULE
from loadlib.thresholds.errors import SyntaxFlaw

SELECTOR_PATTERN: Final = rf"^{NAME_RULE.pattern}(\{{[^:,]+:[^,]+(,[^:,]+:[^,]+)*\}})?$"
"""What an editor can check of a selector."""

_QUOTES: Final = "\"'"


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name and the tags that its series must carry. Two of the same meaning are equal."""

    source: str = field(compare=False)
    """The text as the user wrote it."""
    metric: str
    tags: tuple[tuple[str, str], ...]
    """Sorted by key."""

    def __str__(self) -> str:
        pairs = ",".join(f"{key}:{value}" for key, value in self.tags)
        return f"{self.metric}{{{pairs}}}" if pairs else self.metric


def parse_selector(source: str) -> Selector:
    """Return the selector written in ``source``. Raises ``SyntaxFlaw`` at the characters that are wrong."""
    metric, opened, rest = source.partition("{")
    _check_metric(metric)
    if not opened:
        return Selector(source, metric, ())
    if not rest.endswith("}"):
        where = max(len(source.rstrip()) - 1, 0)
        raise SyntaxFlaw("the closing } must be the last character", where, len(source) - where)
    tags: dict[str, str] = {}
    start = len(metric) + 1
    for pair in rest[:-1].split(","):
        key, value = _pair(pair, start)
        if key in tags:
            raise SyntaxFlaw(f"tag {key!r} is given twice; no sample carries two values", start, len(pair))
        tags[key] = value
        start += len(pair) + 1
    return Selector(source, metric, tuple(sorted(tags.items())))


def _check_metric(name: str) -> None:
    if not name:
        raise SyntaxFlaw("no metric name; write for example http_req_duration{endpoint:GET /health}", 0, 1)
    if not NAME_RULE.fullmatch(name):
        raise SyntaxFlaw(
            f"{name!r} is not a metric name: 2 to 128 letters, digits or _, no digit first", 0, len(name)
        )


def _pair(text: str, start: int) -> tuple[str, str]:
    key, colon, value = text.partition(":")
    key, value = _trimmed(key), _trimmed(value)
    if not colon or not key or not value:
        what = "needs a value" if key else "needs a key and a value"
        raise SyntaxFlaw(f"tag {text.strip()!r} {what}; write key:value", start, max(len(text), 1))
    return key, value


def _trimmed(text: str) -> str:
    return text.strip().strip(_QUOTES)
