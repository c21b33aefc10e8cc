"""The terminal as rich draws on it. Imports rich, so it is imported when a run starts."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from impasto.shown import escaped, raw


class _Shown(Console):
    """Draws with control characters of its own, and spells out those in texts."""

    def render(self, renderable: Any, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments of a renderable; what is between rich's own sequences is text."""
        for each in super().render(renderable, options):
            yield each if each.control else Segment(escaped(each.text), each.style)


def error_console() -> Console:
    """Standard error as a console."""
    return _Shown(file=raw(sys.stderr))
