"""The pictures that the report is made of: the package's own, which may be shown."""

from __future__ import annotations

from typing import Final

from impasto.samples import Sample, sample

CONTENT: Final = sample("content", "cat")
STYLES: Final = tuple(
    sample("style", name) for name in ("night-swirl", "woodblock", "stained-glass")
)
"""The first is the one that options are changed in."""
PORTRAIT: Final = sample("content", "astronaut")
"""A face, for what goes wrong."""
HARD: Final = sample("style", "mosaic")
"""The style it is painted in."""
SHOWN: Final[tuple[Sample, ...]] = (CONTENT, *STYLES, PORTRAIT, HARD)
LEARNED: Final = ("starry-night", "the-scream", "wheat-field")
"""Of the ten styles that the bundled network has learned."""


def title_of(stem: str) -> str:
    """How a picture is called in a caption."""
    return stem.replace("-", " ")
