"""The arguments of `impasto study`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import GatysOptions
from impasto.options.paint import usual_recipe
from impasto.options.shared import SharedOptions

COURSE_PRESET: Final = "cs20"


@dataclass(frozen=True, kw_only=True)
class StudyArguments:
    """Paint a photograph in every combination of some values, and lay the results side by side.

    Each painting has its own run folder below --run-dir. What is done is skipped and what was
    broken off goes on, so the same command again is all it takes after Ctrl-C. When all are done
    there are sheet.png (a labelled contact sheet), losses.png, table.csv and index.html.
    Ready-made studies: ratio-by-layer, layers, pooling, init, optimizer, style-layers, network;
    --study list tells what each shows. Every option of paint may be given for all paintings.
    """

    content: Path | None = field(default=None, metadata={"argument": "CONTENT"})
    """The photograph."""
    style: tuple[Path, ...] = ()
    """The picture whose manner is taken; several are blended, as paint does. With --course: the
    styles of the artworks, one each."""
    vary: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """An option of paint and its values, NAME=VALUE,VALUE; may be given several times. Parts of
    one value are joined by +, as in style_layers=conv1_1+conv2_1,conv4_1."""
    study: str = ""
    """A ready-made study by its name; list tells which there are."""
    course: bool = False
    """Make what a course asks to hand in: an artwork in each style, the three loss graphs, the
    graph of the model, two options changed (--vary chooses others), a text and the zip of it."""
    run_dir: Path | None = None
    """Folder of the study."""
    masks: tuple[Path, ...] = ()
    """Where each style goes, as paint has it."""
    content_mask: Path | None = None
    """White where the pictures are to stay photographic."""
    preset: str = "default"
    """quick, default, fine, cs20, blog or gatys; cs20 with --course."""
    recipe: SharedOptions = field(default_factory=GatysOptions)
    """What all paintings share."""
    snapshot_every: int = 10
    """Steps from one snapshot and checkpoint to the next."""
    json: bool = False
    """Print the results for programs; no progress."""

    def __post_init__(self) -> None:
        if self.snapshot_every < 1:
            raise OptionError("snapshot_every", "a number of steps from 1", self.snapshot_every)
        if self.course and self.study:
            raise ImpastoError("--course and --study are two studies: give one of them")
        if self.course and (self.masks or self.content_mask):
            raise ImpastoError("--course takes no masks")
        if self.study == "list":
            return
        if self.content is None:
            late = " (before --style, which takes all that follow it)" if self.style[1:] else ""
            raise ImpastoError(f"no photograph: name one, CONTENT{late}")
        if not self.style:
            raise ImpastoError("no style: name the picture whose manner is taken, --style PICTURE")
        if self.run_dir is None:
            raise ImpastoError("no folder for the study: name one, --run-dir DIR")

    @staticmethod
    def usual(arguments: Sequence[str]) -> dict[str, Any]:
        """Defaults that the arguments decide: those of --method, --preset and --course."""
        name = COURSE_PRESET if "--course" in arguments else "default"
        return {"recipe": usual_recipe(arguments, name), "preset": name}
