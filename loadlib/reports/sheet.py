"""The paper a text report is written on: its width, its colours and the shapes of its lines."""

from collections.abc import Callable
from dataclasses import dataclass

from loadlib.reports.colors import Paint
from loadlib.reports.layout import item

Brush = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Lays out lines of at most ``width`` columns."""

    width: int
    paint: Paint

    def heading(self, title: str, text: str = "") -> list[str]:
        """Return an empty line and the heading of a section, with what it comes to in a few words."""
        return ["", *self.led(f"{title}  " if text else title, text, self.paint.bold)]

    def marked(self, mark: str, text: str, brush: Brush) -> list[str]:
        """Return an indented entry that a mark stands before."""
        return self.led(f"  {mark} ", text, brush)

    def led(self, lead: str, text: str, brush: Brush) -> list[str]:
        """Return wrapped text beside a painted lead."""
        first, *rest = item(lead, text, self.width)
        visible = lead.rstrip()
        return [brush(visible) + first[len(visible) :], *rest]

    def plain(self, text: str, indent: int = 2) -> list[str]:
        """Return wrapped and indented text."""
        return item(" " * indent, text, self.width)
