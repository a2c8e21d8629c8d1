"""Where the parts of a document stand in its file, and what its model found wrong there.

A path is a tuple of keys and list positions, as pydantic reports it. Nothing here decides what is allowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from loadlib.core.suggest import did_you_mean
from loadlib.thresholds.document import fields_at
from loadlib.thresholds.errors import SyntaxFlaw
from loadlib.thresholds.fields import VERSION, Word, described
from loadlib.thresholds.nodes import ListNode, MapNode, Node, TextNode
from loadlib.thresholds.source import Problem, Source, Span

_EXPECTED_ITEM: Final = "an expression such as p(95)<500, or a mapping that holds one"
Path = tuple[Any, ...]
_KEY: Final = "[key]"
_EXPECTED: Final = {
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": 'a list, such as ["p(95)<500"]',
}


def plain(node: Node) -> object:
    """Return a tree as dicts, lists and texts; a value left out is ``None``."""
    match node:
        case MapNode():
            return {key: plain(value) for key, (_, value) in node.entries.items()}
        case ListNode():
            return [plain(item) for item in node.items]
        case TextNode(text="", plain=True):
            return None
        case TextNode():
            return Word(node.text) if node.plain else node.text


class Places:
    """The places of one document."""

    def __init__(self, source: Source, root: Node) -> None:
        self._source = source
        self._root = root

    def place(self, path: Path) -> str:
        """Return ``file:line:column`` of what stands at ``path``."""
        return self._source.place(self._span(path).start)

    def problem(self, path: Path, flaw: SyntaxFlaw) -> Problem:
        """Return a flaw of the text at ``path``, placed in the file; ``[key]`` at its end means the key."""
        scalar = self._scalar(path)
        if scalar is None:
            span = self._span(path)
            return Problem(span.start, span.end, str(flaw))
        start, shift = scalar.span.start, self._shift(scalar)
        if shift is None:
            return Problem(start, scalar.span.end, str(flaw))
        end = flaw.start + flaw.length if flaw.length else len(scalar.text)
        return Problem(start + shift + flaw.start, start + shift + end, str(flaw))

    def problems(self, error: ValidationError) -> Iterator[Problem]:
        """Yield everything that a validation found wrong, placed in the file."""
        for found in error.errors(include_url=False):
            yield self._found(found["type"], tuple(found["loc"]), found)

    def show(self, problems: Sequence[Problem]) -> list[str]:
        """Return problems as they are printed, in the order of the file, each once."""
        return [self._source.show(problem) for problem in sorted(set(problems))]

    def _found(self, kind: str, path: Path, found: Mapping[str, Any]) -> Problem:
        if kind == "missing":
            span = self._span(path[:-1])
            hint = f"; write version: {VERSION}" if path == ("version",) else ""
            return Problem(span.start, span.start + 1, f"{path[-1]!r} is missing{hint}")
        if kind == "extra_forbidden":
            return self.problem((*path, _KEY), SyntaxFlaw(self._unknown_key(path)))
        if kind == "value_error" and isinstance(found["ctx"]["error"], SyntaxFlaw):
            return self.problem(path, found["ctx"]["error"])
        is_item = bool(path) and isinstance(path[-1], int)
        expected = _EXPECTED_ITEM if is_item else _EXPECTED.get(kind)
        message = f"must be {expected}, not {described(found['input'])}" if expected else found["msg"]
        return self.problem(path, SyntaxFlaw(message))

    def _unknown_key(self, path: Path) -> str:
        *above, name = path
        allowed = fields_at(tuple(above))
        spellings = [
            key for key in allowed if key.replace("_", "").casefold() == name.replace("_", "").casefold()
        ]
        if spellings and spellings[0] in self._keys(tuple(above)):
            return f"{name!r} says the same as {spellings[0]!r}; leave one out"
        if not above and isinstance(self._walk(path)[1], ListNode):
            return f"unknown key {name!r}; metrics stand under 'thresholds:'"
        return f"unknown key {name!r}{did_you_mean(name, allowed) or '; use ' + ', '.join(allowed)}"

    def _keys(self, path: Path) -> Sequence[str]:
        node = self._walk(path)[1]
        return list(node.entries) if isinstance(node, MapNode) else []

    def _walk(self, path: Path) -> tuple[TextNode | None, Node]:
        """Return the key and the value at ``path``, or at the deepest part of it that is in the file."""
        key, node = None, self._root
        for step in path:
            if isinstance(node, MapNode) and step in node.entries:
                key, node = node.entries[step]
            elif isinstance(node, ListNode) and isinstance(step, int):
                key, node = None, node.items[step]
            else:
                break
        return key, node

    def _scalar(self, path: Path) -> TextNode | None:
        """Return the text that a problem at ``path`` is about, if it is one."""
        key, node = self._walk(path)
        if path[-1:] == (_KEY,):
            return key
        return node if isinstance(node, TextNode) and node.text else None

    def _span(self, path: Path) -> Span:
        """Return where ``path`` stands: its value, or its key when the value was left out."""
        key, node = self._walk(path)
        left_out = isinstance(node, TextNode) and node.span.start == node.span.end
        return key.span if key is not None and (left_out or path[-1:] == (_KEY,)) else node.span

    def _shift(self, scalar: TextNode) -> int | None:
        """Return where a scalar's text begins in its span; ``None`` when escapes or folding lie between."""
        raw = self._source.text[scalar.span.start : scalar.span.end]
        if raw[: len(scalar.text)] == scalar.text:
            return 0
        return 1 if raw[1:-1] == scalar.text else None
