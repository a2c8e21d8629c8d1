"""What a document may hold but probably does not mean: names close to the run's own, and nothing to judge.

Users name their own scenarios and environments, so none of this is an error.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from loadlib.core.suggest import nearest
from loadlib.thresholds import document as model
from loadlib.thresholds.places import Path, Places

_CLOSE: Final = 0.8


def slips(
    document: model.DocumentModel, places: Places, *, environment: str, scenarios: Collection[str]
) -> Iterator[str]:
    """Yield a line, with its place, for every section named almost like the run's environment or a scenario.

    A section is taken as meant when the name it resembles has a section of its own.
    """
    for word, path, names in _named_sections(document):
        known = {environment} if word == "environment" else set(scenarios)
        for name in names:
            meant = nearest(name, known.difference(names), at_least=_CLOSE)
            if name not in known and meant is not None:
                place = places.place((*path, name, "[key]"))
                yield f"{place}: {word} {name!r} is not part of this run; did you mean {meant!r}?"


def _named_sections(document: model.DocumentModel) -> Iterator[tuple[str, Path, Iterable[str]]]:
    yield "environment", ("environments",), document.environments
    yield "scenario", ("scenarios",), document.scenarios
    for name, inside in document.environments.items():
        yield "scenario", ("environments", name, "scenarios"), inside.scenarios
