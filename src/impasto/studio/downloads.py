"""Results as files that a client can fetch."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path
from typing import Final

from impasto.errors import OptionError, RunError
from impasto.files import write_errors
from impasto.film.timelapse import write_gif, write_mp4
from impasto.image import read_picture, write_picture
from impasto.studio.job import Job
from impasto.studio.job_files import MANIFEST, SNAPSHOTS
from impasto.studio.studio import Client, Studio
from impasto.track import snapshot_files

FORMS: Final = ("png", "jpeg", "tiff", "mp4", "gif", "manifest")  # what a result can be had as


def exported(studio: Studio, client: Client, name: str, form: str) -> Path:
    """A copy of a client's result, to be fetched.

    The form is ``png`` or ``jpeg`` (8 bits, as it is looked at), ``tiff`` (16 bits), ``mp4`` or
    ``gif`` (how it was painted, or the film) or ``manifest`` (how to make it again).

    Raises:
        RunError: There is no such job or no such file of it.
        OptionError: There is no such form.
    """
    job = studio.job(client, name)
    if form not in FORMS:
        raise OptionError("form", ", ".join(FORMS), form)
    folder = studio.shelf.folder(job.id)
    made = studio.exports.setdefault(job.id, {})
    key = f"{form} {job.state} {job.number}"
    if key in made and made[key].exists():
        return made[key]
    target = studio.served / secrets.token_hex(16) / file_name(job, form)
    try:
        with write_errors(job.title, caught=OSError):
            target.parent.mkdir(mode=0o700)
            _write(job, folder, form, target)
    except BaseException:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise
    made[key] = target
    return target


def file_name(job: Job, form: str) -> str:
    """What a client's download is called."""
    title = re.sub(r"[^\w.()]+", "-", job.title).strip("-.")[:60] or "painting"
    suffix = {"jpeg": "jpg", "tiff": "tif", "manifest": "json"}.get(form, form)
    return f"{title}.{suffix}"


def _write(job: Job, folder: Path, form: str, target: Path) -> None:
    if form == "gif" or (form == "mp4" and job.kind != "film"):
        frames = folder / SNAPSHOTS
        if not frames.is_dir():
            raise RunError(f"{job.title}: there is no animation of it")
        (write_gif if form == "gif" else write_mp4)(snapshot_files(frames), target)
        return
    if form in ("png", "jpeg", "tiff"):
        if not job.result.endswith(".png"):
            raise RunError(f"{job.title}: there is no picture of it yet")
        picture = read_picture(folder / job.result)
        write_picture(picture, target, bits=16 if form == "tiff" else 8)
        return
    source = folder / (MANIFEST if form == "manifest" else job.result)
    if not source.is_file():
        raise RunError(f"{job.title}: there is no {form} of it yet")
    shutil.copyfile(source, target)
