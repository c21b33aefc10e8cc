"""A job that is a painting: begun, followed, steered and kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE, Kept, load_checkpoint, save_checkpoint
from impasto.errors import ImpastoError, RunError
from impasto.files import write_json
from impasto.film.timelapse import write_mp4
from impasto.image import Picture, write_picture
from impasto.methods.painting import Painting
from impasto.options.gatys import GatysOptions
from impasto.options.presets import preset
from impasto.photograph import Diary, Painter, Settled
from impasto.photograph.changing import changed
from impasto.recipe import shareable
from impasto.source import Inputs, Source, open_source
from impasto.step import OnStep, Step
from impasto.studio.changes import changed_options, ordered_options
from impasto.studio.instant import Instant, first_look
from impasto.studio.job import BREAK, CANCEL, PAUSE, Job, Requests, failure
from impasto.studio.live import Live
from impasto.studio.shelf import Shelf
from impasto.track import LossTable, Snapshots, snapshot_files, to_uint8

logger = logging.getLogger("impasto")

KIND: Final = "painting of the studio"

RESULT: Final = "result.png"
CHECKPOINT: Final = "checkpoint.pt"
PHOTO: Final = "photo.png"

_KEEP_EVERY: Final = 15.0  # seconds from one checkpoint to the next
_FRAMES: Final = 60  # about how many pictures an animation is made of


@dataclass
class _Canvas:
    """The painting in hand; replaced when its options change."""

    painter: Painter
    painting: Painting
    content: Settled

    def change(self, options: GatysOptions) -> None:
        made = changed(self.painter, self.painting, self.content, options)
        self.painter, self.painting, self.content = made


def style_files(folder: Path, count: int) -> list[Path]:
    """The styles of a job, in their order."""
    return [folder / f"style{number}.png" for number in range(1, count + 1)]


class PaintingWork:
    """Paints jobs of the kind ``paint``; the shelf records their progress.

    Args:
        shelf: Where the jobs are.
        instant: The trained networks, for a first look.
    """

    def __init__(self, shelf: Shelf, instant: Instant) -> None:
        self._shelf = shelf
        self._instant = instant

    def __call__(self, job: Job, folder: Path, requests: Requests, live: Live) -> str:
        """Paint until done or asked to end; give the name of the result's file, or "".

        Raises:
            ImpastoError: It cannot be painted here.
        """
        options = ordered_options(job.order)
        kept = _kept(folder)
        photograph = open_source(folder / PHOTO)
        if kept is None and live.view.preview is None:
            self.show_first(job, folder, live, photograph)
        live.report("Preparing the canvas")
        canvas = _set_up(folder, job, options, photograph)
        if kept is not None:
            with load_errors(folder / CHECKPOINT, WHOLE, RunError):
                canvas.painting.load_state_dict(kept["state"])
        self._shelf.change(job.id, of=canvas.content.options.steps)
        diary = Diary()
        self._advance(job.id, folder, canvas, requests, live, diary)
        if requests.ending == CANCEL or not canvas.painting.number:
            return ""
        unkept = _unkept(folder, canvas.painting)
        if requests.ending in (PAUSE, BREAK):
            if unkept:
                raise RunError(unkept)
            return ""
        live.report("Finishing")
        self._finish(job.id, folder, canvas, diary, live)  # there may be room for the picture
        return RESULT

    def show_first(
        self, job: Job, folder: Path, live: Live, photograph: Source | None = None
    ) -> None:
        """Show what the painting may become, at once; the photograph is read where not given."""
        live.report("A first look")
        with suppress(ImpastoError):  # the painting itself reports what is wrong
            options = ordered_options(job.order)
            picture = (photograph or open_source(folder / PHOTO)).picture
            styles = style_files(folder, int(job.order["styles"]))
            live.show(first_look(self._instant, picture, styles, options).levels(8))

    def _advance(
        self, name: str, folder: Path, canvas: _Canvas, requests: Requests, live: Live, diary: Diary
    ) -> None:
        begun = canvas.painting.number
        steps = canvas.content.options.steps
        every = max(1, steps // _FRAMES)
        follow: list[OnStep] = [diary, _table(folder / "losses.csv", begun)]
        follow.append(Snapshots(folder / "snapshots", every, begun))
        live.paused_clock()
        live.report("")
        saved = time.monotonic()
        while not (canvas.painting.done or requests.ending):
            if values := requests.changes():
                self._change(name, canvas, values, live)
            step = canvas.painting.advance()
            live.stepped(step.number, step.losses)
            self._shelf.count(name, step.number, step.of)
            if step.note:
                live.report(step.note)
            if live.due:
                live.show(to_uint8(step.image()))
            _listen(step, follow, live)
            if time.monotonic() - saved > _KEEP_EVERY:
                live.report(_unkept(folder, canvas.painting))
                saved = time.monotonic()

    def _change(self, name: str, canvas: _Canvas, values: Mapping[str, Any], live: Live) -> None:
        order = self._shelf.job(name).order
        usual = preset(str(order["preset"])).style_weight
        before = ordered_options(order)
        try:
            options = changed_options(before, values, usual, int(order["styles"]))
            if options == before:
                return
            canvas.change(options)
        except ImpastoError as error:
            live.report(f"Not changed: {error}")
            return
        entry = {"step": canvas.painting.number, "asked": dict(values)}
        asked = {**order["asked"], **values}
        now = {**order, "options": options.to_json(), "asked": asked}
        changes = (*self._shelf.job(name).changes, entry)
        self._shelf.change(name, order=now, changes=changes)
        live.report("Going on with the change")
        live.paused_clock()

    def _finish(self, name: str, folder: Path, canvas: _Canvas, diary: Diary, live: Live) -> None:
        live.show(to_uint8(canvas.painting.image))
        picture = canvas.painter.finish(canvas.painting, canvas.content, diary)
        manifest = dict(picture.manifest or {})
        if changes := self._shelf.job(name).changes:
            manifest["changes"] = [dict(each) for each in changes]
        write_result(folder, replace(picture, manifest=manifest))
        frames = snapshot_files(folder / "snapshots")
        if len(frames) > 1:
            try:  # a by-product never discards the picture
                write_mp4(frames, folder / "animation.mp4")
            except (OSError, ImpastoError) as error:
                logger.warning("%s: no animation (%s)", name, error)


def write_result(folder: Path, picture: Picture) -> None:
    """Write a result with all its bits, and its manifest beside it."""
    manifest = picture.manifest or {}
    # Those of trained networks hold no folders of this machine to begin with.
    if manifest.get("command") == "paint":
        manifest = shareable(manifest)
    write_picture(replace(picture, manifest=manifest), folder / RESULT, bits=16)
    write_json(folder / "manifest.json", manifest)


def _set_up(folder: Path, job: Job, options: GatysOptions, photograph: Source) -> _Canvas:
    styles = tuple(map(open_source, style_files(folder, int(job.order["styles"]))))
    masks = [folder / f"mask{number}.png" for number in range(1, len(styles) + 1)]
    given = tuple(map(open_source, masks)) if job.order.get("masked") else ()
    keep = folder / "keep.png"
    inputs = Inputs(styles, given, open_source(keep) if keep.exists() else None)
    painter = Painter(inputs, options)
    content = painter.settle(photograph)
    return _Canvas(painter, painter.begin(content), content)


def _listen(step: Step, listeners: Sequence[OnStep], live: Live) -> None:
    """Report a step; a full disk costs snapshots and curves, never the painting itself."""
    for listener in listeners:
        try:
            listener(step)
        except (OSError, ImpastoError) as error:
            live.report(failure(error))


def _table(path: Path, begun: int) -> LossTable:
    """The table of losses; a new one where a full disk has left none that can be read."""
    try:
        return LossTable(path, begun)
    except RunError:
        path.unlink(missing_ok=True)
        return LossTable(path, begun)


def _kept(folder: Path) -> Kept | None:
    """The checkpoint of a painting; None where it cannot be read, so that painting starts over."""
    if not (folder / CHECKPOINT).exists():
        return None
    try:
        return load_checkpoint(folder / CHECKPOINT, KIND, Kept)
    except RunError as error:
        logger.warning("%s: begun anew (%s)", folder.name, error)
        return None


def _unkept(folder: Path, painting: Painting) -> str:
    """Keep a painting; give why it cannot be, or "". The checkpoint before stays whole."""
    try:
        save_checkpoint(folder / CHECKPOINT, KIND, {"state": painting.state_dict()})
    except (OSError, RuntimeError, ImpastoError) as error:
        logger.warning("%s: not kept (%s)", folder.name, error)
        return "the painting cannot be kept: the disk is full or cannot be written"
    return ""
