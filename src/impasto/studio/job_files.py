"""The files in the folder of a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from impasto.files import write_json
from impasto.image import Picture, write_picture
from impasto.recipe import shareable
from impasto.studio.job import Job
from impasto.studio.live import View
from impasto.track import snapshot_files

PHOTO: Final = "photo.png"
LOOK: Final = "look.png"  # the instant picture that a painting begins from
KEEP: Final = "keep.png"  # white where it stays a photograph
BRUSHED: Final = "brushed.png"  # the strokes that masks are made of
RESULT: Final = "result.png"
CHECKPOINT: Final = "checkpoint.pt"
MANIFEST: Final = "manifest.json"
SNAPSHOTS: Final = "snapshots"
FILM: Final = "film.mp4"
POSTER: Final = "poster.png"  # the first painted frame, by which a film is known among pictures


def style_files(folder: Path, count: int) -> list[Path]:
    """The styles of a job, in their order."""
    return [folder / f"style{number}.png" for number in range(1, count + 1)]


def write_result(folder: Path, picture: Picture) -> None:
    """Write a result with all its bits, and its manifest beside it."""
    manifest = picture.manifest or {}
    # Those of trained networks hold no folders of this machine to begin with.
    if manifest.get("command") == "paint":
        manifest = shareable(manifest)
    write_picture(replace(picture, manifest=manifest), folder / RESULT, bits=16)
    write_json(folder / MANIFEST, manifest)


def picture_of(job: Job, folder: Path, view: View) -> Path | None:
    """The file that shows a job best: its result, its newest preview, or what it last kept."""
    if job.kind == "film" and (folder / POSTER).exists():
        return folder / POSTER
    if job.is_open and view.preview is not None:
        return view.preview
    if job.result.endswith(".png"):
        return folder / job.result
    if view.preview is not None:
        return view.preview
    snapshots = folder / SNAPSHOTS
    if snapshots.is_dir() and (files := snapshot_files(snapshots)):
        return files[-1]
    return next((path for name in (LOOK, PHOTO) if (path := folder / name).exists()), None)
