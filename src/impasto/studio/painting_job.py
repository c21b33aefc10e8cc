"""A job that is a painting: begun, followed, steered and kept, in the process that has torch."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from impasto.archive import load_errors
from impasto.checkpoint import WHOLE, Kept, load_checkpoint, save_checkpoint
from impasto.device import choose_device, choose_precision
from impasto.errors import ImpastoError, RunError
from impasto.image import Picture
from impasto.options.gatys import GatysOptions
from impasto.pace import Pace
from impasto.photograph import Diary, Painter
from impasto.photograph.changing import changed
from impasto.photograph.masks import opened
from impasto.photograph.settled import settle
from impasto.source import Inputs, Source, open_source
from impasto.step import OnStep
from impasto.studio.changes import changed_options, ordered_options
from impasto.studio.far import Far, FarLive
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
from impasto.track import LossTable, Snapshots, to_uint8
from impasto.weights import WeightsFile, resolve

logger = logging.getLogger("impasto")

KIND: Final = "painting of the studio"

_KEEP_EVERY: Final = 15.0  # seconds from one checkpoint to the next
_FRAMES: Final = 60  # about how many pictures an animation is made of
_FINISHING: Final = 1.3  # last steps that scoring takes as long as


class PaintingWork:
    """A job of the kind ``paint``, painted until it is done or asked to end.

    Args:
        job: Which.
        folder: Its own.
        requests: What is asked for meanwhile.
        shelf: Records its progress.
        live: What is seen of it.
    """

    def __init__(
        self, job: Job, folder: Path, requests: Requests, shelf: Far, live: FarLive
    ) -> None:
        self._job, self._folder, self._requests = job, folder, requests
        self._shelf, self._live = shelf, live

    def __call__(self) -> str:
        """Paint; give the name of the result's file, or "".

        Raises:
            ImpastoError: It cannot be painted here.
        """
        self._live.report("Preparing the canvas")
        self._set_up()
        self._shelf.change(self._job.id, of=self._content.options.steps)
        diary = Diary()
        self._advance(diary)
        if self._requests.ending == CANCEL or not self._painting.number:
            return ""
        unkept = self._unkept()
        if self._requests.ending in (PAUSE, BREAK):
            if unkept:
                raise RunError(unkept)
            return ""
        self._live.report("Finishing")
        self._finish(diary)  # there may be room for the picture
        return RESULT

    def _set_up(self) -> None:
        job, folder = self._job, self._folder
        styles = style_files(folder, int(job.order["styles"]))
        masks = [folder / f"mask{number}.png" for number in range(1, len(styles) + 1)]
        keep: Path | None = folder / KEEP
        if not (folder / KEEP).exists():
            word = WHERE.get(str(job.order.get("where", "")))
            keep = Path(word) if word and not (folder / BRUSHED).exists() else None
        given = Inputs(tuple(styles), tuple(masks) if job.order.get("masked") else (), keep)
        options = _with_look(ordered_options(job.order), folder)
        kept = _kept(folder)
        self._painter = Painter(opened(given, open_source), options)
        self._content = self._painter.settle(open_source(folder / PHOTO))
        self._painting = self._painter.begin(self._content)
        if kept is not None:
            with load_errors(folder / CHECKPOINT, WHOLE, RunError):
                self._painting.load_state_dict(kept["state"])

    def _advance(self, diary: Diary) -> None:
        name, folder, live = self._job.id, self._folder, self._live
        begun, steps = self._painting.number, self._content.options.steps
        every = max(1, steps // _FRAMES)
        follow: list[OnStep] = [diary, _table(folder / "losses.csv", begun)]
        follow.append(Snapshots(folder / SNAPSHOTS, every, begun))
        live.report("")
        costs = self._painting.costs
        pace = Pace([*costs, _FINISHING * costs[-1]])
        saved = time.monotonic()
        while not (self._painting.done or self._requests.ending):
            if values := self._requests.changes():
                self._change(values)
                pace.rest()
            step = self._painting.advance()
            pace.note(step.number, time.monotonic())
            live.stepped(step.number, step.losses, pace.left(step.number, steps + 1))
            self._shelf.count(name, step.number, step.of)
            if step.note:
                live.report(step.note)
            if live.due:
                live.show(to_uint8(step.image()))
            for listener in follow:
                try:
                    listener(step)
                except (OSError, ImpastoError) as error:  # costs curves, never the painting itself
                    live.report(failure(error))
            if time.monotonic() - saved > _KEEP_EVERY:
                live.report(self._unkept())
                saved = time.monotonic()

    def _change(self, values: Mapping[str, Any]) -> None:
        job = self._shelf.job(self._job.id)
        before = ordered_options(job.order)
        try:
            options = changed_options(before, values, int(job.order["styles"]))
            if options == before:
                return
            now = self._painter, self._painting, self._content
            found = changed(*now, _with_look(options, self._folder))
        except ImpastoError as error:
            self._live.report(f"Not changed: {error}")
            return
        self._painter, self._painting, self._content = found
        entry = {"step": self._painting.number, "asked": dict(values)}
        asked = {**job.order["asked"], **values}
        order = {**job.order, "options": options.to_json(), "asked": asked}
        self._shelf.change(job.id, order=order, changes=(*job.changes, entry))
        self._live.report("Going on with the change")

    def _finish(self, diary: Diary) -> None:
        self._live.show(to_uint8(self._painting.image))
        picture = self._painter.finish(self._painting, self._content, diary)
        manifest = dict(picture.manifest or {})
        if changes := self._shelf.job(self._job.id).changes:
            manifest["changes"] = [dict(each) for each in changes]
        write_result(self._folder, replace(picture, manifest=manifest))

    def _unkept(self) -> str:
        """Keep it; give why it cannot be, or "". The checkpoint before stays whole."""
        try:
            state = {"state": self._painting.state_dict()}
            save_checkpoint(self._folder / CHECKPOINT, KIND, state)
        except (OSError, RuntimeError, ImpastoError) as error:
            logger.warning("%s: not kept (%s)", self._job.id, error)
            return "the painting cannot be kept: the disk is full or cannot be written"
        return ""


def _with_look(options: GatysOptions, folder: Path) -> GatysOptions:
    """The options, with the picture that a print begins from, as earlier versions did with all."""
    look = folder / LOOK
    is_begun = look.exists() and options.init == GatysOptions.init
    return replace(options, init=str(look)) if is_begun else options


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
