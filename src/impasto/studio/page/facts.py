"""What pages and programs are told: of jobs, and once of everything that can be chosen."""

from __future__ import annotations

import math
from typing import Any, Final

from impasto.samples import samples
from impasto.studio.changes import COLORS, QUALITIES, STRENGTH, STROKES, strength_of
from impasto.studio.instant import Choice
from impasto.studio.intake import KEEP_COLOR, STYLE_COLORS, Upload
from impasto.studio.job import Job
from impasto.studio.job_files import BRUSHED, LOOK, SNAPSHOTS
from impasto.studio.studio import Client, Studio, sample_title
from impasto.track import read_losses

_TOLD: Final = (
    "kind", "title", "state", "number", "of", "seconds", "told", "changes", "favorite", "made",
    "result",
)  # fmt: skip
_ORDER: Final = (
    "asked", "look", "photo", "photo_name", "style", "titles", "preview", "print", "where",
)  # fmt: skip


def job_facts(studio: Studio, job: Job) -> dict[str, Any]:
    """A job as it is now, in plain values."""
    view = studio.line.live(job.id).view
    losses = {name: _number(values[-1]) for name, values in (view.losses or {}).items() if values}
    return {
        "job": job.id,
        **{name: getattr(job, name) for name in _TOLD},
        "place": studio.line.place(job.id),
        "note": view.note,
        "left": _number(view.left),
        "shown": f"{job.state}{job.number if not job.is_open else ''}.{view.version}",
        "losses": losses,
        **{name: job.order[name] for name in _ORDER if name in job.order},
        **({"asked": _asked(job)} if "asked" in job.order else {}),
    }


def curves(studio: Studio, job: Job) -> dict[str, list[float | None]]:
    """The losses of all steps by name, those of an earlier run of the studio from their file."""
    view, table = studio.line.live(job.id).view, studio.shelf.folder(job.id) / "losses.csv"
    if view.losses:
        found: Any = {"step": view.steps, **view.losses}
    else:
        found = read_losses(table) if table.exists() else {}
    return {name: [_number(each) for each in values] for name, values in found.items()}


def again(studio: Studio, job: Job) -> dict[str, Any]:
    """Settings and pictures of an earlier job, to begin from them once more."""
    titles, look = [*job.order.get("titles", [])], job.order.get("look")
    keys = [f"@job:{job.id}:style{number}" for number in range(1, len(titles) + 1)]
    if look is None or all(key.startswith("@") for key in look["styles"]):
        shares = job.order["asked"].get("style_weights") or (look and [*look["styles"].values()])
        look = {
            **(look or {}),
            "styles": dict(zip(keys, shares or [1.0] * len(keys), strict=False)),
        }
    photo = studio.picture(Client(job.owner), f"job:{job.id}:photo")
    folder = studio.shelf.folder(job.id)
    begun = job.kind != "paint" or (folder / LOOK).exists()
    return {
        "photo": upload_facts(photo),
        "look": look,
        "titles": dict(zip(look["styles"], titles, strict=False)),
        "asked": _asked(job),
        "begin": "look" if begun else "photograph",
        "where": job.order.get("where", ""),
        "brushed": f"job:{job.id}:brushed" if (folder / BRUSHED).exists() else "",
    }


def upload_facts(upload: Upload) -> dict[str, Any]:
    """A picture or film by the name under which it can be used."""
    width, height = upload.size
    return {
        "name": upload.name,
        "title": upload.title,
        "width": width,
        "height": height,
    }


def start_facts(studio: Studio, client: Client) -> dict[str, Any]:
    """All that can be chosen."""
    instant = studio.instant
    instant.add_own()
    drawn = [Choice(f"@sample:{each.name}", sample_title(each.name)) for each in samples("style")]
    wall = (*instant.styles, *(drawn if instant.takes_any else ()), *instant.translators)
    return {
        "user": client.user,
        "styles": [vars(each) for each in wall],
        "photos": [
            upload_facts(studio.picture(client, f"sample:{each.name}"))
            for each in samples("content")
        ],
        "any": instant.takes_any,
        "qualities": QUALITIES,
        "colors": COLORS,
        "strength": STRENGTH,
        "strokes": STROKES,
        "side": studio.limits.side,
        "brushes": [*STYLE_COLORS[: studio.limits.styles], KEEP_COLOR],
        "seconds": studio.limits.film_seconds,
    }


def has_film(studio: Studio, job: Job) -> bool:
    """Whether there is a film of a picture's making."""
    return job.kind == "film" or (studio.shelf.folder(job.id) / SNAPSHOTS).is_dir()


def _asked(job: Job) -> dict[str, Any]:
    asked = dict(job.order["asked"])
    return asked if job.kind != "paint" else {**asked, "strength": strength_of(job.order)}


def _number(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
