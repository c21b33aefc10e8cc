"""Counts of what was damaged in a film's file and put right, and the sentences about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

ON_WHITE: Final = (
    "transparency is laid on white: this output cannot hold it, a .webm or a folder of pictures can"
)

_RARE: Final = 0.1
"""Share of frames that come late, up to which that means missing frames: in films with more of
them a frame is shown for as long as nothing moves."""


@dataclass
class Tally:
    """How often something happened, and between which seconds of the film."""

    count: int = 0
    first: float = 0.0
    last: float = 0.0

    def add(self, seconds: float, count: int = 1) -> None:
        """Count it at a second of the film."""
        self.first = self.first if self.count else seconds
        self.last = seconds
        self.count += count

    def text(self, one: str, many: str) -> str:
        """How many, in singular or plural, and where."""
        what = one if self.count == 1 else f"{self.count} {many}"
        if round(self.last - self.first, 1) == 0:
            return f"{what} at {self.first:.1f} s"
        return f"{what} from {self.first:.1f} to {self.last:.1f} s"


@dataclass
class Damage:
    """Counts from the beginning of a film to its end."""

    undecodable: Tally = field(default_factory=Tally)  # packets and frames
    missing: Tally = field(default_factory=Tally)  # frames between others
    concealed: Tally = field(default_factory=Tally)  # frames that the decoder mended itself
    jumps: Tally = field(default_factory=Tally)  # places where time restarts or leaps ahead
    transparent: bool = False  # whether transparency was laid on white
    ends: float | None = None  # seconds behind which nothing can be read
    _steady: int = 0
    _late: int = 0

    def gap(self, ended: int, began: int, length: int, base: Fraction) -> None:
        """A frame ended and the next one began, both in counts of ``base`` seconds."""
        late = began - ended
        if 2 * abs(late) <= length:
            self._steady += 1
            return
        self._late += 1
        if late > 0:
            self.missing.add(float(ended * base), max(1, round(late / length)))

    def sentences(self) -> tuple[str, ...]:
        """One for each kind of damage."""
        lost = self.undecodable
        if self._steady > self._late and self._late <= max(1, _RARE * self._steady):
            lost = max(lost, self.missing, key=lambda each: each.count)
        found = []
        if lost.count:
            found.append(lost.text("1 frame", "frames") + " could not be read: left out")
        if self.concealed.count:
            frames = self.concealed.text("1 frame", "frames")
            found.append(f"{frames} damaged, painted as far as the picture goes")
        if self.jumps.count:
            times = self.jumps.text("once", "times")
            found.append(f"its time jumps {times}: the rest follows directly")
        if self.transparent:
            found.append(ON_WHITE)
        if self.ends is not None:
            found.append(f"cannot be read after {self.ends:.1f} s: what comes before is painted")
        return tuple(found)
