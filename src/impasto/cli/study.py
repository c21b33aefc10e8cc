"""``impasto study``: one photograph painted in several ways, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impasto.cli.commands import listed
from impasto.cli.paint import begun
from impasto.cli.parser import parse
from impasto.errors import ImpastoError, OptionError
from impasto.options.shared import SharedOptions

if TYPE_CHECKING:
    from impasto.source import Inputs

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
    recipe: SharedOptions
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

    @property
    def inputs(self) -> Inputs[Path]:
        """The styles and masks that are named."""
        from impasto.source import Inputs  # late, as it is not for the help

        return Inputs(self.style, self.masks, self.content_mask)


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    usual = COURSE_PRESET if "--course" in arguments else "default"
    default = StudyArguments(recipe=begun(arguments, usual), preset=usual)
    given = parse(StudyArguments, arguments, prog="impasto study", default=default)
    if given.study == "list":
        from impasto.study.ready import READY

        print(listed({each: READY[each].shows for each in READY}))
        return 0
    _check_given(given)
    given = replace(given, recipe=_shaped(given.recipe, default.recipe))
    # Only now, so that help and mistakes do not wait for numpy, nor a missing file for torch.
    if given.course:
        from impasto.cli.coursework import hand_in

        return hand_in(given)
    from impasto.cli.studying import study_all

    return study_all(given)


def _check_given(given: StudyArguments) -> None:
    if given.content is None:
        raise ImpastoError(
            "no photograph: name one, CONTENT"
            + (" (before --style, which takes all that follow it)" if given.style[1:] else "")
        )
    if not given.style:
        raise ImpastoError("no style: name the picture whose manner is taken, --style PICTURE")
    if given.run_dir is None:
        raise ImpastoError("no folder for the study: name one, --run-dir DIR")


def _shaped(recipe: SharedOptions, usual: SharedOptions) -> SharedOptions:
    """The shape of a preset that cuts to one, at the size that is asked for."""
    shape, size = recipe.crop_fit, recipe.size
    if shape is None or shape != usual.crop_fit or size == usual.size or not isinstance(size, int):
        return recipe
    if not size:
        return replace(recipe, crop_fit=None)
    scale = size / max(shape)
    width, height = (max(1, round(side * scale)) for side in shape)
    return replace(recipe, crop_fit=(width, height))
