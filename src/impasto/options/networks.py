"""The arguments of the commands that list, show, encode for and export trained networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impasto.errors import OptionError
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX
from impasto.options.shared import KeepColor


@dataclass(frozen=True, kw_only=True)
class ModelsArguments:
    """List the trained networks and their styles; each name is one that --model takes."""

    model: tuple[Path, ...] = field(default=(), metadata={"argument": "MODEL"})
    """Model files or run folders to tell of; those that come with impasto when not given."""
    json: bool = False
    """Print them for programs, with path and licence."""


@dataclass(frozen=True, kw_only=True)
class SheetArguments:
    """Show a photograph in all styles there are, on one page."""

    photo: Path = field(metadata={"argument": "PHOTO"})
    """The photograph."""
    output: Path = Path("sheet.png")
    """File of the page."""
    models: tuple[str, ...] = ()
    """Styles, networks, .onnx files or run folders to show; all bundled ones when not given."""
    size: int = 320
    """Longer side of each picture in pixels."""
    columns: int = 0
    """Pictures in a row; 0 makes a page somewhat wider than high."""
    strength: float = 1.0
    """How far to go from the photograph, 0, to the style, 1."""
    keep_color: KeepColor = "none"
    """Keep the photograph's colors: luminance (each pixel's own; the styles change only light and
    dark), histogram or covariance (its palette)."""
    overwrite: bool = False
    """Make the page again when it is there already."""

    def __post_init__(self) -> None:
        if not 64 <= self.size <= 4096:
            raise OptionError("size", "pixels from 64 to 4096", self.size)
        if self.columns < 0:
            raise OptionError("columns", "a number from 1, or 0", self.columns)


@dataclass(frozen=True, kw_only=True)
class EncodeArguments:
    """Write the code of a style, for impasto apply --style CODE.

    A code is what the any-style network knows of a picture, some kilobytes; only networks of the
    same encoder understand it.
    """

    style: Path = field(metadata={"argument": "STYLE"})
    """The picture whose manner is wanted."""
    output: Path | None = None
    """The file; its name ends in .imp. STYLE.imp here when not given."""
    model: str = ANY_STYLE
    """A network that takes any style: a name of `impasto models`, an .onnx file or a run folder."""
    style_size: int = 0
    """Longer side in pixels at which the style is seen: larger gives larger strokes; 0 is 512, or
    its own where that is smaller."""
    overwrite: bool = False
    """Write the file again when it is there already."""
    json: bool = False
    """Print the result for programs."""

    def __post_init__(self) -> None:
        if self.output is not None and self.output.suffix.lower() != CODE_SUFFIX:
            expected = f"a file whose name ends in {CODE_SUFFIX}"
            raise OptionError("output", expected, str(self.output))


@dataclass(frozen=True, kw_only=True)
class ExportArguments:
    """Write a trained network as one ONNX file, for impasto apply or any onnxruntime.

    Height, width and batch are free. Before the file is kept it has to give the pictures that the
    network gives in torch, at three sizes.
    """

    model: Path = field(metadata={"argument": "MODEL"})
    """Run folder or checkpoint of a training, or an .onnx file of impasto."""
    output: Path = field(metadata={"argument": "OUT"})
    """The file; its name ends in .onnx."""
    best: bool = False
    """Of a run folder, take the weights of the best validation instead of the last."""
    json: bool = False
    """Print the result for programs."""
