"""``impasto score``: a result measured against what it was made from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from impasto.cli.parser import parse
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


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(ScoreArguments, arguments, prog="impasto score", default=ScoreArguments())
    if given.video:
        return _film(given)
    if given.style is not None:
        raise ImpastoError("--style is for --video: of pictures the style stands in the middle")
    content, style, result = _named(given.pictures, ("CONTENT", "STYLE", "RESULT"))
    from impasto.scoring import score

    scores = score(content, style, result)
    if given.json:
        print(json.dumps(asdict(scores)))
    else:
        print(f"style distance    {scores.style_distance:.4f}")
        print(f"content distance  {scores.content_distance:.4f}")
    return 0


def _film(given: ScoreArguments) -> int:
    source, painted = _named(given.pictures, ("FILM", "PAINTED"))
    from impasto.film.scores import film_scores

    scores = film_scores(source, painted, given.style)
    if given.json:
        print(json.dumps(asdict(scores)))
        return 0
    print(f"warping error     {scores.warping_error:.2e}  ({scores.frames} pairs of frames)")
    print(f"  of the source   {scores.source_warping_error:.2e}")
    for each in scores.samples:
        style = "" if each.style_distance is None else f"  style {each.style_distance:.4f}"
        print(f"at {each.seconds:8.2f} s     content {each.content_distance:.4f}{style}")
    return 0


def _named(pictures: tuple[Path, ...], names: tuple[str, ...]) -> tuple[Path, ...]:
    """The files that are named, as many as there must be.

    Raises:
        ImpastoError: There are more or fewer.
    """
    if len(pictures) < len(names):
        *most, last = names[len(pictures) :]
        missing = f"{', '.join(most)} and {last} are" if most else f"{last} is"
        raise ImpastoError(f"{missing} missing (see impasto score --help)")
    if len(pictures) > len(names):
        told = f"{pictures[len(names)]}: one argument too many"
        raise ImpastoError(f"{told} (see impasto score --help)")
    return pictures
