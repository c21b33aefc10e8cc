"""The arguments of `impasto score` and `impasto doctor`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impasto.errors import ImpastoError


@dataclass(frozen=True, kw_only=True)
class ScoreArguments:
    """Measure a stylized picture, or with --video a video, with VGG-16.

    CONTENT STYLE RESULT are the photograph, the style image and the stylized image. A style
    distance of 0 means equal to the style, 1 as far from it as the photograph. A content distance
    of 0 means equal to the photograph, 1 as far from it as a blank picture. With --video FILM
    PAINTED, the warping error is also measured: 0 means that strokes move exactly with the objects.
    """

    pictures: tuple[Path, ...] = field(default=(), metadata={"argument": "PICTURE"})
    """CONTENT STYLE RESULT, or with --video FILM PAINTED."""
    video: bool = False
    """Measure a video: flicker, and distances over time."""
    style: Path | None = None
    """Style image, with --video."""
    json: bool = False
    """Print JSON."""

    def __post_init__(self) -> None:
        if self.style is not None and not self.video:
            raise ImpastoError("--style needs --video; for pictures, give the style image second")
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
    """Check the installation: versions, devices, what works and what is missing.

    It stylizes a picture of 32 pixels with paint and with apply, each in its own process, so that a
    broken package is reported and does not crash the check. The exit code is 0 if both work,
    otherwise 2.
    """

    json: bool = False
    """Print JSON."""
