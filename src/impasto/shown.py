"""Text for display: control characters escaped, short numbers and times."""

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
"""All control characters except tab and line feed, and those that change the text direction."""

# As JSON escapes them, so that JSON stays valid.
_SHOWN: Final = {code: f"\\u{code:04x}" for code in _CONTROLS}


def escaped(text: str) -> str:
    """A text with its control characters escaped."""
    return text.translate(_SHOWN)


class Shown:
    """A stream that escapes control characters.

    Args:
        stream: The stream to write to; available as ``raw``.
    """

    def __init__(self, stream: TextIO) -> None:
        self.raw = stream

    def write(self, text: str) -> int:
        """Write a text from an untrusted source."""
        self.raw.write(escaped(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def raw(stream: TextIO) -> TextIO:
    """The stream itself, for texts that are already escaped."""
    return stream.raw if isinstance(stream, Shown) else stream


@contextmanager
def controls_shown() -> Iterator[None]:
    """Escape control characters in everything printed meanwhile."""
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
