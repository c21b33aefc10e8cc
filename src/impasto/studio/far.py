"""The studio as the process sees it that paints: what it reports, and what it is asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from PIL import Image

from impasto.studio.job import Job, Requests
from impasto.studio.live import PACE, SIDE


class _Far:
    """Stands for something of the studio in the other process."""

    def __init__(self, pipe: Connection, place: str, requests: Requests) -> None:
        self._pipe, self._place, self._requests = pipe, place, requests

    def _ask(self, name: str, *given: Any, **named: Any) -> Any:
        self._pipe.send((self._place, name, (given, named)))
        found, ending, changes = self._pipe.recv()
        self._requests.end(ending)
        self._requests.change(changes)
        if isinstance(found, Exception):
            raise found
        return found


class FarShelf(_Far):
    """The shelf, as the other process needs it."""

    def job(self, name: str) -> Job:
        """As :meth:`Shelf.job`."""
        found: Job = self._ask("job", name)
        return found

    def change(self, name: str, **values: Any) -> Job:
        """As :meth:`Shelf.change`."""
        found: Job = self._ask("change", name, **values)
        return found

    def count(self, name: str, number: int, of: int) -> None:
        """As :meth:`Shelf.count`."""
        self._ask("count", name, number, of)


class FarLive(_Far):
    """What is seen of a job, as the other process reports it."""

    _shown = -math.inf

    @property
    def due(self) -> bool:
        """As :attr:`Live.due`."""
        return time.monotonic() - self._shown >= PACE

    def report(self, note: str) -> None:
        """As :meth:`Live.report`."""
        self._ask("report", note)

    def stepped(self, number: int, losses: Mapping[str, float], left: float = math.nan) -> None:
        """As :meth:`Live.stepped`."""
        self._ask("stepped", number, dict(losses), left)

    def show(self, pixels: Any) -> None:
        """As :meth:`Live.show`."""
        image = Image.fromarray(pixels)
        image.thumbnail((SIDE, SIDE))
        self._ask("show", np.asarray(image))
        self._shown = time.monotonic()
