"""Reads a thresholds file into a document, or refuses it with everything that is wrong with it, each placed.

What is checked here needs the file alone; metrics and scenarios are joined to it in ``rules``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from loadlib.thresholds.document import DocumentModel
from loadlib.thresholds.errors import ThresholdsError
from loadlib.thresholds.nodes import parse
from loadlib.thresholds.places import Places, plain
from loadlib.thresholds.source import Problem, Source

_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class ThresholdsDocument:
    """A valid document, the file's name and the places of its parts."""

    name: str
    model: DocumentModel
    places: Places


def load(path: Path) -> ThresholdsDocument:
    """Read a file. Raises ``ThresholdsError`` when it is missing, unreadable, not UTF-8 or invalid."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ThresholdsError(f"{path}: can't be read: {error.strerror or error}") from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ThresholdsError(_not_utf8(str(path), data, error.start)) from error
    return loads(text, str(path))


def loads(text: str, name: str = "thresholds.yaml") -> ThresholdsDocument:
    """Read a text; ``name`` stands for the file in messages. Raises ``ThresholdsError`` if it is invalid."""
    source = Source(name, text.removeprefix(_BYTE_ORDER_MARK))
    root, problems = parse(source)
    if root is None:
        raise ThresholdsError(*([source.show(problem) for problem in sorted(problems)] or [_empty(name)]))
    places = Places(source, root)
    try:
        model = DocumentModel.model_validate(plain(root))
    except ValidationError as error:
        known = {problem.start for problem in problems}
        problems += [problem for problem in places.problems(error) if problem.start not in known]
    if problems:
        raise ThresholdsError(*places.show(problems))
    return ThresholdsDocument(name, model, places)


def _empty(name: str) -> str:
    return f"{name}:1:1: the file is empty; it needs version: 1 and what a run is judged by under thresholds:"


def _not_utf8(name: str, data: bytes, start: int) -> str:
    good = data[:start].decode()
    source = Source(name, good + data[start:].decode("latin-1"))
    message = f"byte 0x{data[start]:02X} is not UTF-8; save the file as UTF-8"
    return source.show(Problem(len(good), len(good) + 1, message))
