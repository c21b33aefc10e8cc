"""Orders of paintings, films and kept pictures; and how long a painting takes."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from impasto.device import choose_device, choose_precision, free_memory
from impasto.errors import ImpastoError, OptionError
from impasto.image import Picture, write_picture
from impasto.methods.gatys.footprint import Work
from impasto.methods.gatys.memory_plan import check_memory, convolution_rate, estimated_seconds
from impasto.methods.subject import result_size
from impasto.options.gatys import PaintOptions
from impasto.shown import duration
from impasto.studio.changes import options_of
from impasto.studio.film_job import film_options
from impasto.studio.intake import Upload
from impasto.studio.job import DONE, Job
from impasto.studio.painting_job import PHOTO, RESULT, style_files, write_result
from impasto.studio.studio import Client, Studio
from impasto.weights import resolve


def order_painting(
    studio: Studio,
    client: Client,
    photo: Upload,
    styles: Sequence[Upload],
    asked: Mapping[str, Any],
    masks: tuple[Sequence[Picture], Picture | None] = ((), None),
) -> Job:
    """Let a painting wait for its turn.

    See :func:`impasto.studio.changes.options_of` for ``asked``. The masks say where each style
    goes, and what stays photographic.

    Raises:
        ImpastoError: Options contradict each other, or the line is full.
    """
    if not 1 <= len(styles) <= studio.limits.styles:
        raise OptionError("styles", f"1 to {studio.limits.styles} pictures", len(styles))
    options = options_of(asked, len(styles), studio.limits)
    order = {
        "preset": str(asked.get("preset") or "default"),
        "asked": dict(asked),
        "options": options.to_json(),
        "styles": len(styles),
        "titles": [each.title for each in styles],
        "masked": bool(masks[0]),
    }
    title = f"{photo.title} as {' + '.join(each.title for each in styles)}"
    with studio.new("paint", client, title, order) as (job, folder):
        shutil.copyfile(photo.path, folder / PHOTO)
        for upload, target in zip(styles, style_files(folder, len(styles)), strict=True):
            shutil.copyfile(upload.path, target)
        for number, mask in enumerate(masks[0], 1):
            write_picture(mask, folder / f"mask{number}.png")
        if masks[1] is not None:
            write_picture(masks[1], folder / "keep.png")
        return studio.enlist(job)


def order_film(
    studio: Studio,
    client: Client,
    film: Upload,
    asked: Mapping[str, Any],
    style: str = "",
    *,
    styles: Sequence[Upload] = (),
    preview: bool = False,
) -> Job:
    """Let a film wait for its turn, in a learned style or in those of pictures.

    See :func:`impasto.studio.film_job.film_options` for ``asked``; a preview is one small second.

    Raises:
        ImpastoError: Options contradict each other, or the line is full.
    """
    film_options(dict(asked), studio.limits, preview=preview)  # an error now and not in an hour
    if not (style or styles):
        raise OptionError("style", "a learned style or a picture", style)
    if style and style not in [each.name for each in studio.instant.styles]:
        raise OptionError("style", "one of the learned styles", style)
    source = f"source{film.path.suffix}"  # never the result's name: that would be written over it
    order = {"asked": dict(asked), "style": style, "source": source, "styles": len(styles)}
    order["preview"] = preview
    named = style or " + ".join(each.title for each in styles)
    with studio.new("film", client, f"{film.title} as {named}", order) as (job, folder):
        shutil.copyfile(film.path, folder / source)
        for upload, target in zip(styles, style_files(folder, len(styles)), strict=True):
            shutil.copyfile(upload.path, target)
        return studio.enlist(job)


def keep_picture(
    studio: Studio, client: Client, kind: str, title: str, photo: Upload, picture: Picture
) -> Job:
    """Put a picture that is there already among the results."""
    with studio.new(kind, client, title, {"asked": {}}) as (job, folder):
        shutil.copyfile(photo.path, folder / PHOTO)
        write_result(folder, picture)
        return studio.shelf.change(job.id, state=DONE, result=RESULT)


def estimate(photograph: tuple[int, int], options: PaintOptions) -> str:
    """Size, time and memory of a painting of so many pixels, or why it cannot be painted."""
    try:
        size = result_size(photograph[::-1], options)
        network = resolve(options.network).network
        device = choose_device(options.device)
        precision = choose_precision(options.precision, device)
        work = Work(options, network, precision)
        plan = check_memory(size, work, free_memory(device))
        seconds = estimated_seconds(size, work, plan, _rate(options.device, options.precision))
    except ImpastoError as error:
        return str(error)
    height, width = size
    memory = f"{plan.memory / 1e9:.1f} GB of memory"
    return f"{width} × {height}, {options.steps} steps, about {duration(seconds)}, {memory}"


@functools.cache
def _rate(device: str, precision: str) -> float:
    chosen = choose_device(device)
    return convolution_rate(chosen, choose_precision(precision, chosen))
