"""Orders of paintings, films and kept pictures."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from impasto.errors import OptionError, RunError
from impasto.files import sha256
from impasto.film import Reading, open_film
from impasto.image import Picture, write_picture
from impasto.networks.words import made_of
from impasto.options.gatys import GatysOptions
from impasto.studio.changes import options_of, ordered_options
from impasto.studio.film_job import film_options
from impasto.studio.intake import Upload
from impasto.studio.job import DONE, Job
from impasto.studio.job_files import (
    BRUSHED,
    KEEP,
    LOOK,
    PHOTO,
    RESULT,
    style_files,
    write_result,
)
from impasto.studio.looks import EVERYWHERE, WHERE, Look, Place
from impasto.studio.studio import Client, Studio


@dataclass(frozen=True)
class Seen:
    """A photograph in a look, as somebody sees it.

    Attributes:
        look: Which.
        titles: What its styles are called.
        picture: Gives it at a longer side at most, and in a place.
    """

    look: Look
    titles: list[str]
    picture: Callable[[int, Place], Picture]


def seen_by(studio: Studio, client: Client, photo: str, look: Look) -> Seen:
    """What a client sees of the photograph of that name in a look."""
    titles = [studio.title(client, key) for key in look.styles]
    return Seen(look, titles, functools.partial(studio.look, client, photo, look))


LOOK_SIDE: Final = 1024  # of the instant picture, longer side; more would only take longer
PRINT_STEPS: Final = 12  # that carry strokes on to the size of a print


def order_painting(
    studio: Studio,
    client: Client,
    photo: Upload,
    styles: Sequence[Upload],
    asked: Mapping[str, Any],
    masks: tuple[Sequence[Picture], Picture | None] = ((), None),
    seen: Seen | None = None,
    place: Place = EVERYWHERE,
) -> Job:
    """Let a painting wait for its turn.

    See :func:`impasto.studio.changes.options_of` for ``asked``. The masks say where each style
    goes, and what stays photographic. With ``seen`` the painting begins from that, as strong and so
    on as it is. Where there are no styles, as those that networks learned have no pictures, it is
    the style too.

    Raises:
        ImpastoError: Options contradict each other, or the line is full.
    """
    learned = seen is not None and not styles
    count = 1 if learned else len(styles)
    if not 1 <= count <= studio.limits.styles:
        raise OptionError("styles", f"1 to {studio.limits.styles} pictures", count)
    look = None if seen is None else seen.look
    options = options_of(asked, count, studio.limits, look)
    titles = seen.titles if seen else [each.title for each in styles]
    order = {
        "preset": str(asked.get("preset") or "default"),
        "asked": dict(asked),
        "options": options.to_json(),
        "styles": count,
        "titles": titles,
        "masked": bool(masks[0]),
        "photo": photo.title,
        "photo_name": photo.name,
        "where": place.where,
        **({"look": seen.look.to_json()} if seen else {}),
    }
    title = f"{photo.title} as {' + '.join(titles)}"
    with studio.new("paint", client, title, order) as (job, folder):
        shutil.copyfile(photo.path, folder / PHOTO)
        files = style_files(folder, count)
        for upload, target in zip(styles, files, strict=False):
            shutil.copyfile(upload.path, target)
        if seen is not None:
            side = min(LOOK_SIDE, int(options.size))
            picture = replace(seen.picture(side, EVERYWHERE), manifest=None, alpha=None)
            write_picture(picture, folder / LOOK)
            shown = replace(seen.picture(side, place), alpha=None) if place.where else picture
            studio.line.live(job.id).show(shown.levels(8))
        if learned:
            shutil.copyfile(folder / LOOK, files[0])
        for number, mask in enumerate(masks[0], 1):
            write_picture(mask, folder / f"mask{number}.png")
        if masks[1] is not None:
            write_picture(masks[1], folder / KEEP)
        _copy_strokes(studio, client, place, folder)
        return studio.enlist(job)


def _copy_strokes(studio: Studio, client: Client, place: Place, folder: Path) -> None:
    if place.brushed:
        shutil.copyfile(studio.picture(client, place.brushed).path, folder / BRUSHED)


def order_print(studio: Studio, client: Client, name: str) -> Job:
    """Let a picture be painted at the largest size, from what it is now.

    Raises:
        ImpastoError: There is no such picture yet, or the line is full.
    """
    job = studio.job(client, name)
    folder, side = studio.shelf.folder(job.id), studio.limits.side
    if job.kind != "paint" or not job.result:
        raise RunError(f"{job.title}: is no finished painting")
    options = replace(
        ordered_options(job.order),
        size=side,
        steps=PRINT_STEPS,
        coarsest=0,
        init=GatysOptions.init,  # which leaves it to the picture
    )
    order = {**job.order, "options": options.to_json(), "print": True}
    order["asked"] = {**job.order["asked"], "size": side, "steps": PRINT_STEPS}
    with studio.new("paint", client, f"{job.title}, print", order) as (made, target):
        for path in folder.glob("*.png"):
            if path.name not in (RESULT, LOOK):
                shutil.copyfile(path, target / path.name)
        shutil.copyfile(folder / job.result, target / LOOK)
        return studio.enlist(made)


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
    order |= {"preview": preview, "photo": film.title}
    named = " + ".join(each.title for each in styles) or studio.title(client, style)
    with studio.new("film", client, f"{film.title} as {named}", order) as (job, folder):
        shutil.copyfile(film.path, folder / source)
        write_picture(_picture(first_frame(film.path)[0]), folder / PHOTO)
        for upload, target in zip(styles, style_files(folder, len(styles)), strict=True):
            shutil.copyfile(upload.path, target)
        return studio.enlist(job)


def first_frame(film: Path) -> tuple[NDArray[np.uint8], float]:
    """The first frame of a film, (H, W, 3), and its length in seconds (5 where it does not say)."""
    with closing(open_film(film, Reading())) as reader:
        about = reader.film
        seconds = float(about.frames / about.rate) if about.frames else 5.0
        return next(iter(reader.frames())).pixels, seconds


def _picture(levels: NDArray[np.uint8]) -> Picture:
    return Picture(levels[..., :3].astype(np.float32) / np.float32(255))


def keep_picture(
    studio: Studio,
    client: Client,
    photo: Upload,
    seen: Seen,
    size: int | None = None,
    place: Place = EVERYWHERE,
) -> Job:
    """Put the photograph in a look among the results, as large as is allowed here.

    Raises:
        ImpastoError: A style is not here, or the size is out of range.
    """
    side = studio.limits.side if size is None else size
    if not (isinstance(side, int) and 16 <= side <= studio.limits.side):
        raise OptionError("size", f"pixels from 16 to {studio.limits.side}", side)
    picture = seen.picture(side, place)
    order = {"asked": {}, "look": seen.look.to_json(), "photo": photo.title, "titles": seen.titles}
    order |= {"where": place.where, "photo_name": photo.name}
    title = f"{photo.title} as {' + '.join(seen.titles)}"
    with studio.new("instant", client, title, order) as (job, folder):
        shutil.copyfile(photo.path, folder / PHOTO)
        _copy_strokes(studio, client, place, folder)
        if mask := BRUSHED if place.brushed else WHERE.get(place.where, ""):
            entry = {"name": mask, "path": "", "sha256": made_of(mask) or sha256(folder / mask)}
            manifest = {**(picture.manifest or {})}
            manifest["inputs"] = {**manifest["inputs"], "content_mask": entry}
            picture = replace(picture, manifest=manifest)
        write_result(folder, picture)
        return studio.shelf.change(job.id, state=DONE, result=RESULT)
