"""The preview and losses of a job while it is painted."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from impasto.errors import ImpastoError
from impasto.files import written_whole

if TYPE_CHECKING:
    import numpy.typing as npt

logger = logging.getLogger("impasto")

PACE: Final = 0.5  # seconds from one preview to the next at least
SIDE: Final = 1024  # longer side of a preview in pixels at most
# Previews that stay on disk, as a slow client may still be fetching an earlier one.
_KEPT: Final = 3
CURVES: Final = ("total", "content", "style")


@dataclass(frozen=True)
class View:
    """A job at one moment.

    Attributes:
        version: Counts the previews.
        preview: File of the newest, or None before the first.
        steps: Numbers of the steps whose losses are known.
        losses: Values by name, as many as there are steps.
        note: What is being done, or what happened last.
        left: Seconds to the end; NaN while nobody knows.
    """

    version: int = 0
    preview: Path | None = None
    steps: tuple[int, ...] = ()
    losses: Mapping[str, tuple[float, ...]] | None = None
    note: str = ""
    left: float = math.nan


class Live:
    """Keeps the newest preview and the losses of one job.

    Args:
        folder: Of the previews; made with the first.
        clock: Seconds from any origin, never going back.
        told: Called after each change.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[], object] = lambda: None,
    ) -> None:
        self._folder = folder
        self._told = told
        self._clock = clock
        self._lock = threading.Lock()
        self._view = View()
        self._shown = -math.inf

    @property
    def view(self) -> View:
        """How it looks now."""
        return self._view

    def report(self, note: str) -> None:
        """Say what is being done."""
        with self._lock:
            self._view = replace(self._view, note=note)
        self._told()

    def stepped(self, number: int, losses: Mapping[str, float], left: float = math.nan) -> None:
        """Note the losses of a step; those of later steps, from before a restart, are dropped."""
        with self._lock:
            old = self._view
            kept = sum(step < number for step in old.steps)
            before = old.losses or {}
            curves = {
                name: (*before.get(name, ())[:kept], float(losses.get(name, math.nan)))
                for name in CURVES
            }
            steps = (*old.steps[:kept], number)
            self._view = replace(old, steps=steps, losses=curves, left=left)
        self._told()

    @property
    def due(self) -> bool:
        """Whether it is time for another preview."""
        return self._clock() - self._shown >= PACE

    def show(self, pixels: npt.NDArray[Any]) -> None:
        """Publish a preview, (H, W, 3) of whole numbers up to 255; none where the disk is full."""
        version = self._view.version + 1
        path = self._folder / f"{version:06d}.jpg"
        try:
            image = Image.fromarray(pixels)
            image.thumbnail((SIDE, SIDE))
            with written_whole(path) as temporary:
                image.save(temporary, format="JPEG", quality=88)
        except (OSError, ImpastoError) as error:
            logger.warning("a preview could not be written (%s)", error)
            return
        with self._lock:
            self._view = replace(self._view, version=version, preview=path)
            self._shown = self._clock()
        self._told()
        (self._folder / f"{version - _KEPT:06d}.jpg").unlink(missing_ok=True)
