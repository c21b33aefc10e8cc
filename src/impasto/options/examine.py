"""The arguments of the commands that measure and examine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impasto.errors import ImpastoError


@dataclass(frozen=True, kw_only=True)
class ScoreArguments:
    """Measure a stylized picture, or with --video a film, with VGG-16 at the result's size.

    CONTENT STYLE RESULT are the photograph, the picture whose manner was taken, and the stylized
    picture. Style distance: 0 is the style itself, 1 as far from it as the photograph was. Content
    distance: 0 is the photograph, 1 as far from it as an empty picture. With --video FILM PAINTED:
    the warping error, too, which is 0 where all that moves keeps its paint.
    """

    pictures: tuple[Path, ...] = field(default=(), metadata={"argument": "PICTURE"})
    """CONTENT STYLE RESULT, or with --video FILM PAINTED."""
    video: bool = False
    """Measure a film: its flicker, and distances over time."""
    style: Path | None = None
    """With --video: the picture whose manner was taken."""
    json: bool = False
    """Print the numbers for programs."""

    def __post_init__(self) -> None:
        if self.style is not None and not self.video:
            raise ImpastoError("--style is for --video: of pictures the style stands in the middle")
        names = ("FILM", "PAINTED") if self.video else ("CONTENT", "STYLE", "RESULT")
        if len(self.pictures) < len(names):
            *most, last = names[len(self.pictures) :]
            missing = f"{', '.join(most)} and {last} are" if most else f"{last} is"
            raise ImpastoError(f"{missing} missing (see impasto score --help)")
        if len(self.pictures) > len(names):
            wrong = f"{self.pictures[len(names)]}: one argument too many"
            raise ImpastoError(f"{wrong} (see impasto score --help)")


@dataclass(frozen=True, kw_only=True)
class DoctorArguments:
    """Tell what is installed, what would be used, whether it works, and what is missing for what.

    Paints and applies to a picture of 32 pixels, each in a process of its own, so that a broken
    package is told of and not stumbled over. Ends with 0 when both work, with 2 otherwise.
    """

    json: bool = False
    """Print all of it for programs."""
