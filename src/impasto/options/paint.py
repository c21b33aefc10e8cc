"""The arguments of `impasto paint` and `impasto demo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from impasto.errors import ImpastoError, OptionError
from impasto.options.checks import is_whole
from impasto.options.gatys import GatysOptions
from impasto.options.paper import paper_of
from impasto.options.presets import check_known, preset, weights_for
from impasto.options.shared import STREAM, SharedOptions
from impasto.options.values import typed, typed_words


@dataclass(frozen=True, kw_only=True)
class PaintArguments:
    """Paint photographs in the style of a picture.

    The image itself is optimized until its VGG features have the content of the photograph and the
    style of the picture (Gatys, Ecker and Bethge 2016). --preset NAME sets all the options below:
    quick (a small first look), default, fine (the best look), or the settings of the sources: cs20,
    blog, gatys. Options you give override the preset.

    `impasto paint --method nearest --help` lists the options of the other method.
    """

    content: tuple[Path, ...] = field(default=(), metadata={"argument": "CONTENT"})
    """Photographs, or folders of photographs."""
    style: tuple[Path, ...] = ()
    """Style image, or several: see --style-weights and --masks. A folder of images counts as one
    style."""
    style_masks: tuple[Path, ...] = ()
    """The part of each style image to use: one mask per style, white where the style counts. The
    words subject, background and face stand for automatic masks of the style image."""
    masks: tuple[Path, ...] = ()
    """Where each style goes: one mask per style, in the order of --style. White is full effect,
    black none. If a mask is blank except for its alpha, the alpha is used. Masks are resized to
    fit. The words subject, background and face stand for automatic masks of the photograph."""
    content_mask: Path | None = None
    """Where the photograph stays unchanged: a mask that is white there, or subject, background or
    face."""
    output: Path | None = None
    """Output file for one result, or folder for many. By default PHOTO-STYLE.png in the current
    folder."""
    preset: str = "default"
    """quick, default, fine, classic, cs20, blog or gatys."""
    recipe: SharedOptions = field(default_factory=GatysOptions)
    """Painting"""
    print: str = ""
    """Size on paper, such as 30x40cm, 8x10in or A4, instead of --size: the largest picture of the
    photograph's shape that fits on it, at --dpi, in portrait or landscape."""
    dpi: int | None = None
    """Pixels per inch on paper, written into the file; 300 with --print."""
    variations: int = 1
    """Paint each photograph this many times, with different stroke sizes, strengths, first images
    and seeds. The files are numbered, and a sheet shows them side by side."""
    bits: int | None = None
    """8 or 16 bits per channel (PNG and TIFF); by default the same as the photograph."""
    run_dir: Path | None = None
    """Store the run in this folder: checkpoint, losses, snapshots, animations, TensorBoard
    events."""
    snapshot_every: int = 10
    """Steps between snapshots and checkpoints, with --run-dir."""
    snapshot_steps: tuple[int, ...] = ()
    """Save snapshots at these steps, such as 1 10 20, instead of at regular intervals. The last
    step is always saved."""
    resume: bool = False
    """Continue from the checkpoint in --run-dir, if there is one. No other argument is needed."""
    from_manifest: Path | None = None
    """Repaint a picture from its manifest, or from the picture itself."""
    overwrite: bool = False
    """Replace an existing result."""
    dry_run: bool = False
    """Estimate size, time and memory of each picture, and paint nothing."""
    json: bool = False
    """Print results as JSON, without progress."""

    def __post_init__(self) -> None:
        check_snapshots(self.snapshot_every, self.snapshot_steps)
        if self.bits not in (None, 8, 16):
            raise OptionError("bits", "8 or 16", self.bits)
        if self.dpi is not None and not is_whole(self.dpi, 1, 10_000):
            raise OptionError("dpi", "pixels per inch, from 1", self.dpi)
        if not is_whole(self.variations, 1, 100):
            raise OptionError("variations", "a number from 1 to 99", self.variations)
        if self.variations > 1 and (self.from_manifest is not None or self.resume):
            raise OptionError("variations", "1 with --resume and --from-manifest", self.variations)
        if self.variations > 1 and self.output == STREAM:
            raise OptionError("output", "a file or folder, as there are several pictures", "-")
        if self.print:
            if self.from_manifest is not None or self.resume:
                raise OptionError(
                    "print",
                    "nothing with --resume and --from-manifest, which have a size",
                    self.print,
                )
            if self.recipe.crop_fit is not None:
                raise OptionError("print", "nothing with crop_fit, which is the size", self.print)
            dpi = self.dpi or 300
            paper = paper_of(self.print, dpi)
            object.__setattr__(self, "dpi", dpi)
            object.__setattr__(self, "recipe", replace(self.recipe, size=max(paper)))
        if self.resume and self.run_dir is None:
            raise ImpastoError("--resume needs --run-dir, the folder to continue from")
        repeats = self.from_manifest is not None or self.resume
        if not (self.content or repeats):
            late = " (before --style, which takes all that follow it)" if self.style[1:] else ""
            raise ImpastoError(
                f"no photograph: name at least one CONTENT, a picture or a folder of them{late}"
            )
        if self.content and not (self.style or self.from_manifest):
            raise ImpastoError("no style image: name one with --style PICTURE")

    @property
    def paper(self) -> tuple[int, int] | None:
        """Sides of the paper in pixels."""
        return paper_of(self.print, self.dpi or 300) if self.print else None

    @staticmethod
    def usual(arguments: Sequence[str]) -> dict[str, Any]:
        """Defaults that depend on other arguments: --method and --preset."""
        return {"recipe": usual_recipe(arguments)}


@dataclass(frozen=True, kw_only=True)
class DemoArguments:
    """Paint a bundled photograph in the style of a bundled picture. Nothing else is needed."""

    content: str = ""
    """Name of the photograph."""
    style: str = ""
    """Name of the style."""
    output: Path | None = None
    """Output file; by default PHOTO-STYLE.png in the current folder."""
    preset: str = "default"
    """quick, default or fine."""
    overwrite: bool = False
    """Paint again even if the result exists."""
    list: bool = False
    """List the photographs and styles, and stop."""
    copy: tuple[str, ...] = ()
    """Write these sample pictures into the current folder, or all, and stop."""


def check_snapshots(every: int, steps: Sequence[int]) -> None:
    """Raise an OptionError unless all are step numbers from 1."""
    if every < 1:
        raise OptionError("snapshot_every", "a number of steps from 1", every)
    if not all(is_whole(step, 1) for step in steps):
        raise OptionError("snapshot_steps", "numbers of steps from 1", steps)


def usual_recipe(arguments: Sequence[str], name: str = "default") -> SharedOptions:
    """The defaults of options, for the preset and the method among the arguments.

    Raises:
        OptionError: There is no such preset or method, or the method does not have one of the
            options.
    """
    given = typed(arguments)
    method = given.get("method", "gatys")
    options = preset(given.get("preset", name), method=method)
    for option, value in given.items():
        check_known(option, value, method)
    if layers := typed_words(arguments, "style_layers"):
        weights = weights_for(layers, vars(options))
        options = replace(options, style_layer_weights=weights)  # type: ignore[call-arg]
    return options
