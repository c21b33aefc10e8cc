"""The arguments of `impasto study`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import GatysOptions
from impasto.options.paint import check_snapshots, usual_recipe
from impasto.options.shared import SharedOptions

COURSE_PRESET: Final = "cs20"


@dataclass(frozen=True, kw_only=True)
class StudyArguments:
    """Paint a photograph with every combination of some option values, and compare the results.

    Each painting has its own run folder inside --run-dir. Finished paintings are skipped and
    interrupted ones continue, so after Ctrl-C run the same command again. At the end the folder
    contains sheet.png (all pictures, labeled), losses.png, table.csv and index.html. Ready-made
    studies: ratio-by-layer, layers, pooling, init, optimizer, style-layers, network; --study list
    explains them. You can give any option of paint; it applies to all paintings.
    """

    content: Path | None = field(default=None, metadata={"argument": "CONTENT"})
    """The photograph."""
    style: tuple[Path, ...] = ()
    """Style image; several are blended, as in paint. With --course: one artwork for each."""
    vary: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """An option of paint and its values, NAME=VALUE,VALUE; may be repeated. Join the parts of one
    value with +: style_layers=conv1_1+conv2_1,conv4_1."""
    study: str = ""
    """Name of a ready-made study; list shows them."""
    course: bool = False
    """Make what a course asks for: the code, an artwork in each style, three loss graphs, the model
    graph, two changed options (--vary chooses others), a report, and a zip of everything."""
    name: str = ""
    """With --course: your student id, which names the zip and appears in the report."""
    run_dir: Path | None = None
    """Folder of the study."""
    masks: tuple[Path, ...] = ()
    """Where each style goes, as in paint."""
    content_mask: Path | None = None
    """Where the photograph stays unchanged, as in paint."""
    style_masks: tuple[Path, ...] = ()
    """The part of each style image to use, as in paint."""
    preset: str = "default"
    """quick, default, fine, cs20, blog or gatys; cs20 with --course."""
    recipe: SharedOptions = field(default_factory=GatysOptions)
    """Options of all paintings"""
    snapshot_every: int = 10
    """Steps between snapshots and checkpoints."""
    snapshot_steps: tuple[int, ...] = ()
    """Save snapshots at these steps, as in paint."""
    dry_run: bool = False
    """Estimate size, time and memory of the paintings, and paint nothing."""
    json: bool = False
    """Print results as JSON, without progress."""

    def __post_init__(self) -> None:
        check_snapshots(self.snapshot_every, self.snapshot_steps)
        if self.course and self.study:
            raise ImpastoError("--course and --study are two studies: give one of them")
        if self.course and (self.masks or self.content_mask or self.style_masks):
            raise ImpastoError("--course takes no masks")
        if self.name and not self.course:
            raise ImpastoError("--name names the zip of --course: give both or neither")
        if self.name and not re.fullmatch(r"\w[\w.-]{0,99}", self.name, re.ASCII):
            raise OptionError("name", "up to 100 letters, digits, dots, - and _", self.name)
        if self.study == "list":
            return
        if self.content is None:
            late = " (before --style, which takes all that follow it)" if self.style[1:] else ""
            raise ImpastoError(f"no photograph: name one, CONTENT{late}")
        if not self.style:
            raise ImpastoError("no style image: name one with --style PICTURE")
        if self.run_dir is None:
            raise ImpastoError("no folder for the study: name one, --run-dir DIR")

    @staticmethod
    def usual(arguments: Sequence[str]) -> dict[str, Any]:
        """Defaults that depend on other arguments: --method, --preset and --course."""
        name = COURSE_PRESET if "--course" in arguments else "default"
        return {"recipe": usual_recipe(arguments, name), "preset": name}
