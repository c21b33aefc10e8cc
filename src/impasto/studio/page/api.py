"""What pages and programs can do; each function takes a JSON object and gives a job or values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from impasto.errors import ImpastoError, OptionError, PictureError, RunError
from impasto.networks.blends import parsed
from impasto.records import read_record
from impasto.studio.changes import options_of
from impasto.studio.intake import Upload, masks_of, strokes_of
from impasto.studio.job_files import MANIFEST
from impasto.studio.looks import PICTURE, Look, Place, look_of
from impasto.studio.orders import (
    first_frame,
    keep_picture,
    order_film,
    order_painting,
    order_print,
    seen_by,
)
from impasto.studio.page.facts import again, upload_facts
from impasto.studio.studio import Client, Studio

Values = Mapping[str, Any]


class Api:
    """The actions of the studio.

    Args:
        studio: What does them.
    """

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    @property
    def actions(self) -> dict[str, Callable[[Client, Values], Any]]:
        """All actions by their names."""
        names = (
            "paint", "estimate", "instant", "translate", "film", "steer", "change", "print",
            "settings",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def taken(self, client: Client, path: Path, name: str, kind: str) -> dict[str, Any]:
        """Take in an upload; of a film, its length and its first frame as a picture, too."""
        if kind != "film":
            return upload_facts(self.studio.intake.picture(path, name, client.user))
        upload = self.studio.intake.film(path, name, client.user)
        path.unlink(missing_ok=True)
        frame, seconds = first_frame(upload.path)
        still = self.studio.intake.framed(frame, upload.title, client.user)
        length = math.ceil(10 * seconds) / 10  # rounded down it loses its last frames
        return {**upload_facts(upload), "seconds": length, "frame": upload_facts(still)}

    def paint(self, client: Client, values: Values) -> Any:
        """Let a photograph be painted.

        ``photo``; ``styles``, names of pictures, or ``look``, from which it begins; ``options``:
        preset, size, steps, seed, strength, strokes, colors, style_weights, faces; ``where``:
        subject or background; ``brushed``, the name of a picture with strokes in the colors of the
        brushes, which goes before ``where``.
        """
        photo = self._picture(client, values, "photo")
        look = _look(values)
        drawn = look.styles if look is not None and look.is_drawn else ()
        names = values.get("styles") or [key.removeprefix(PICTURE) for key in drawn]
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise OptionError("styles", "a list of names of pictures", names)
        styles = [self.studio.picture(client, each) for each in names]
        if look is None and not styles:
            raise PictureError("no style yet: choose one")
        seen = seen_by(self.studio, client, str(values["photo"]), look) if look else None
        masks: Any = (), None
        place = place_of(values)
        if place.brushed:
            brushed = self._picture(client, values, "brushed").path
            masks = masks_of(strokes_of(brushed), max(1, len(styles)))
        options = _record(values, "options")
        return order_painting(self.studio, client, photo, styles, options, masks, seen, place)

    def estimate(self, client: Client, values: Values) -> Any:
        """How long a painting would take, as a sentence; takes what :meth:`paint` takes."""
        photo = self._picture(client, values, "photo")
        look = _look(values)
        count = len(look.styles) if look is not None and look.is_drawn else 1
        recipe = options_of(_record(values, "options"), count, self.studio.limits, look)
        return {"estimate": self.studio.estimates.estimate(photo.size, recipe)}

    def instant(self, client: Client, values: Values) -> Any:
        """Keep a photograph in a style, at once.

        ``photo``; ``look``; or, shorter, ``style``: a learned style, a blend
        (name:0.6,name:0.4) or @ and the name of a picture, with ``options``: strength,
        style_scale, size, keep_color, faces; ``where`` and ``brushed`` as in :meth:`paint`.
        """
        options = dict(_record(values, "options"))
        size = options.pop("size", None)
        look = _look(values) or _blend(str(values.get("style") or ""), options)
        photo = self._picture(client, values, "photo")
        seen = seen_by(self.studio, client, str(values["photo"]), look)
        return keep_picture(self.studio, client, photo, seen, size, place_of(values))

    def translate(self, client: Client, values: Values) -> Any:
        """Keep a picture through a translator, ``style``, such as photo-to-van-gogh."""
        return self.instant(client, {**values, "look": {"styles": {str(values.get("style")): 1.0}}})

    def film(self, client: Client, values: Values) -> Any:
        """Let a film be painted.

        ``film``; ``style``, or ``styles``, names of pictures; ``options``: start, end, size,
        strength, style_scale, temporal, colors, faces, keyframes; ``preview`` for one small second.
        """
        film = self._picture(client, values, "film")
        names = values.get("styles") or []
        styles = [self.studio.picture(client, str(each)) for each in names]
        style = "" if styles else str(values.get("style") or "")
        options, preview = _record(values, "options"), values.get("preview") is True
        return order_film(self.studio, client, film, options, style, styles=styles, preview=preview)

    def steer(self, client: Client, values: Values) -> Any:
        """Have a ``job`` do an ``action``: pause, go_on, keep, cancel, remove, restore, favor."""
        return self.studio.steer(client, str(values.get("job")), str(values.get("action")))

    def change(self, client: Client, values: Values) -> Any:
        """Let a ``job`` go on with ``changes``: strength, strokes, colors, style_weights."""
        name = str(values.get("job"))
        self.studio.change(client, name, _record(values, "changes"))
        return self.studio.job(client, name)

    def print(self, client: Client, values: Values) -> Any:
        """Let a finished painting, ``job``, be painted at the largest size."""
        return order_print(self.studio, client, str(values.get("job")))

    def settings(self, client: Client, values: Values) -> Any:
        """What to begin from for a ``job``, or for a ``manifest`` that was downloaded."""
        if values.get("job"):
            return again(self.studio, self.studio.job(client, str(values["job"])))
        wanted = _fingerprint(_record(values, "manifest"))
        for job in self.studio.jobs(client):
            path = self.studio.shelf.folder(job.id) / MANIFEST
            with suppress(ImpastoError, KeyError):
                if path.is_file() and _fingerprint(read_record(path, dict[str, Any])) == wanted:
                    return again(self.studio, job)
        raise RunError("the pictures of these settings are not in this studio any more")

    def _picture(self, client: Client, values: Values, role: str) -> Upload:
        name = values.get(role)
        if not (isinstance(name, str) and name):
            raise PictureError(f"{role}: name a picture that was uploaded, or a sample")
        return self.studio.picture(client, name)


def place_of(values: Values) -> Place:
    """Where a photograph is to be painted, as a page or program says it."""
    return Place(str(values.get("where") or ""), str(values.get("brushed") or ""))


def _look(values: Values) -> Look | None:
    return look_of(_record(values, "look")) if values.get("look") else None


def _record(values: Values, name: str) -> Values:
    found = values.get(name) or {}
    if not isinstance(found, dict):
        raise OptionError(name, "an object by names", found)
    return found


_NAMES: Final = {
    "strength": "strength", "style_scale": "scale", "keep_color": "colors", "faces": "faces",
}  # fmt: skip


def _blend(text: str, options: Values) -> Look:
    for name in options:
        if name not in _NAMES:
            raise OptionError("options", f"size, {', '.join(_NAMES)}", name)
    styles = {text: 1.0} if text.startswith(PICTURE) else parsed(text)
    return look_of({"styles": styles, **{_NAMES[name]: each for name, each in options.items()}})


def _fingerprint(manifest: Values) -> list[Any]:
    """What two manifests of one picture have in common; 1 and 1.0 are equal, as in browsers."""
    try:
        return [manifest["command"], manifest["options"], _hashes(manifest["inputs"])]
    except (KeyError, TypeError, AttributeError):
        raise RunError("the file holds no settings of a picture") from None


def _hashes(value: Any) -> Any:
    if isinstance(value, list):
        return [_hashes(each) for each in value]
    if "sha256" in value:
        return value["sha256"]
    return {name: _hashes(each) for name, each in value.items()}
