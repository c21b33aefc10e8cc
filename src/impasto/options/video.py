"""The options and arguments of `impasto video`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, Protocol

from impasto.errors import ImpastoError, OptionError
from impasto.options.apply import NO_MODEL, NO_STYLE_TO_MASK
from impasto.options.checks import check_choices, check_within, is_whole, number
from impasto.options.shared import Engine

Method = Literal["apply", "paint"]

Colors = Literal["none", "luminance"]

LEAST_FRAME: Final = 16
"""Least shorter side of a video in pixels."""


class Part(Protocol):
    """The part of a video to use; see :class:`VideoOptions`."""

    @property
    def start(self) -> float:
        """Seconds from the beginning."""

    @property
    def end(self) -> float | None:
        """Second at which to end; None is the end of the video."""

    @property
    def fps(self) -> float | None:
        """Frames per second; None keeps those of the video."""

    @property
    def size(self) -> int:
        """Longer side in pixels; 0 keeps the size of the video."""


@dataclass(frozen=True, kw_only=True)
class VideoOptions:
    """Options of the result.

    Raises:
        OptionError: An option has an invalid value.
    """

    method: Method = "apply"
    """apply: a trained network, many frames per second. paint: every frame is optimized; seconds to
    minutes per frame, and the richest look."""
    temporal: float = 0.7
    """How much of each frame to carry over from the previous one: 0 stylizes each frame on its own,
    1 flickers least."""
    style_weights: str = ""
    """One of the network's styles, or a blend such as great-wave:0.6,starry-night:0.4."""
    strength: float = 1.0
    """How far to go: 0 is the original video, 1 the style, 2 twice as strong."""
    style_scale: float = 1.0
    """Size of the strokes: 2 makes them twice as large, 0.5 half."""
    faces: float = 0.0
    """How much to preserve faces, from 0 to 1."""
    keep_color: Colors = "none"
    """luminance: keep the video's colors, and change only light and dark (apply)."""
    size: int = 0
    """Longer side of the result in pixels; 0 keeps the video's size."""
    start: float = 0.0
    """Start at this second."""
    end: float | None = None
    """End at this second."""
    fps: float | None = None
    """Even frame rate; by default the video's own time stamps."""
    steps: int = 24
    """Optimizer steps per frame (paint)."""
    first_steps: int = 120
    """Optimizer steps for the first frame of each scene (paint)."""
    tile: int = 1536
    """Process frames of more pixels than a square of this side in tiles (apply)."""
    codec: str = ""
    """h264, vp9, prores or lossless, if the file format allows it; by default the usual one of the
    format."""
    quality: int = 75
    """Quality of the encoded video, from 0 to 100."""

    def __post_init__(self) -> None:
        check_choices(self)
        check_within(
            self,
            temporal=(0, 1),
            strength=(0, 2),
            style_scale=(0.1, 10),
            quality=(0, 100),
            faces=(0, 1),
        )
        for name in ("steps", "first_steps"):
            if not is_whole(getattr(self, name), 1):
                raise OptionError(name, "a number of steps from 1", getattr(self, name))
        if not is_whole(self.tile, 64):
            raise OptionError("tile", "pixels from 64", self.tile)
        check_part(self)


@dataclass(frozen=True, slots=True)
class StyleRequest:
    """The style of the frames of a video.

    Attributes:
        options: Options of the result.
        model: As :func:`impasto.load_model` takes it, or "".
        styles: Style images.
        style_size: Longer side in pixels of the style images; 0 is the network's own.
        threads: Threads for the network; None for one per core.
        masks: Where each style goes; none for everywhere.
        content_mask: White where frames stay unchanged.
        style_masks: The part of each style image to use; none for all of it.
        keyframes: A folder of painted key frames, or how many to paint; "" for every frame.
    """

    options: VideoOptions
    model: str = ""
    styles: tuple[str, ...] = ()
    style_size: int = 0
    threads: int | None = None
    masks: tuple[Path, ...] = ()
    content_mask: Path | None = None
    style_masks: tuple[Path, ...] = ()
    keyframes: str = ""

    @property
    def painted_keys(self) -> int:
        """How many key frames to paint; 0 if they are given, or there are none."""
        is_count = self.keyframes.isdigit() and not Path(self.keyframes).exists()
        return int(self.keyframes) if is_count else 0

    @property
    def key_folder(self) -> Path | None:
        """The folder of painted key frames; None if there is none."""
        return Path(self.keyframes) if self.keyframes and not self.painted_keys else None


def check_part(options: Part) -> None:
    """Check that the options select a valid part of a video, at a possible size.

    Raises:
        OptionError: They do not.
    """
    if not 0 <= number(options.start) < math.inf:
        raise OptionError("start", "seconds from 0", options.start)
    if options.end is not None and not options.start < number(options.end) < math.inf:
        raise OptionError("end", f"seconds after --start, {options.start:g}", options.end)
    if options.fps is not None and not 0.01 <= number(options.fps) <= 1000:
        raise OptionError("fps", "frames per second from 0.01 to 1000", options.fps)
    if options.size != 0 and options.size < LEAST_FRAME:
        raise OptionError(
            "size", f"0 (the video's size) or pixels from {LEAST_FRAME}", options.size
        )


USUAL: Final = VideoOptions()

UNUSED: Final = {
    "apply": ("steps", "first_steps"),
    "paint": ("style_weights", "keep_color", "tile"),
}
"""Options that have no effect with a method."""

_STYLING: Final = (
    "temporal", "strength", "style_scale", "faces", *UNUSED["apply"], *UNUSED["paint"],
)  # fmt: skip
"""Options that have no effect if the key frames are given."""


@dataclass(frozen=True, kw_only=True)
class VideoArguments:
    """Stylize a video, with its sound and without flicker.

    INPUT is a video, an animated GIF, a folder or pattern of pictures (frames/%04d.png), or with
    --show the number of a camera. The output's suffix selects the format: .mp4, .mov, .mkv, .webm,
    .gif, a folder, or a pattern. Ctrl-C leaves a video that plays; --resume continues it.
    """

    input: str = field(default="", metadata={"argument": "INPUT"})
    """The video, or the number of a camera."""
    output: Path | None = None
    """Output video; by default VIDEO-STYLE.mp4 in the current folder."""
    model: str = ""
    """A style or network listed by `impasto models`, an .onnx file, or the run folder of a
    training; or colors, which takes only the colors of --style, without a network."""
    style: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """Style image, or a style code made by `impasto encode`: its file, or its name. With --method
    paint an image. A folder of images counts as one style."""
    style_masks: tuple[Path, ...] = ()
    """The part of each --style image to use: one mask per style, white where the style counts. The
    words subject, background and face stand for automatic masks of the style image."""
    style_size: int = 0
    """Longer side in pixels of the --style images; larger gives larger strokes. 0 is the method's
    default."""
    masks: tuple[Path, ...] = ()
    """Where each style goes: one mask per style, in the order they are named. White is full effect,
    black leaves the original. The words subject, background and face stand for automatic masks of
    every frame, which follow the motion."""
    content_mask: Path | None = None
    """Where the video stays unchanged: a mask that is white there, or subject, background or
    face."""
    keyframes: str = ""
    """A folder of painted frames, named by number or time (0042.png, 3.5s.png), that all others
    follow; or the number of frames to paint, with --style as `impasto paint` does."""
    recipe: VideoOptions = VideoOptions()
    """Result"""
    engine: Engine = "local"
    """Where to run: local, or ray for a Ray cluster."""
    threads: int | None = None
    """Threads for the network; by default one per core."""
    run_dir: Path | None = None
    """Folder for unfinished work; by default OUTPUT.parts."""
    resume: bool = False
    """Continue a video that was stopped, if there is one."""
    overwrite: bool = False
    """Start again and replace existing files."""
    show: bool = False
    """Show the frames in a window instead of writing a file."""
    dry_run: bool = False
    """Estimate size, time and memory, and write nothing."""
    json: bool = False
    """Print the result as JSON, without progress."""

    def __post_init__(self) -> None:
        check_choices(self)
        if self.threads is not None and self.threads < 1:
            raise OptionError("threads", "a number from 1", self.threads)
        if self.resume and self.overwrite:
            raise ImpastoError("--resume continues, --overwrite starts again: give one of them")
        if self.show and (self.output is not None or self.engine != "local"):
            raise ImpastoError("--show cannot be combined with --output or --engine")
        if not self.input:
            raise ImpastoError("no video: name INPUT, a video, a folder of pictures or a camera")
        if self.keyframes and (self.show or self.engine != "local"):
            raise ImpastoError("--keyframes cannot be combined with --show or --engine")
        if self.request.painted_keys and self.style and not self.model:
            object.__setattr__(self, "recipe", replace(self.recipe, method="paint"))
        if self.dry_run and (self.show or self.engine != "local"):
            raise ImpastoError("--dry-run cannot be combined with --show or --engine")
        self._check_style()
        self._check_used()
        if self.camera is not None and not self.show:
            raise ImpastoError(f"{self.input}: a camera needs --show")

    @property
    def request(self) -> StyleRequest:
        """The style of the frames."""
        how = self.style_size, self.threads, self.masks, self.content_mask, self.style_masks
        return StyleRequest(self.recipe, self.model, self.style, *how, keyframes=self.keyframes)

    def _check_style(self) -> None:
        folder = self.request.key_folder
        if folder is not None:
            if self.keyframes.isdigit() and not folder.exists():
                raise OptionError("keyframes", "a folder, or a number from 1", self.keyframes)
            if self.model or self.style or self.masks or self.content_mask is not None:
                others = "no --model, --style or masks"
                raise ImpastoError(f"--keyframes FOLDER has its own pictures: {others}")
        if self.recipe.method == "paint":
            if self.model:
                raise ImpastoError("--method paint takes pictures, --style PICTURE, and no --model")
            if not self.style:
                raise ImpastoError("--method paint needs --style PICTURE")
        elif not (self.model or self.style or folder is not None):
            raise ImpastoError(NO_MODEL)
        if self.style_size and not self.style:
            raise ImpastoError("--style-size needs --style PICTURE")
        if self.style_masks and not self.style:
            raise ImpastoError(f"--style-masks {NO_STYLE_TO_MASK}")

    def _check_used(self) -> None:
        """Raise an OptionError for options that would have no effect."""
        method = self.recipe.method
        names, why = UNUSED[method], f"--method {method} has no such option"
        if self.request.key_folder is not None:
            names, why = _STYLING, "the pictures of --keyframes FOLDER are given"
        elif self.request.painted_keys and method == "paint":
            names, why = (*names, "steps"), "key frames use --first-steps instead"
        for name in names:
            if (value := getattr(self.recipe, name)) != getattr(USUAL, name):
                raise OptionError(name, f"nothing, as {why}", value)
        if self.request.key_folder is not None and self.threads is not None:
            raise OptionError("threads", f"nothing, as {why}", self.threads)

    @property
    def camera(self) -> int | None:
        """The number of the camera, if the input is one."""
        return int(self.input) if self.input.isdigit() and not Path(self.input).exists() else None
