"""Texts as people see them: control characters spelled out, numbers and times in few characters."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO, cast

_CONTROLS: Final = (
    *range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F,
    *range(0x2028, 0x202F), *range(0x2066, 0x206A),
)  # fmt: skip
"""All control characters but tab and line feed, and what turns the direction of writing."""

# As JSON writes them, so that what is JSON stays it.
_SHOWN: Final = {code: f"\\u{code:04x}" for code in _CONTROLS}


def escaped(text: str) -> str:
    """A text with its control characters spelled out."""
    return text.translate(_SHOWN)


class Shown:
    """A stream on which control characters are spelled out.

    Args:
        stream: Where it is written; ``raw`` afterwards, for those who draw.
    """

    def __init__(self, stream: TextIO) -> None:
        self.raw = stream

    def write(self, text: str) -> int:
        """Write a text that may come from anywhere."""
        self.raw.write(escaped(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def raw(stream: TextIO) -> TextIO:
    """The stream itself, to draw on with texts that are escaped already."""
    return stream.raw if isinstance(stream, Shown) else stream


@contextmanager
def controls_shown() -> Iterator[None]:
    """Let nothing that is printed meanwhile steer the terminal."""
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        cast(TextIO, None if each is None else Shown(raw(each))) for each in kept
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept


def compact(value: float) -> str:
    """A number in three digits: 0.123, 12.3, 123, 1.23e4."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if 0.01 <= abs(value) < 999.5:
        return f"{value:#.3g}".rstrip(".")
    digits, exponent = f"{value:.2e}".split("e")
    return f"{digits}e{int(exponent)}"


def duration(seconds: float) -> str:
    """Seconds as 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
