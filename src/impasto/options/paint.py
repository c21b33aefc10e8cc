"""The arguments of `impasto paint` and `impasto demo`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impasto.errors import ImpastoError, OptionError
from impasto.options.gatys import GatysOptions
from impasto.options.presets import check_known, preset
from impasto.options.shared import SharedOptions


@dataclass(frozen=True, kw_only=True)
class PaintArguments:
    """Paint photographs in the manner of a picture.

    The image itself is optimized until a network sees the photograph's things in the style's
    manner (Gatys, Ecker and Bethge 2016). Presets, given as --preset NAME, set every option
    below: quick (a small first look), default, fine (the best look), and the sources' own cs20,
    blog and gatys. Any option may be changed on top.
    """

    content: tuple[Path, ...] = field(default=(), metadata={"argument": "CONTENT"})
    """Photographs, or folders of photographs."""
    style: tuple[Path, ...] = ()
    """The picture whose manner is taken, or several: see --style-weights and --masks."""
    masks: tuple[Path, ...] = ()
    """Where each style goes, one picture a style in the order of --style: white is all of it, black
    none. A picture that is blank but for its alpha counts by that. Any size is fitted."""
    content_mask: Path | None = None
    """White where the picture is to stay photographic."""
    output: Path | None = None
    """File for one result or folder for many; beside nothing given: PHOTO-STYLE.png here."""
    preset: str = "default"
    """quick, default, fine, cs20, blog or gatys."""
    recipe: SharedOptions = field(default_factory=GatysOptions)
    """What becomes of the picture."""
    bits: int | None = None
    """8 or 16 bits a channel (PNG and TIFF); as the photograph when not given."""
    run_dir: Path | None = None
    """Follow the run in this folder: checkpoint, losses, snapshots, films, TensorBoard events."""
    snapshot_every: int = 10
    """Steps from one snapshot and checkpoint to the next, with --run-dir."""
    resume: bool = False
    """Go on from the checkpoint in --run-dir, if any; all else may be missing then."""
    from_manifest: Path | None = None
    """Make a picture again from its manifest, or from the picture itself."""
    overwrite: bool = False
    """Paint again what is there already."""
    json: bool = False
    """Print the results for programs; no progress."""

    def __post_init__(self) -> None:
        if self.snapshot_every < 1:
            raise OptionError("snapshot_every", "a number of steps from 1", self.snapshot_every)
        if self.bits not in (None, 8, 16):
            raise OptionError("bits", "8 or 16", self.bits)
        if self.resume and self.run_dir is None:
            raise ImpastoError("--resume needs --run-dir, the folder to go on from")
        repeats = self.from_manifest is not None or self.resume
        if not (self.content or repeats):
            late = " (before --style, which takes all that follow it)" if self.style[1:] else ""
            raise ImpastoError(
                f"no photograph: name at least one CONTENT, a picture or a folder of them{late}"
            )
        if self.content and not (self.style or self.from_manifest):
            raise ImpastoError("no style: name the picture whose manner is taken, --style PICTURE")

    @staticmethod
    def usual(arguments: Sequence[str]) -> dict[str, Any]:
        """Defaults that the arguments decide: those of --method and --preset."""
        return {"recipe": usual_recipe(arguments)}


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


def usual_recipe(arguments: Sequence[str], name: str = "default") -> SharedOptions:
    """What options are when not given: by the preset and the method among the arguments.

    Raises:
        OptionError: There is no such preset or method, or the method has not one of the options.
    """
    given = {}
    for argument, following in itertools.pairwise([*arguments, ""]):
        if argument.startswith("--"):
            option, equals, value = argument[2:].partition("=")
            if equals or following:
                given[option.replace("-", "_")] = value if equals else following
    method = given.get("method", "gatys")
    options = preset(given.get("preset", name), method=method)
    for option, value in given.items():
        check_known(option, value, method)
    return options
