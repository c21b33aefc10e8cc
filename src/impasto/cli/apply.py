"""``impasto apply``: pictures through a trained network, at once.

The command is to be done in a third of a second, of which Python, numpy and onnxruntime take more
than half. So nothing else is imported where all goes well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impasto.cli.parser import parse
from impasto.cli.picture_stream import STREAM
from impasto.errors import ImpastoError, OptionError
from impasto.options.apply import ApplyOptions

if TYPE_CHECKING:
    from impasto.networks.resolve import Located

ENGINES: Final = {"local": "impasto.networks.engine", "ray": "impasto.networks.ray_engine"}
"""Modules with a function ``apply_all``."""

USUAL: Final = ApplyOptions()


@dataclass(frozen=True, kw_only=True)
class ApplyArguments:
    """Paint pictures with a trained network, in an instant.

    `impasto models` lists the bundled styles; `impasto train` makes others; --style takes any
    picture. A result is named
    PHOTO-STYLE and has the photograph's format; what is there already is skipped.
    """

    input: tuple[Path, ...] = field(default=(), metadata={"argument": "INPUT"})
    """Pictures, or folders of pictures; - is standard input."""
    model: str = ""
    """A style or network of `impasto models`, an .onnx file, or the run folder of a training."""
    style: tuple[str, ...] = field(default=(), metadata={"repeated": True})
    """A picture whose manner is taken on, or its code by `impasto encode`; again, each with a
    share (--style a.jpg:0.6 --style b.jpg:0.4), for a blend. --model may name another network
    that takes any style."""
    style_size: int = 0
    """Longer side in pixels at which a --style is seen: larger gives larger strokes; 0 is 512, or
    its own where that is smaller."""
    output: Path | None = None
    """File for one result or folder for many, - for standard output; here when not given."""
    recipe: ApplyOptions = USUAL
    """What becomes of the picture."""
    engine: str = "local"
    """Where the work is done: local, or ray for a Ray cluster."""
    threads: int | None = None
    """Threads of the network; as many as there are cores when not given."""
    overwrite: bool = False
    """Make again what is there already."""
    json: bool = False
    """Print the results for programs; no progress."""

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise OptionError("engine", " or ".join(ENGINES), self.engine)
        if self.threads is not None and self.threads < 1:
            raise OptionError("threads", "a number from 1", self.threads)
        if self.json and self.output == STREAM:
            raise ImpastoError("--json and the picture cannot both go to standard output")
        if self.style_size and not self.style:
            raise ImpastoError("--style-size is the size of a --style, and none is given")

    @cached_property
    def wanted(self) -> str | Located:
        """What the pictures go through: a model by its name, or one with styles given to it.

        Raises:
            ImpastoError: There is no such model, or a share is none.
        """
        if not self.style:
            return self.model
        from impasto.networks.resolve import styled

        return styled(self.model, self.style, self.style_size)


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(ApplyArguments, arguments, prog="impasto apply")
    if not given.input:
        raise ImpastoError("no picture: name at least one INPUT, a picture or a folder of them")
    if not (given.model or given.style):
        raise ImpastoError(
            "no model: name a style, --model NAME (`impasto models` lists them) or --style PICTURE"
        )
    from impasto.cli.applying import apply_given

    return apply_given(given)
