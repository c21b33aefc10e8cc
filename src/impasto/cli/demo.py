"""``impasto demo``: a bundled photograph in the manner of a bundled picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impasto.cli.paint import PaintArguments
from impasto.cli.parser import parse
from impasto.options.presets import preset
from impasto.samples import sample, samples


@dataclass(frozen=True, kw_only=True)
class DemoArguments:
    """Paint a bundled photograph in the manner of a bundled picture; nothing else is needed."""

    content: str = ""
    """Which photograph, by name."""
    style: str = ""
    """Which style, by name."""
    output: Path | None = None
    """File of the result; PHOTO-STYLE.png here when not given."""
    preset: str = "default"
    """quick, default or fine."""
    overwrite: bool = False
    """Paint again what is there already."""
    list: bool = False
    """Only tell which photographs and styles there are."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(DemoArguments, arguments, prog="impasto demo")
    if given.list:
        for kind in ("content", "style"):
            for each in samples(kind):
                print(f"{kind:8} {each.name:16} {each.origin}")
        return 0
    content = sample("content", given.content) if given.content else samples("content")[0]
    style = sample("style", given.style) if given.style else samples("style")[0]
    painted = PaintArguments(
        content=(content.path,),
        style=(style.path,),
        output=given.output,
        recipe=preset(given.preset),
        overwrite=given.overwrite,
    )
    from impasto.cli.jobs import jobs_of
    from impasto.cli.painting import paint_all

    return paint_all(jobs_of(painted), painted)
