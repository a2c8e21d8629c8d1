"""Walks a document: every selector of every section with its comparisons, in the order of the file.

Nothing is checked here, and nothing is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from loadlib.thresholds import document as model
from loadlib.thresholds.places import Path
from loadlib.thresholds.rule import Section
from loadlib.thresholds.selectors import Selector, parse_selector


@dataclass(frozen=True, slots=True)
class Group:
    """One selector of the document with its comparisons, and where it stands."""

    path: Path
    section: Section
    selector: Selector
    entries: tuple[model.RuleEntry, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """What the group of an environment must share with another group to replace it."""
        return self.section.scenario, self.section.endpoint, self.selector


def groups(document: model.DocumentModel) -> Iterator[Group]:
    """Yield every group: the base sections first, then those of each environment."""
    yield from _with_scenarios(document, (), Section())
    for environment, inside in document.environments.items():
        yield from _with_scenarios(inside, ("environments", environment), Section(environment))


def _with_scenarios(
    part: model.DocumentModel | model.EnvironmentSection, path: Path, section: Section
) -> Iterator[Group]:
    yield from _of_section(part, path, section)
    for scenario, inside in part.scenarios.items():
        inner = Section(section.environment, scenario)
        yield from _of_section(inside, (*path, "scenarios", scenario), inner)


def _of_section(part: model.DocumentModel | model.Section, path: Path, section: Section) -> Iterator[Group]:
    yield from _of_map(part.thresholds, (*path, "thresholds"), section)
    for endpoint, rules in part.endpoints.items():
        inner = Section(section.environment, section.scenario, endpoint)
        yield from _of_map(rules, (*path, "endpoints", endpoint), inner)


def _of_map(rules: model.RuleMap, path: Path, section: Section) -> Iterator[Group]:
    for text, entries in rules.items():
        yield Group((*path, text), section, parse_selector(text), entries)
