"""YAML as a tree of texts with their places: the subset that leaves nothing to interpret.

Every scalar is text; whether ``on``, ``1:30`` or ``1`` is a boolean, a time or a number is decided by
whoever expects one, never by how it looks. Refused, each with its place: a key given twice, anchors,
aliases, merge keys, type tags, keys that are no text, more than one document. The tree is built from
PyYAML's parser events, since its composer already resolves aliases and types. Nothing here knows
thresholds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from loadlib.thresholds.source import Problem, Source, Span

_DEEPEST: Final = 30
_UNFINISHED: Final = "found unexpected end of stream"
_HINTS: Final = (
    ("'\\t'", "a tab; YAML is indented and separated with blanks"),
    (
        "mapping values are not allowed",
        "a colon too many here, or missing above; text with a colon needs quotes",
    ),
    ("but got '{'", "a brace inside unquoted text; put the text in quotes"),
    ("could not find expected ':'", "a key without a colon"),
    (_UNFINISHED, "the closing quote is missing"),
)


@dataclass(frozen=True, slots=True)
class TextNode:
    """A text. ``plain`` ones stand without quotes; an empty plain one is a value left out."""

    text: str
    plain: bool
    span: Span


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    items: list["Node"]
    span: Span


@dataclass(frozen=True, slots=True)
class MapNode:
    """Keys in the order of the file, each with its value."""

    entries: dict[str, tuple[TextNode, "Node"]]
    span: Span


Node = TextNode | ListNode | MapNode


class _StopReadingError(Exception):
    """The text cannot be read any further."""


def parse(source: Source) -> tuple[Node | None, list[Problem]]:
    """Return the tree of a text, ``None`` if it has none, and everything that is wrong with its YAML."""
    builder = _Builder(source)
    try:
        return builder.document(), builder.problems
    except _StopReadingError:
        return None, builder.problems
    except yaml.reader.ReaderError as error:
        at = Problem(
            error.position, error.position + 1, f"character U+{_code(error):04X} is not allowed in YAML"
        )
        return None, [*builder.problems, at]
    except yaml.MarkedYAMLError as error:
        return None, [*builder.problems, _problem_of(error, len(source.text))]


def _code(error: yaml.reader.ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)


def _problem_of(error: yaml.MarkedYAMLError, length: int) -> Problem:
    text = error.problem or str(error)
    hint = next((hint for part, hint in _HINTS if part in text), None)
    mark = error.context_mark if text == _UNFINISHED else error.problem_mark
    start = min(mark.index if mark else 0, length)
    return Problem(start, start + 1, f"not YAML: {hint or text}")


class _Builder:
    def __init__(self, source: Source) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._events: Iterator[yaml.Event] = iter(())
        self._depth = 0

    def document(self) -> Node | None:
        """Read the only document; a second one is a problem."""
        self._events = yaml.parse(self._source.text, Loader=yaml.SafeLoader)
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        node = self._node(next(self._events))
        next(self._events)
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            self._flaw(following, "a second document; a file holds one")
        return node

    def _node(self, event: yaml.Event) -> Node:
        if isinstance(event, yaml.AliasEvent):
            self._flaw(event, "aliases are not supported; write the value again")
            return TextNode("", True, _span(event))
        self._refuse_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return TextNode(event.value, event.style is None, _span(event))
        self._depth += 1
        if self._depth > _DEEPEST:
            self._flaw(event, "nested too deeply")
            raise _StopReadingError
        node = self._sequence(event) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(event)
        self._depth -= 1
        return node

    def _sequence(self, start: yaml.Event) -> ListNode:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return ListNode(items, Span(_span(start).start, _span(event).end))

    def _mapping(self, start: yaml.Event) -> MapNode:
        entries: dict[str, tuple[TextNode, Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, value = self._node(event), self._node(next(self._events))
            if not isinstance(key, TextNode):
                self._flaw(event, "a key must be text; put keys that begin with [ or { in quotes")
            elif key.text == "<<" and key.plain:
                self._flaw(event, "merge keys are not supported; write the entries again")
            elif key.text in entries:
                self._duplicate(key, entries[key.text][0])
            else:
                entries[key.text] = (key, value)
        return MapNode(entries, Span(_span(start).start, _span(event).end))

    def _duplicate(self, key: TextNode, first: TextNode) -> None:
        line, column = self._source.position(first.span.start)
        message = f"duplicate key {key.text!r}; the first is at line {line}, column {column}"
        self.problems.append(Problem(key.span.start, key.span.end, message))

    def _refuse_properties(self, event: yaml.Event) -> None:
        if getattr(event, "anchor", None):
            self._flaw(event, "anchors are not supported; write the value again where it is needed")
        if tag := getattr(event, "tag", None):
            self._flaw(event, f"type tags such as {tag!r} are not supported")

    def _flaw(self, event: yaml.Event, message: str) -> None:
        span = _span(event)
        self.problems.append(Problem(span.start, max(span.end, span.start + 1), message))


def _span(event: yaml.Event) -> Span:
    if event.start_mark is None or event.end_mark is None:
        raise AssertionError("the parser marks every event")
    return Span(event.start_mark.index, event.end_mark.index)
