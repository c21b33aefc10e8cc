"""A job that is a painting: begun, followed, steered and kept, in the process that has torch."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE, Kept, load_checkpoint, save_checkpoint
from impasto.device import choose_device, choose_precision
from impasto.errors import ImpastoError, RunError
from impasto.film.timelapse import write_mp4
from impasto.image import Picture
from impasto.methods.painting import Painting
from impasto.options.gatys import GatysOptions
from impasto.pace import Pace
from impasto.photograph import Diary, Painter, Settled
from impasto.photograph.changing import changed
from impasto.photograph.masks import opened
from impasto.photograph.settled import settle
from impasto.source import Inputs, Source, open_source
from impasto.step import OnStep, Step
from impasto.studio.changes import changed_options, ordered_options
from impasto.studio.far import FarLive, FarShelf
from impasto.studio.job import BREAK, CANCEL, PAUSE, Job, Requests, failure
from impasto.studio.job_files import (
    BRUSHED,
    CHECKPOINT,
    KEEP,
    LOOK,
    PHOTO,
    RESULT,
    SNAPSHOTS,
    style_files,
    write_result,
)
from impasto.studio.looks import WHERE
from impasto.studio.room import Limits
from impasto.track import LossTable, Snapshots, snapshot_files, to_uint8
from impasto.weights import WeightsFile, resolve

logger = logging.getLogger("impasto")

KIND: Final = "painting of the studio"

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


class PaintingWork:
    """Paints jobs of the kind ``paint``; the shelf records their progress."""

    def __init__(self, shelf: FarShelf, _: Limits) -> None:
        self._shelf = shelf

    def __call__(self, job: Job, folder: Path, requests: Requests, live: FarLive) -> str:
        """Paint until done or asked to end; give the name of the result's file, or "".

        Raises:
            ImpastoError: It cannot be painted here.
        """
        live.report("Preparing the canvas")
        options = _with_look(ordered_options(job.order), folder)
        kept = _kept(folder)
        photograph = open_source(folder / PHOTO)
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

    def _advance(
        self,
        name: str,
        folder: Path,
        canvas: _Canvas,
        requests: Requests,
        live: FarLive,
        diary: Diary,
    ) -> None:
        begun = canvas.painting.number
        steps = canvas.content.options.steps
        every = max(1, steps // _FRAMES)
        follow: list[OnStep] = [diary, _table(folder / "losses.csv", begun)]
        follow.append(Snapshots(folder / SNAPSHOTS, every, begun))
        live.report("")
        pace = Pace(canvas.painting.costs)
        saved = time.monotonic()
        while not (canvas.painting.done or requests.ending):
            if values := requests.changes():
                self._change(name, folder, canvas, values, live)
                pace.rest()
            step = canvas.painting.advance()
            pace.note(step.number, time.monotonic())
            live.stepped(step.number, step.losses, pace.left(step.number, steps))
            self._shelf.count(name, step.number, step.of)
            if step.note:
                live.report(step.note)
            if live.due:
                live.show(to_uint8(step.image()))
            _listen(step, follow, live)
            if time.monotonic() - saved > _KEEP_EVERY:
                live.report(_unkept(folder, canvas.painting))
                saved = time.monotonic()

    def _change(
        self, name: str, folder: Path, canvas: _Canvas, values: Mapping[str, Any], live: FarLive
    ) -> None:
        order = self._shelf.job(name).order
        before = ordered_options(order)
        try:
            options = changed_options(before, values, int(order["styles"]))
            if options == before:
                return
            canvas.change(_with_look(options, folder))
        except ImpastoError as error:
            live.report(f"Not changed: {error}")
            return
        entry = {"step": canvas.painting.number, "asked": dict(values)}
        asked = {**order["asked"], **values}
        now = {**order, "options": options.to_json(), "asked": asked}
        changes = (*self._shelf.job(name).changes, entry)
        self._shelf.change(name, order=now, changes=changes)
        live.report("Going on with the change")

    def _finish(
        self, name: str, folder: Path, canvas: _Canvas, diary: Diary, live: FarLive
    ) -> None:
        live.show(to_uint8(canvas.painting.image))
        picture = canvas.painter.finish(canvas.painting, canvas.content, diary)
        manifest = dict(picture.manifest or {})
        if changes := self._shelf.job(name).changes:
            manifest["changes"] = [dict(each) for each in changes]
        write_result(folder, replace(picture, manifest=manifest))
        frames = snapshot_files(folder / SNAPSHOTS)
        if len(frames) > 1:
            try:  # a by-product never discards the picture
                write_mp4(frames, folder / "animation.mp4")
            except (OSError, ImpastoError) as error:
                logger.warning("%s: no animation (%s)", name, error)


def _with_look(options: GatysOptions, folder: Path) -> GatysOptions:
    """The options, with the picture that a print begins from, as earlier versions did with all."""
    look = folder / LOOK
    is_begun = look.exists() and options.init == GatysOptions.init
    return replace(options, init=str(look)) if is_begun else options


def _set_up(folder: Path, job: Job, options: GatysOptions, photograph: Source) -> _Canvas:
    styles = style_files(folder, int(job.order["styles"]))
    masks = [folder / f"mask{number}.png" for number in range(1, len(styles) + 1)]
    keep: Path | None = folder / KEEP
    if not (folder / KEEP).exists():
        word = WHERE.get(str(job.order.get("where", "")))
        keep = Path(word) if word and not (folder / BRUSHED).exists() else None
    given = Inputs(tuple(styles), tuple(masks) if job.order.get("masked") else (), keep)
    painter = Painter(opened(given, open_source), options)
    content = painter.settle(photograph)
    return _Canvas(painter, painter.begin(content), content)


def _listen(step: Step, listeners: Sequence[OnStep], live: FarLive) -> None:
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


@dataclass
class _Tools:
    """What would paint; see :class:`impasto.photograph.settled.Tools`."""

    weights: WeightsFile
    device: torch.device
    precision: torch.dtype


def estimate(photograph: tuple[int, int], options: GatysOptions) -> str:
    """Size, time and memory of a painting of so many pixels, or why it cannot be painted."""
    width, height = photograph
    blank = Picture(np.broadcast_to(np.float32(0), (height, width, 3)))  # nobody looks at it
    try:
        device = choose_device(options.device)
        tools = _Tools(
            resolve(options.network), device, choose_precision(options.precision, device)
        )
        found = settle(Source(blank, "photograph", "", ""), options, tools)
    except ImpastoError as error:
        return str(error)
    return found.outlook if found.fault is None else str(found.fault)
