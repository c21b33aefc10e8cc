"""A picture's rows in pieces, so that no second copy of a large one is ever made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_ROWS: Final = 256


def bands(height: int, rows: int = _ROWS) -> Iterator[slice]:
    """Slices of so many rows each, from the top; the last may be shorter."""
    return (slice(top, min(top + rows, height)) for top in range(0, height, rows))
