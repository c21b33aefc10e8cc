"""``impasto sheet``: a photograph in all styles on one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from impasto.commands.outputs import complain
from impasto.errors import ImpastoError, ModelError, OptionError
from impasto.image import Picture, check_writable, read_picture, scaled, write_picture
from impasto.networks.card import Style
from impasto.networks.model import load_model
from impasto.networks.own import models
from impasto.networks.sheet import Entry, columns_for, drawn
from impasto.options.apply import ApplyOptions
from impasto.options.networks import SheetArguments


def run(given: SheetArguments) -> int:
    """Draw the sheet; return the exit code."""
    chosen = given.models or tuple(each.name for each in models())
    if not chosen:
        raise ImpastoError("no trained style is bundled: name model files with --models")
    _check_output(given)
    check_writable(given.output)
    photograph = scaled(read_picture(given.photo, longer=given.size), given.size)
    entries = [Entry("Photograph", given.photo.stem, photograph.pil())]
    for name in chosen:
        try:
            entries += _painted(name, photograph, given)
        except ModelError as error:
            if given.models:
                raise
            complain(error)  # if one fails, the others are still shown
    page = drawn(entries, given.columns or columns_for(len(entries)))
    write_picture(read_picture(page), given.output)
    print(f"{given.output}: {len(entries) - 1} styles, {page.width} x {page.height}")
    return 0


def _painted(name: str, photograph: Picture, given: SheetArguments) -> Iterator[Entry]:
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
        raise ImpastoError(f"{given.output} already exists: name another --output, or --overwrite")
