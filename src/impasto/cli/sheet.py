"""``impasto sheet``: a photograph in all styles there are, on one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from impasto.cli.parser import parse
from impasto.errors import ImpastoError, OptionError
from impasto.networks.bundled import bundled
from impasto.networks.card import Style
from impasto.options.shared import KeepColor

if TYPE_CHECKING:
    from impasto.image import Picture
    from impasto.networks.sheet import Entry


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


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code."""
    given = parse(SheetArguments, arguments, prog="impasto sheet")
    models = given.models or tuple(each.name for each in bundled())
    if not models:
        raise ImpastoError("no trained style is bundled: name model files with --models")
    from impasto.image import check_writable, read_picture, write_picture
    from impasto.networks.pieces import scaled
    from impasto.networks.sheet import Entry, columns_for, drawn

    _check_output(given)
    check_writable(given.output)
    photograph = scaled(read_picture(given.photo, longer=given.size), given.size)
    entries = [Entry("Photograph", given.photo.stem, photograph.pil())]
    entries += [each for model in models for each in _painted(model, photograph, given)]
    page = drawn(entries, given.columns or columns_for(len(entries)))
    write_picture(read_picture(page), given.output)
    print(f"{given.output}: {len(entries) - 1} styles, {page.width} x {page.height}")
    return 0


def _painted(name: str, photograph: Picture, given: SheetArguments) -> Iterator[Entry]:
    from impasto.networks.model import load_model
    from impasto.networks.sheet import Entry
    from impasto.options.apply import ApplyOptions

    model = load_model(name)
    wanted = ApplyOptions(strength=given.strength, keep_color=given.keep_color)
    for style in model.chosen:
        result = model.stylize(photograph, replace(wanted, style_weights=style.name))
        yield Entry(style.title or style.name, _note(style), result.pil())


def _note(style: Style) -> str:
    known = ", ".join(part for part in (style.artist, style.year) if part)
    return known if known or not style.title else style.name


def _check_output(given: SheetArguments) -> None:
    if not given.output.exists():
        return
    if given.photo.exists() and given.output.samefile(given.photo):
        raise OptionError("output", "another file than the photograph", str(given.output))
    if not given.overwrite and not given.output.is_dir():
        raise ImpastoError(
            f"{given.output} is there already: name another --output, or --overwrite"
        )
