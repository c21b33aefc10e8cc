"""``impasto score``: a result measured against its photograph and its style."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import tyro

from impasto.cli.arguments import parse


@dataclass(frozen=True, kw_only=True)
class ScoreArguments:
    """Measure a stylized picture, with VGG-16 at the result's size.

    Style distance: 0 is the style itself, 1 as far from it as the photograph was. Content
    distance: 0 is the photograph, 1 as far from it as an empty picture.
    """

    content: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="CONTENT")]
    """The photograph."""
    style: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="STYLE")]
    """The picture whose manner was taken."""
    result: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RESULT")]
    """The stylized picture."""
    json: bool = False
    """Print the numbers for programs."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(ScoreArguments, arguments, prog="impasto score")
    from impasto.scoring import score

    scores = score(given.content, given.style, given.result)
    if given.json:
        print(json.dumps(asdict(scores)))
    else:
        print(f"style distance    {scores.style_distance:.4f}")
        print(f"content distance  {scores.content_distance:.4f}")
    return 0
