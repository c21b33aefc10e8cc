"""The arguments of `impasto models`, `sheet`, `encode`, `mask` and `export`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from impasto.errors import ImpastoError, OptionError
from impasto.options.apply import ANY_STYLE, CODE_SUFFIX
from impasto.options.checks import check_choices
from impasto.options.shared import KeepColor, MaskWord


@dataclass(frozen=True, kw_only=True)
class ModelsArguments:
    """List trained networks and styles: the bundled ones, then your own.

    --model takes any of these names. Your own are made by `impasto encode STYLE --as NAME` and
    `impasto train ... --as NAME`; they are stored in the folder models of IMPASTO_HOME, or of the
    system's folder for data.
    """

    model: tuple[Path, ...] = field(default=(), metadata={"argument": "MODEL"})
    """Model files or run folders; by default all that have a name."""
    remove: tuple[str, ...] = ()
    """Remove styles and networks of your own by their names."""
    json: bool = False
    """Print JSON, with paths and licences."""

    def __post_init__(self) -> None:
        if self.remove and self.model:
            raise ImpastoError("--remove and MODEL: give one of them")


@dataclass(frozen=True, kw_only=True)
class SheetArguments:
    """Show a photograph in all available styles on one sheet."""

    photo: Path = field(metadata={"argument": "PHOTO"})
    """The photograph."""
    output: Path = Path("sheet.png")
    """Output file."""
    models: tuple[str, ...] = ()
    """Styles, networks, .onnx files or run folders to show; by default all that `impasto models`
    lists."""
    size: int = 320
    """Longer side of each picture in pixels."""
    columns: int = 0
    """Pictures per row; 0 makes the sheet a little wider than high."""
    strength: float = 1.0
    """How far to go: 0 is the photograph, 1 the style, 2 twice as strong."""
    keep_color: KeepColor = "none"
    """Keep the photograph's colors, and take only the texture of the style. luminance: each pixel
    keeps its color and only light and dark change. histogram, covariance: the palette is matched to
    the photograph's."""
    overwrite: bool = False
    """Replace an existing sheet."""

    def __post_init__(self) -> None:
        if not 64 <= self.size <= 4096:
            raise OptionError("size", "pixels from 64 to 4096", self.size)
        if self.columns < 0:
            raise OptionError("columns", "a number from 1, or 0", self.columns)


@dataclass(frozen=True, kw_only=True)
class EncodeArguments:
    """Write the code of a style image, for `impasto apply --style CODE`.

    A code has a few kilobytes: the numbers that describe a style to an any-style network. Only
    networks with the same encoder can read it. With --as it has a name, like a bundled style:
    `impasto apply --style NAME`, and `impasto models` lists it.
    """

    style: Path = field(metadata={"argument": "STYLE"})
    """Style image, or a folder of images that count as one style."""
    style_mask: Path | None = None
    """The part of the style image to use: a mask, white where the style counts, or subject,
    background or face."""
    output: Path | None = None
    """Output file, ending in .imp; by default STYLE.imp in the current folder, none with --as."""
    as_: str = ""
    """Store the code under this name, among your own styles."""
    model: str = ANY_STYLE
    """An any-style network: a name listed by `impasto models`, an .onnx file or a run folder."""
    style_size: int = 0
    """Longer side in pixels of the style image, for networks of `impasto train adain`. 0 is 512, or
    the image's own size if smaller."""
    overwrite: bool = False
    """Replace an existing file or style."""
    json: bool = False
    """Print the result as JSON."""

    def __post_init__(self) -> None:
        if self.output is not None and self.output.suffix.lower() != CODE_SUFFIX:
            expected = f"a file whose name ends in {CODE_SUFFIX}"
            raise OptionError("output", expected, str(self.output))


@dataclass(frozen=True, kw_only=True)
class MaskArguments:
    """Write an automatic mask as a gray picture, to check or edit it.

    Wherever impasto takes a mask file, it also takes these words: --masks subject background.
    """

    photo: tuple[Path, ...] = field(default=(), metadata={"argument": "PHOTO"})
    """Photographs, or folders of photographs."""
    of: MaskWord = "subject"
    """What is white: the subject, the background behind it, or faces."""
    output: Path | None = None
    """Output file for one mask, or folder for many. By default PHOTO-subject.png in the current
    folder."""
    overwrite: bool = False
    """Replace existing mask files."""

    def __post_init__(self) -> None:
        check_choices(self)
        if not self.photo:
            raise ImpastoError("no photograph: name at least one PHOTO, a picture or a folder")


@dataclass(frozen=True, kw_only=True)
class ExportArguments:
    """Write a trained network as one ONNX file, for `impasto apply` or any onnxruntime.

    The file works for any height, width and batch size. It is kept only if it gives the same
    pictures as torch at three sizes.
    """

    model: Path = field(metadata={"argument": "MODEL"})
    """Run folder or checkpoint of a training, or an .onnx file of impasto."""
    output: Path = field(metadata={"argument": "OUT"})
    """Output file, ending in .onnx."""
    best: bool = False
    """Use the weights with the best validation instead of the last (run folders only)."""
    json: bool = False
    """Print the result as JSON."""
