"""``impasto video``: a film in, a painted film out, without flicker and with its sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from impasto.cli.parser import parse
from impasto.errors import ImpastoError, OptionError
from impasto.options.video import VideoOptions

USUAL: Final = VideoOptions()

ENGINES: Final = ("local", "ray")


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
    recipe: VideoOptions = USUAL
    """What becomes of the film."""
    engine: str = "local"
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
        if self.engine not in ENGINES:
            raise OptionError("engine", " or ".join(ENGINES), self.engine)
        if self.threads is not None and self.threads < 1:
            raise OptionError("threads", "a number from 1", self.threads)
        if self.resume and self.overwrite:
            raise ImpastoError("--resume goes on, --overwrite begins again: give one of them")
        if self.show and (self.output is not None or self.engine != "local"):
            raise ImpastoError("--show is in place of --output and of --engine")

    @property
    def camera(self) -> int | None:
        """The number of the camera, where the input is one."""
        return int(self.input) if self.input.isdigit() and not Path(self.input).exists() else None


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(VideoArguments, arguments, prog="impasto video", default=VideoArguments())
    if not given.input:
        raise ImpastoError("no film: name INPUT, a film, a folder of pictures or a camera")
    check_manner(given)
    if given.camera is not None and not given.show:
        raise ImpastoError(f"{given.input}: a camera is only shown: add --show")
    if given.show:
        from impasto.cli.showing import show_given

        return show_given(given)
    from impasto.cli.filming import film_given

    return film_given(given)


def check_manner(given: VideoArguments) -> None:
    """See that it is said in which manner to paint, and only once.

    Raises:
        ImpastoError: It is not.
    """
    if given.recipe.method == "paint":
        if given.model:
            raise ImpastoError("--method paint takes pictures, --style PICTURE, and no --model")
        if not given.style:
            raise ImpastoError("--method paint needs --style PICTURE")
    elif not (given.model or given.style):
        raise ImpastoError(
            "no model: name a style, --model NAME (`impasto models` lists them) or --style PICTURE"
        )
    if given.style_size and not given.style:
        raise ImpastoError("--style-size is the size of a --style, and none is given")
