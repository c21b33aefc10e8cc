"""What can be asked of a film that is painted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

from impasto.errors import ImpastoError, OptionError
from impasto.options.apply import NO_MODEL
from impasto.options.checks import check_choices, check_within, is_whole, number
from impasto.options.shared import Engine

Method = Literal["apply", "paint"]

Colors = Literal["none", "luminance"]

LEAST_FRAME: Final = 16
"""Pixels of the shorter side of a film that can be painted."""


class Part(Protocol):
    """What says which part of a film is meant; see :class:`VideoOptions`."""

    @property
    def start(self) -> float:
        """Seconds from the beginning."""

    @property
    def end(self) -> float | None:
        """Second at which to end; None is the film's end."""

    @property
    def fps(self) -> float | None:
        """Frames a second; None is those of the film."""

    @property
    def size(self) -> int:
        """Longer side in pixels; 0 is as the film."""


@dataclass(frozen=True, kw_only=True)
class VideoOptions:
    """What becomes of the film.

    Raises:
        OptionError: A value is none the option can have.
    """

    method: Method = "apply"
    """apply: a trained network, frames a second. paint: each frame is optimized, seconds to
    minutes a frame, the richest look."""
    temporal: float = 0.7
    """How much of each frame is carried over from the one before where that is known: 0 is
    every frame for itself, 1 the calmest."""
    style_weights: str = ""
    """Which of the network's styles: a name, or a blend such as
    great-wave:0.6,starry-night:0.4."""
    strength: float = 1.0
    """How far to go from the film, 0, to the style, 1 (apply)."""
    keep_color: Colors = "none"
    """luminance: the film's own colors, and the style only in light and dark (apply)."""
    size: int = 0
    """Longer side of the result in pixels; 0 is as the film."""
    start: float = 0.0
    """Seconds from the beginning that are left out."""
    end: float | None = None
    """Second at which to end."""
    fps: float | None = None
    """Frames a second, evenly; those of the film, at their own times, when not given."""
    steps: int = 24
    """Optimizer steps a frame (paint)."""
    first_steps: int = 120
    """Optimizer steps of the first frame of each scene (paint)."""
    tile: int = 1536
    """Frames of more than this squared pixels go through the network in pieces (apply)."""
    codec: str = ""
    """h264, vp9, prores or lossless, as far as the file can hold it; the usual one of the output's
    suffix when not given."""
    quality: int = 75
    """Of the encoded film, from 0 to 100."""

    def __post_init__(self) -> None:
        check_choices(self)
        check_within(self, temporal=(0, 1), strength=(0, 1), quality=(0, 100))
        for name in ("steps", "first_steps"):
            if not is_whole(getattr(self, name), 1):
                raise OptionError(name, "a number of steps from 1", getattr(self, name))
        if not is_whole(self.tile, 64):
            raise OptionError("tile", "pixels from 64", self.tile)
        check_part(self)


@dataclass(frozen=True, slots=True)
class StyleRequest:
    """The style that the frames of a film are given.

    Attributes:
        options: What becomes of the film.
        model: As :func:`impasto.load_model` takes it, or "".
        styles: Style images.
        style_size: Longer side in pixels at which they are seen; 0 is the network's own.
        threads: How many to compute with; as many as there are cores when None.
    """

    options: VideoOptions
    model: str = ""
    styles: tuple[str, ...] = ()
    style_size: int = 0
    threads: int | None = None


def check_part(options: Part) -> None:
    """See that options choose a part of a film that makes sense, at a size that can be painted.

    Raises:
        OptionError: They do not.
    """
    if not 0 <= number(options.start) < math.inf:
        raise OptionError("start", "seconds from 0", options.start)
    if options.end is not None and not options.start < number(options.end) < math.inf:
        raise OptionError("end", f"seconds behind --start, {options.start:g}", options.end)
    if options.fps is not None and not 0.01 <= number(options.fps) <= 1000:
        raise OptionError("fps", "frames a second from 0.01 to 1000", options.fps)
    if options.size != 0 and options.size < LEAST_FRAME:
        raise OptionError("size", f"0 (as the film) or pixels from {LEAST_FRAME}", options.size)


USUAL: Final = VideoOptions()


@dataclass(frozen=True, kw_only=True)
class VideoArguments:
    """Paint a film, with its sound and without flicker.

    INPUT is a film, an animated GIF, a folder or pattern of pictures (frames/%04d.png), or the
    number of a camera with --show. The output's suffix decides: .mp4, .mov, .mkv, .webm, .gif, a
    folder, or a pattern. Ctrl-C leaves a film that plays; --resume goes on with it.
    """

    input: str = field(default="", metadata={"argument": "INPUT"})
    """The film, or the number of a camera."""
    output: Path | None = None
    """The painted film; FILM-STYLE.mp4 here when not given."""
    model: str = ""
    """A style or network of `impasto models`, an .onnx file, or the run folder of a training."""
    style: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """A picture whose manner is taken on, or its code by `impasto encode`; with --method paint any
    picture."""
    style_size: int = 0
    """Longer side in pixels at which a --style is seen: larger gives larger strokes; 0 is as
    usual."""
    recipe: VideoOptions = VideoOptions()
    """What becomes of the film."""
    engine: Engine = "local"
    """Where the work is done: local, or ray for a Ray cluster."""
    threads: int | None = None
    """Threads of the network; as many as there are cores when not given."""
    run_dir: Path | None = None
    """Folder of the film in the making; OUTPUT.parts when not given."""
    resume: bool = False
    """Go on with a film that was stopped, if any."""
    overwrite: bool = False
    """Begin again, and replace what is there already."""
    show: bool = False
    """Show the painted frames in a window, in place of an output."""
    json: bool = False
    """Print the result for programs; no progress."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.threads is not None and self.threads < 1:
            raise OptionError("threads", "a number from 1", self.threads)
        if self.resume and self.overwrite:
            raise ImpastoError("--resume goes on, --overwrite begins again: give one of them")
        if self.show and (self.output is not None or self.engine != "local"):
            raise ImpastoError("--show is in place of --output and of --engine")
        if not self.input:
            raise ImpastoError("no film: name INPUT, a film, a folder of pictures or a camera")
        self._check_style()
        if self.camera is not None and not self.show:
            raise ImpastoError(f"{self.input}: a camera is only shown: add --show")

    @property
    def request(self) -> StyleRequest:
        """How frames are to look."""
        return StyleRequest(self.recipe, self.model, self.style, self.style_size, self.threads)

    def _check_style(self) -> None:
        if self.recipe.method == "paint":
            if self.model:
                raise ImpastoError("--method paint takes pictures, --style PICTURE, and no --model")
            if not self.style:
                raise ImpastoError("--method paint needs --style PICTURE")
        elif not (self.model or self.style):
            raise ImpastoError(NO_MODEL)
        if self.style_size and not self.style:
            raise ImpastoError("--style-size is the size of a --style, and none is given")

    @property
    def camera(self) -> int | None:
        """The number of the camera, where the input is one."""
        return int(self.input) if self.input.isdigit() and not Path(self.input).exists() else None
